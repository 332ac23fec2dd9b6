/*
 * A SQL script taken apart as psql would: statements with their lines, rows of COPY, and psql's own
 * backslash commands.  Knows quotes, E'' strings, $tag$ bodies, nested comments, BEGIN ATOMIC
 * bodies, parentheses, and standard_conforming_strings being switched off.  Pure.
 */
#ifndef LECTERN_FACTS_STATEMENTS_H
#define LECTERN_FACTS_STATEMENTS_H

#include <stdbool.h>
#include <stddef.h>

struct error;

enum statement_kind {
    STATEMENT_SQL,
    STATEMENT_COPY,      /* COPY ... FROM STDIN; `data` holds its rows */
    STATEMENT_BACKSLASH, /* a psql command: from the backslash to the line's end, or from the
                            statement that it ends when it stands behind one */
};

/* All pointers are into the script. */
struct statement {
    enum statement_kind kind;
    const char *text; /* from its first token; comments before it are left out */
    size_t len;       /* with the semicolon, when it has one; without COPY's rows */
    const char *data; /* COPY's rows, each with its newline, without the "\." line */
    size_t data_len;
    int line;     /* of the script, 1-based: where `text` begins */
    int end_line; /* its last line (for COPY the "\." line) */
};

struct statements {
    struct statement *items; /* in the script's order */
    size_t count;
    size_t capacity;
};

/* Take the script apart.  An unfinished quote, comment or COPY is an error that names its line:
 * "FILE:LINE: unterminated ...". */
bool statements_split(const char *file, const char *script, size_t len,
                      struct statements *ret_statements, struct error *err);
void statements_release(struct statements *statements);

enum { STATEMENT_WORDS = 12, STATEMENT_WORD_SIZE = 64 };

/*
 * The statement's first words, lower-cased, comments left out: keywords and identifiers (a quoted
 * identifier without its quotes), each other character as a word of its own, "'" for a string and
 * "0" for a number.  A longer word is cut.  Returns how many there are, at most STATEMENT_WORDS.
 */
size_t statement_words(const struct statement *statement,
                       char ret_words[STATEMENT_WORDS][STATEMENT_WORD_SIZE]);

/* A token, for those who must read further than the first words. */
struct statement_token {
    char kind; /* 'w' word, '"' quoted identifier, '\'' string, '0' number, else the character */
    const char *text; /* as it stands in the script */
    size_t len;
};

/* The token at or behind the offset `*at` (0 to begin with), which moves behind it; false at the
 * end of the statement. */
bool statement_next_token(const struct statement *statement, size_t *at,
                          struct statement_token *ret_token);

/*
 * The offset in `text` of these words ("owner to", "disable trigger all") next to each other,
 * outside quotes and parentheses, or -1.  `ret_last`: the offset of the last one; may be NULL.
 */
long statement_find_words(const struct statement *statement, const char *words, long *ret_last);

#endif
