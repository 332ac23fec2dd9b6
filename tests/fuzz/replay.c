/*
 * Replays a fuzz target's corpus: each file as it is, cut at every length up to a limit, and with
 * bytes changed by a fixed random sequence.  The corpus is tests/fuzz/corpus/NAME, by the program's
 * name fuzz_NAME, and what other tests have for the same reader.
 */
#include <dirent.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "fuzz.h"

enum { CUTS_MAX = 300, MUTATIONS = 300, FILE_MAX = 1 << 20 };

/* A copy of exactly this size on the heap, so that a sanitizer sees a read behind its end. */
static void run_target(const char *data, size_t len)
{
    uint8_t *copy = mem_alloc(len);
    MUST(copy != NULL);
    if (len > 0)
        memcpy(copy, data, len);
    LLVMFuzzerTestOneInput(copy, len);
    free(copy);
}

static void mutate(struct strbuf *text, uint32_t *random)
{
    static const char liked[] = "\"',;\n\r\t:-#&*!{}[]\\\0\x1b\x9b\xc3\xe2\xff= ";
    for (int i = 0; i < 4; i++) {
        *random = *random * 1664525u + 1013904223u;
        size_t at = (*random >> 8) % text->len;
        *random = *random * 1664525u + 1013904223u;
        uint32_t r = *random >> 8;
        text->text[at] = r % 4 == 0 ? (char)(r >> 4) : liked[(r >> 4) % (sizeof liked - 1)];
    }
}

static void replay_file(const char *path)
{
    struct error err = ERROR_INIT;
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT, changed = STRBUF_INIT;
    if (!file_read(path, FILE_MAX, &text, &err)) {
        printf("not ok 1 - %s\n", err.message);
        exit(1);
    }
    uint32_t random = 1;
    run_target(text.text, text.len);
    for (size_t len = 0; len < text.len && len < CUTS_MAX; len++)
        run_target(text.text, len);
    for (int i = 0; i < MUTATIONS && text.len > 0; i++) {
        strbuf_reset(&changed);
        strbuf_add(&changed, text.text, text.len);
        mutate(&changed, &random);
        run_target(changed.text, changed.len);
    }
}

static int replay_directory(const char *path)
{
    int n = 0;
    DIR *directory = opendir(path);
    if (directory == NULL)
        return 0;
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        if (entry->d_name[0] == '.')
            continue;
        CLEANUP(mem_free_string)
        char *file = path_join(path, entry->d_name);
        replay_file(file);
        n++;
    }
    closedir(directory);
    return n;
}

static const struct {
    const char *name, *directory;
} others[] = {
    {"csv", "tests/fixtures/roster"},
    {"roster", "tests/fixtures/roster"},
    {"script", "tests/integration/judge"},
};

int main(int argc, char **argv)
{
    const char *source = getenv("LECTERN_SRCDIR");
    const char *name = strrchr(argv[0], '_');
    if (source == NULL)
        source = ".";
    CLEANUP(mem_free_string)
    char *corpus = mem_printf("%s/tests/fuzz/corpus/%s", source, name != NULL ? name + 1 : "");
    int n = 0;
    if (argc > 1)
        for (int i = 1; i < argc; i++, n++)
            replay_file(argv[i]);
    else
        n = replay_directory(corpus);
    for (size_t i = 0; argc == 1 && i < sizeof others / sizeof *others; i++) {
        CLEANUP(mem_free_string)
        char *directory = path_join(source, others[i].directory);
        if (name != NULL && strcmp(name + 1, others[i].name) == 0)
            n += replay_directory(directory);
    }
    printf("1..1\n%s 1 - %d files of the corpus and their mutations\n", n > 0 ? "ok" : "not ok", n);
    return n > 0 ? 0 : 1;
}
