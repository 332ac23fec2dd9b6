/*
 * Results of queries: what an example's view, function or query gave, kept so that another's can be
 * compared with it, and the comparison.  Pure.
 *
 * Kept are the names and types of columns, the number of rows, and per row a hash and the texts of
 * its numbers; of more than RESULT_ROWS_KEPT rows only one sum over all hashes.  None of it is ever
 * sent to a database that is judged.
 *
 * Rules of equality:
 * - columns are matched by name, without case; their order and further columns do not count;
 * - families of types count, not types: integer and number are one family here, and so are char,
 *   varchar and text; a type of the user's own is compared as text;
 * - rows are a bag unless the check says "ordered" or "set"; NULL equals NULL and nothing else;
 * - numbers are equal by value: exactly when both are exact, else within the tolerance
 *   |a - b| <= tolerance * max(1, |expected|); NaN equals NaN;
 * - a date equals the midnight that begins it, timestamps are those of UTC, char(n) has no padding,
 *   json is compared without blanks and order of keys, values by their first RESULT_VALUE_MAX
 *   characters.
 */
#ifndef LECTERN_LAB_RESULT_H
#define LECTERN_LAB_RESULT_H

#include <jansson.h>
#include <stddef.h>

#include "lab/score.h"

enum {
    RESULT_ROWS_KEPT = 2000,
    RESULT_ROWS_MAX = 50000, /* larger results are not compared */
    RESULT_VALUE_MAX = 4000,
};

struct result_column {
    const char *name;
    const char *type;   /* "numeric": for people, and to know the inexact ones */
    const char *family; /* "number"; "" of a type that is not built in */
};

/* As a query gave it; everything is borrowed. */
struct result {
    const struct result_column *columns;
    size_t n_columns;
    const char *const *values; /* n_rows * n_columns texts; NULL: NULL */
    size_t n_rows;
};

/* Note in `expected` what the example gave: cols, types, fams, n, and rows or sum. */
void result_note(const struct result *result, json_t *expected);

/*
 * Judge a result by what was noted.  Further keys of `expected`: "compare" (bag, ordered, set,
 * ignore; bag), "tolerance".  Right rows in the wrong order keep half, right rows under other names
 * 0.8, under another family of types half; otherwise half the share of the rows that are right.
 * The verdict names columns, types and numbers of rows, never a value.
 */
struct score result_judge(const json_t *expected, const struct result *found);

/* Judge the first value of a result by "expect" (a text, or JSON's null for NULL): numbers by
 * value, true and t are the same, everything else by its text. */
struct score result_judge_value(const json_t *expected, const struct result *found);

#endif
