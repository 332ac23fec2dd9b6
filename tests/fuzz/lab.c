/*
 * The lab file: what is taken keeps its promises; its own values make a template that is taken.
 */
#include <string.h>

#include "base/error.h"
#include "base/strbuf.h"
#include "fuzz.h"
#include "lab/lab.h"

static void check_template(const struct lab *lab)
{
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    struct error err = ERROR_INIT;
    struct lab again;
    lab_print_template(&text,
                       &(struct lab_template){.name = lab->name,
                                              .title = lab->title,
                                              .example = lab->example,
                                              .roster = lab->roster,
                                              .steps = lab->steps,
                                              .n_steps = lab->n_steps < 100 ? lab->n_steps : 0});
    MUST(lab_parse("/d/t", text.text, text.len, &again, &err));
    MUST(strcmp(again.title, lab->title) == 0 && strcmp(again.example, lab->example) == 0);
    MUST(again.example_is_uri == lab->example_is_uri);
    lab_release(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error err = ERROR_INIT;
    struct lab lab;
    if (!lab_parse("/d/f", (const char *)data, size, &lab, &err)) {
        MUST(err.code == ERROR_INPUT && strncmp(err.message, "/d/f:", 5) == 0);
        MUST(strlen(err.message) < 4096);
        error_clear(&err);
        return 0;
    }
    size_t len = strlen(lab.name);
    MUST(len >= 1 && len <= LAB_NAME_MAX && lab.title[0] != '\0');
    MUST(lab.example_is_uri || lab.example[0] == '/');
    MUST(lab.roster[0] == '/');
    MUST(lab.connections >= 1 && lab.idle_after_s >= 10 && lab.stuck_after_s >= 10);
    MUST(lab.behind_by > 0 && lab.behind_by <= 1 && lab.content_max_rows >= 0);
    for (size_t i = 0; i < lab.n_steps; i++)
        MUST(lab_find_step(&lab, lab.steps[i].name) == &lab.steps[i]);
    check_template(&lab);
    lab_release(&lab);
    return 0;
}
