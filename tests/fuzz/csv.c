/*
 * CSV: whatever comes, fields have places and are UTF-8; what is written is read back.
 */
#include <string.h>

#include "base/csv.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "base/text.h"
#include "fuzz.h"

static void check_writing(const char *text)
{
    CLEANUP(strbuf_release)
    struct strbuf out = STRBUF_INIT;
    csv_add_field(&out, "x");
    strbuf_add_char(&out, ',');
    csv_add_field(&out, text);
    strbuf_add_string(&out, "\r\n");
    struct arena arena = ARENA_INIT;
    struct error err = ERROR_INIT;
    struct csv_reader reader;
    struct csv_row row;
    bool more = false;
    MUST(csv_open(&reader, "w", out.text, out.len, &arena, &err));
    MUST(csv_next(&reader, &row, &more, &err) && more && row.count == 2);
    CLEANUP(mem_free_string)
    char *safe = str_disarm(text);
    const char *back = row.fields[1].text;
    size_t blanks = strspn(safe, " ");
    if (safe[blanks] != '\0' && strchr("=+-@", safe[blanks]) != NULL)
        MUST(back[0] == '\'' && strcmp(back + 1, safe) == 0);
    else if (safe[0] != ' ' && (safe[0] == '\0' || safe[strlen(safe) - 1] != ' '))
        MUST(strcmp(back, safe) == 0);
    csv_close(&reader);
    arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = ARENA_INIT;
    struct error err = ERROR_INIT;
    struct csv_reader reader;
    struct csv_row row;
    bool more = true;
    int line = 0;
    if (csv_open(&reader, "f", (const char *)data, size, &arena, &err)) {
        while (csv_next(&reader, &row, &more, &err) && more) {
            MUST(row.count > 0 && row.line > line);
            line = row.line;
            for (size_t i = 0; i < row.count; i++) {
                const struct csv_field *field = &row.fields[i];
                MUST(field->line >= row.line && field->column >= 1);
                MUST(utf8_valid(field->text, strlen(field->text)));
                check_writing(field->text);
            }
        }
    }
    MUST(!error_is_set(&err) || strncmp(err.message, "f:", 2) == 0);
    csv_close(&reader);
    arena_release(&arena);
    error_clear(&err);
    return 0;
}
