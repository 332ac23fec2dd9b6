/*
 * YAML: a tree within the caps or an error with a place; each text survives being quoted.
 */
#include <string.h>

#include "base/error.h"
#include "base/strbuf.h"
#include "base/yaml.h"
#include "fuzz.h"

static void check_quoting(const char *text)
{
    CLEANUP(strbuf_release)
    struct strbuf out = STRBUF_INIT;
    strbuf_add_string(&out, "k: ");
    yaml_add_quoted(&out, text);
    struct error err = ERROR_INIT;
    struct yaml_document document;
    MUST(yaml_parse("q", out.text, out.len, &document, &err));
    MUST(strcmp(yaml_get(document.root, "k")->text, text) == 0);
    yaml_release(&document);
}

static size_t walk(const struct yaml_node *node, int depth)
{
    size_t n = 1;
    MUST(depth <= YAML_MAX_DEPTH && node->line >= 1 && node->column >= 1);
    if (node->kind == YAML_TEXT)
        check_quoting(node->text);
    for (size_t i = 0; i < node->count; i++) {
        n += walk(node->items[i], depth + 1);
        if (node->kind == YAML_MAP)
            n += walk(node->keys[i], depth + 1);
    }
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error err = ERROR_INIT;
    struct yaml_document document;
    if (yaml_parse("f", (const char *)data, size, &document, &err)) {
        MUST(walk(document.root, 0) <= YAML_MAX_NODES);
        yaml_release(&document);
    } else {
        MUST(err.code == ERROR_INPUT && strncmp(err.message, "f:", 2) == 0);
        error_clear(&err);
    }
    return 0;
}
