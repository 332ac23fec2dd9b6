/*
 * SQL scripts: whatever comes, statements lie in the script, in order, and on their lines; what is
 * kept of a dump holds no psql command outside COPY's rows.
 */
#include <string.h>

#include "base/error.h"
#include "facts/script.h"
#include "facts/statements.h"
#include "fuzz.h"

static void check_statement(const struct statement *statement, const char *text, size_t size)
{
    MUST(statement->text >= text && statement->len > 0);
    MUST(statement->len <= size - (size_t)(statement->text - text));
    MUST(statement->line >= 1 && statement->end_line >= statement->line);
    if (statement->kind == STATEMENT_COPY) {
        MUST(statement->data >= statement->text + statement->len);
        MUST(statement->data_len <= size - (size_t)(statement->data - text));
        MUST(statement->data_len == 0 || statement->data[statement->data_len - 1] == '\n');
    }
    char words[STATEMENT_WORDS][STATEMENT_WORD_SIZE];
    size_t n = statement_words(statement, words);
    MUST(n <= STATEMENT_WORDS);
    for (size_t i = 0; i < n; i++)
        MUST(memchr(words[i], '\0', STATEMENT_WORD_SIZE) != NULL);
    long last = -1, first = statement_find_words(statement, "owner to", &last);
    MUST(first < 0 || (last > first && (size_t)last + 2 <= statement->len));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    struct error err = ERROR_INIT;
    struct statements statements;
    if (statements_split("f", text, size, &statements, &err)) {
        for (size_t i = 0; i < statements.count; i++) {
            check_statement(&statements.items[i], text, size);
            MUST(i == 0 || statements.items[i].text >
                               statements.items[i - 1].text + statements.items[i - 1].len - 1);
        }
        statements_release(&statements);
    }
    MUST(!error_is_set(&err) || strncmp(err.message, "f:", 2) == 0);
    error_clear(&err);
    struct script script;
    if (script_prepare("f", text, size, &script, &err)) {
        for (size_t i = 0; i < script.count; i++) {
            MUST(script.items[i].len > 0 && script.items[i].line >= 1);
            MUST(*script.items[i].text != '\\');
        }
        script_release(&script);
    }
    MUST(!error_is_set(&err) || strncmp(err.message, "f:", 2) == 0);
    error_clear(&err);
    return 0;
}
