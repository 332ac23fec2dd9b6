/*
 * Comparing results.
 *
 * A row is a hash of its exact values and a list of its numbers.  Rows with equal hashes are
 * matched by their numbers, one by one, so that a tolerance never depends on which side of a
 * rounding a value falls.
 */
#include "lab/result.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/digest.h"
#include "base/strbuf.h"

#define TOLERANCE_DEFAULT 1e-6

enum {
    NUMBER_SIZE = 64,
    COLUMNS_NAMED = 3,
    EFFORT_MAX = 1000000, /* rows held against each other: a comparison takes no longer than this */
};

/* One column as it is compared: what is expected, and where it is found. */
struct pair {
    const char *family, *type; /* expected */
    const struct result_column *column;
    size_t at;   /* in the found result */
    bool number; /* compared by value */
    bool exact;  /* numbers of both are */
};

struct row {
    uint64_t hash;
    const char *const *numbers; /* one per pair that is a number; NULL: NULL */
    double first;               /* the first of them; -infinity: none or NULL */
    size_t place;
    bool matched;
};

struct rows {
    struct arena arena;
    struct row *items;
    size_t count;
};

/* -- values ------------------------------------------------------------------------------------ */

static bool is_inexact(const char *type)
{
    return strcmp(type, "real") == 0 || strcmp(type, "double precision") == 0;
}

static bool is_numeric(const char *family)
{
    return strcmp(family, "integer") == 0 || strcmp(family, "number") == 0;
}

/* "$1,234.50" becomes 1234.5, -0.00 becomes 0; what is no plain decimal stays as it is. */
static char *plain_number(const char *text)
{
    struct strbuf out = STRBUF_INIT;
    bool point = false;
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '$' || *c == ',' || (*c == '+' && c == text))
            continue;
        if ((*c < '0' || *c > '9') && *c != '.' && !(*c == '-' && out.len == 0)) {
            strbuf_release(&out);
            return mem_strdup(text);
        }
        point |= *c == '.';
        strbuf_add_char(&out, *c);
    }
    if (point) {
        while (out.len > 0 && out.text[out.len - 1] == '0')
            out.text[--out.len] = '\0';
        if (out.len > 0 && out.text[out.len - 1] == '.')
            out.text[--out.len] = '\0';
    }
    if (out.len == 0 || strcmp(out.text, "-") == 0 || strcmp(out.text, "-0") == 0) {
        strbuf_reset(&out);
        strbuf_add_char(&out, '0');
    }
    return strbuf_detach(&out);
}

static void cut_end(char *text, const char *end)
{
    size_t len = strlen(text), n = strlen(end);
    if (len > n && strcmp(text + len - n, end) == 0)
        text[len - n] = '\0';
}

/* 1.0 is 1; steals `value`. */
static json_t *plain_json_numbers(json_t *value)
{
    double number = json_number_value(value);
    if (json_is_real(value) && number == floor(number) && fabs(number) < 1e15) {
        json_decref(value);
        return json_integer((json_int_t)number);
    }
    size_t i;
    json_t *item;
    if (json_is_array(value))
        json_array_foreach(value, i, item)
            json_array_set_new(value, i, plain_json_numbers(json_incref(item)));
    const char *key;
    if (json_is_object(value))
        json_object_foreach(value, key, item)
            json_object_set_new_nocheck(value, key, plain_json_numbers(json_incref(item)));
    return value;
}

static char *plain_json(const char *text)
{
    json_t *value = plain_json_numbers(json_loads(text, JSON_DECODE_ANY, NULL));
    char *plain =
        value != NULL ? json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY) : NULL;
    json_decref(value);
    return plain != NULL ? plain : mem_strdup(text);
}

/* "{1.50,NULL}" becomes "{1.5,NULL}". */
static char *plain_array(const char *text)
{
    struct strbuf out = STRBUF_INIT;
    while (*text != '\0') {
        size_t len = strcspn(text, "{},");
        CLEANUP(mem_free_string)
        char *item = mem_strndup(text, len);
        CLEANUP(mem_free_string)
        char *number = len > 0 ? plain_number(item) : NULL;
        strbuf_add_string(&out, number != NULL ? number : "");
        text += len;
        if (*text != '\0')
            strbuf_add_char(&out, *text++);
    }
    return strbuf_detach(&out);
}

/* A value that is expected to be of that family, as the text that is hashed; malloc'd. */
static char *plain_value(const char *family, const char *found_type, const char *text)
{
    if (is_numeric(family)) {
        if (!is_inexact(found_type))
            return plain_number(text);
        char number[NUMBER_SIZE];
        snprintf(number, sizeof number, "%.15g", strtod(text, NULL));
        return plain_number(number);
    }
    if (strcmp(family, "json") == 0)
        return plain_json(text);
    if (strcmp(family, "number[]") == 0)
        return plain_array(text);
    char *plain = mem_strdup(text);
    if (strcmp(found_type, "character") == 0)
        for (size_t len = strlen(plain); len > 0 && plain[len - 1] == ' ';)
            plain[--len] = '\0';
    if (strcmp(found_type, "timestamp with time zone") == 0 ||
        strcmp(found_type, "time with time zone") == 0)
        cut_end(plain, "+00");
    if (strcmp(family, "date") == 0 || strcmp(family, "timestamp") == 0)
        cut_end(plain, " 00:00:00");
    return plain;
}

static bool same_number(const char *expected, const char *found, bool exact, double tolerance)
{
    if (expected == NULL || found == NULL)
        return expected == found;
    if (strcmp(expected, found) == 0)
        return true;
    if (exact)
        return false;
    char *end_a, *end_b;
    double a = strtod(expected, &end_a), b = strtod(found, &end_b);
    if (*end_a != '\0' || *end_b != '\0' || end_a == expected || end_b == found)
        return false;
    if (isnan(a) || isnan(b))
        return isnan(a) && isnan(b);
    if (isinf(a) || isinf(b))
        return false; /* equal ones are equal texts */
    return fabs(a - b) <= tolerance * fmax(1, fabs(a));
}

/* -- rows -------------------------------------------------------------------------------------- */

/* `inexact`: a number as it came, to be compared with a tolerance. */
static char *number_text(const char *type, const char *text)
{
    return is_inexact(type) ? mem_strdup(text) : plain_number(text);
}

/* For sorting: NaN, which is a number to the server, stands above all others. */
static double first_number(const char *text)
{
    double number = text != NULL ? strtod(text, NULL) : (double)-INFINITY;
    return isnan(number) ? (double)INFINITY : number;
}

static void make_row(const struct pair *pairs, size_t n_pairs, const char *const *values,
                     struct rows *rows, struct row *row)
{
    const char **numbers = arena_alloc_array(&rows->arena, n_pairs + 1, sizeof *numbers);
    size_t n = 0;
    row->hash = DIGEST_FNV_START;
    for (size_t i = 0; i < n_pairs; i++) {
        const char *text = values[pairs[i].at];
        if (pairs[i].number) {
            CLEANUP(mem_free_string)
            char *number = text != NULL ? number_text(pairs[i].column->type, text) : NULL;
            numbers[n++] = number != NULL ? arena_strdup(&rows->arena, number) : NULL;
            continue;
        }
        CLEANUP(mem_free_string)
        char *plain =
            text != NULL ? plain_value(pairs[i].family, pairs[i].column->type, text) : NULL;
        row->hash = digest_fnv(row->hash, plain != NULL ? "=" : "0", 1);
        if (plain != NULL)
            row->hash = digest_fnv(row->hash, plain, strlen(plain) + 1);
    }
    row->numbers = numbers;
    row->first = first_number(n > 0 ? numbers[0] : NULL);
}

static void make_rows(const struct pair *pairs, size_t n_pairs, const struct result *result,
                      struct rows *ret_rows)
{
    *ret_rows = (struct rows){.arena = ARENA_INIT, .count = result->n_rows};
    ret_rows->items =
        arena_alloc_array(&ret_rows->arena, result->n_rows + 1, sizeof *ret_rows->items);
    for (size_t i = 0; i < result->n_rows; i++) {
        ret_rows->items[i].place = i;
        make_row(pairs, n_pairs, result->values + i * result->n_columns, ret_rows,
                 &ret_rows->items[i]);
    }
}

/* Order-free, duplicates count; numbers to six digits behind the point. */
static uint64_t sum_of(const struct rows *rows, size_t n_numbers)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < rows->count; i++) {
        uint64_t hash = rows->items[i].hash;
        for (size_t k = 0; k < n_numbers; k++) {
            char number[NUMBER_SIZE] = "NULL";
            if (rows->items[i].numbers[k] != NULL)
                snprintf(number, sizeof number, "%.6f",
                         strtod(rows->items[i].numbers[k], NULL) + 0.0);
            hash = digest_fnv(hash, number, strlen(number) + 1);
        }
        sum += hash;
    }
    return sum;
}

/* -- noting ------------------------------------------------------------------------------------ */

static size_t count_numbers(const struct pair *pairs, size_t n)
{
    size_t numbers = 0;
    for (size_t i = 0; i < n; i++)
        numbers += pairs[i].number;
    return numbers;
}

static json_t *row_json(const struct row *row, size_t n_numbers)
{
    char hash[17];
    snprintf(hash, sizeof hash, "%016" PRIx64, row->hash);
    json_t *array = json_array();
    json_array_append_new(array, json_string(hash));
    for (size_t k = 0; k < n_numbers; k++)
        json_array_append_new(array,
                              row->numbers[k] != NULL ? json_string(row->numbers[k]) : json_null());
    return array;
}

void result_note(const struct result *result, json_t *expected)
{
    struct pair *pairs = mem_alloc_array(result->n_columns + 1, sizeof *pairs);
    json_t *cols = json_array(), *types = json_array(), *fams = json_array();
    for (size_t i = 0; i < result->n_columns; i++) {
        const struct result_column *column = &result->columns[i];
        pairs[i] = (struct pair){.family = column->family,
                                 .type = column->type,
                                 .column = column,
                                 .at = i,
                                 .number = strcmp(column->family, "number") == 0};
        json_array_append_new(cols, json_string(column->name));
        json_array_append_new(types, json_string(column->type));
        json_array_append_new(fams, json_string(column->family));
    }
    json_object_set_new(expected, "cols", cols);
    json_object_set_new(expected, "types", types);
    json_object_set_new(expected, "fams", fams);
    json_object_set_new(expected, "n", json_integer((json_int_t)result->n_rows));

    struct rows rows;
    size_t numbers = count_numbers(pairs, result->n_columns);
    make_rows(pairs, result->n_columns, result, &rows);
    if (rows.count <= RESULT_ROWS_KEPT) {
        json_t *list = json_array();
        for (size_t i = 0; i < rows.count; i++)
            json_array_append_new(list, row_json(&rows.items[i], numbers));
        json_object_set_new(expected, "rows", list);
    } else {
        char sum[17];
        snprintf(sum, sizeof sum, "%016" PRIx64, sum_of(&rows, numbers));
        json_object_set_new(expected, "sum", json_string(sum));
    }
    arena_release(&rows.arena);
    free(pairs);
}

/* -- columns ----------------------------------------------------------------------------------- */

struct comparison {
    const json_t *expected;
    const struct result *found;
    struct strbuf words;
    struct pair *pairs;
    size_t n_pairs;
    bool renamed, retyped;
    double tolerance;
    size_t effort; /* rows that were held against each other */
};

static const char *item(const json_t *object, const char *key, size_t i)
{
    const char *text = json_string_value(json_array_get(json_object_get(object, key), i));
    return text != NULL ? text : "";
}

static void say(struct comparison *c, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void say(struct comparison *c, const char *format, ...)
{
    if (c->words.len > 0)
        strbuf_add_string(&c->words, "; ");
    va_list args;
    va_start(args, format);
    strbuf_vprintf(&c->words, format, args);
    va_end(args);
}

static size_t find_column(const struct result *found, const char *name)
{
    for (size_t i = 0; i < found->n_columns; i++)
        if (strcasecmp(found->columns[i].name, name) == 0)
            return i;
    return SIZE_MAX;
}

static bool families_agree(const char *a, const char *b)
{
    if (strcmp(a, b) == 0 || (is_numeric(a) && is_numeric(b)))
        return true;
    bool own = *a == '\0' || *b == '\0';
    return own && (strcmp(a, "text") == 0 || strcmp(b, "text") == 0 || strcmp(a, b) == 0);
}

/* Expected columns that nobody is named as stand where they are expected, when as many columns
 * were found as are expected. */
static bool pair_columns(struct comparison *c)
{
    const struct result *found = c->found;
    bool whole = true;
    size_t next = 0;
    bool *taken = mem_alloc_array(found->n_columns + 1, sizeof *taken);
    for (size_t i = 0; i < c->n_pairs; i++) {
        size_t at = find_column(found, item(c->expected, "cols", i));
        c->pairs[i].at = at;
        if (at != SIZE_MAX)
            taken[at] = true;
    }
    int named = 0;
    for (size_t i = 0; i < c->n_pairs; i++) {
        if (c->pairs[i].at != SIZE_MAX)
            continue;
        while (next < found->n_columns && taken[next])
            next++;
        const char *name = item(c->expected, "cols", i);
        if (found->n_columns != c->n_pairs || next == found->n_columns) {
            whole = false;
            if (named++ < COLUMNS_NAMED)
                say(c, "column %s is missing", name);
            continue;
        }
        c->pairs[i].at = next;
        taken[next] = c->renamed = true;
        if (named++ < COLUMNS_NAMED)
            say(c, "column %s is named %s", name, found->columns[next].name);
    }
    free(taken);
    return whole;
}

static void compare_types(struct comparison *c)
{
    int named = 0;
    for (size_t i = 0; i < c->n_pairs; i++) {
        struct pair *pair = &c->pairs[i];
        pair->column = &c->found->columns[pair->at];
        pair->family = item(c->expected, "fams", i);
        pair->type = item(c->expected, "types", i);
        pair->number = strcmp(pair->family, "number") == 0;
        pair->exact = !is_inexact(pair->type) && !is_inexact(pair->column->type);
        if (families_agree(pair->family, pair->column->family))
            continue;
        c->retyped = true;
        if (named++ < COLUMNS_NAMED)
            say(c, "column %s is %s, expected %s", item(c->expected, "cols", i), pair->column->type,
                pair->type);
    }
}

/* -- the rows of both -------------------------------------------------------------------------- */

static bool same_row(const struct comparison *c, const json_t *wanted, const struct row *row)
{
    size_t k = 0;
    for (size_t i = 0; i < c->n_pairs; i++) {
        if (!c->pairs[i].number)
            continue;
        const char *number = json_string_value(json_array_get(wanted, k + 1));
        if (!same_number(number, row->numbers[k], c->pairs[i].exact, c->tolerance))
            return false;
        k++;
    }
    return true;
}

static uint64_t hash_of(const json_t *wanted)
{
    const char *text = json_string_value(json_array_get(wanted, 0));
    return text != NULL ? strtoull(text, NULL, 16) : 0;
}

static int by_hash(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    if (x->first < y->first || x->first > y->first)
        return x->first < y->first ? -1 : 1;
    return x->place < y->place ? -1 : x->place > y->place;
}

static bool in_order(const struct comparison *c, const struct rows *rows, const json_t *wanted)
{
    if (rows->count != json_array_size(wanted))
        return false;
    for (size_t i = 0; i < rows->count; i++) {
        const json_t *one = json_array_get(wanted, i);
        if (rows->items[i].hash != hash_of(one) || !same_row(c, one, &rows->items[i]))
            return false;
    }
    return true;
}

/* The first of the sorted rows that has the hash and a first number of at least `least`. */
static size_t first_of(const struct rows *rows, uint64_t hash, double least)
{
    size_t low = 0, high = rows->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct row *row = &rows->items[middle];
        if (row->hash < hash || (row->hash == hash && row->first < least))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* A row that is the wanted one; as a set, all of them are marked. */
static bool find_row(struct comparison *c, struct rows *rows, const json_t *wanted, bool as_set)
{
    uint64_t hash = hash_of(wanted);
    double first = first_number(json_string_value(json_array_get(wanted, 1)));
    double slack = isinf(first) ? 0 : c->tolerance * fmax(1, fabs(first)) * 2;
    bool found = false;
    for (size_t k = first_of(rows, hash, first - slack); k < rows->count; k++) {
        struct row *row = &rows->items[k];
        if (row->hash != hash || row->first > first + slack || c->effort > EFFORT_MAX)
            break;
        if (row->matched && !as_set)
            continue;
        c->effort++;
        if (!same_row(c, wanted, row))
            continue;
        row->matched = found = true;
        if (!as_set)
            break;
    }
    return found;
}

struct tally {
    size_t right, missing, extra;
};

/* `as_set`: a row may stand for many. */
static struct tally match_rows(struct comparison *c, struct rows *rows, const json_t *wanted,
                               bool as_set)
{
    struct tally tally = {0};
    if (rows->count > 1)
        qsort(rows->items, rows->count, sizeof *rows->items, by_hash);
    size_t i;
    json_t *one;
    json_array_foreach(wanted, i, one) {
        bool found = find_row(c, rows, one, as_set);
        tally.right += found;
        tally.missing += !found;
    }
    for (size_t k = 0; k < rows->count; k++)
        tally.extra += !rows->items[k].matched;
    return tally;
}

static const char *rows_word(size_t n)
{
    return n == 1 ? "row" : "rows";
}

static void say_tally(struct comparison *c, const struct tally *tally)
{
    if (tally->missing > 0 && tally->extra > 0)
        say(c, "%zu %s missing, %zu too many", tally->missing, rows_word(tally->missing),
            tally->extra);
    else if (tally->missing > 0)
        say(c, "%zu %s missing", tally->missing, rows_word(tally->missing));
    else
        say(c, "%zu %s too many", tally->extra, rows_word(tally->extra));
}

/* Of results that are too large to be kept row by row. */
static double compare_sum(struct comparison *c, const struct rows *rows)
{
    size_t wanted = (size_t)json_integer_value(json_object_get(c->expected, "n"));
    if (rows->count != wanted) {
        struct tally tally = {.missing = wanted > rows->count ? wanted - rows->count : 0,
                              .extra = rows->count > wanted ? rows->count - wanted : 0};
        say_tally(c, &tally);
        return 0;
    }
    char sum[17];
    snprintf(sum, sizeof sum, "%016" PRIx64, sum_of(rows, count_numbers(c->pairs, c->n_pairs)));
    const char *noted = json_string_value(json_object_get(c->expected, "sum"));
    if (noted != NULL && strcmp(sum, noted) == 0)
        return 1;
    say(c, "the rows differ");
    return 0;
}

static double compare_rows(struct comparison *c, struct rows *rows)
{
    const char *mode = json_string_value(json_object_get(c->expected, "compare"));
    const json_t *wanted = json_object_get(c->expected, "rows");
    if (wanted == NULL)
        return compare_sum(c, rows);
    bool ordered = mode != NULL && strcmp(mode, "ordered") == 0;
    if (ordered && in_order(c, rows, wanted))
        return 1;
    struct tally tally = match_rows(c, rows, wanted, mode != NULL && strcmp(mode, "set") == 0);
    if (tally.missing == 0 && tally.extra == 0) {
        if (ordered)
            say(c, "right rows, wrong order");
        return ordered ? 0.5 : 1;
    }
    say_tally(c, &tally);
    return 0.5 * (double)tally.right / (double)(tally.right + tally.missing + tally.extra);
}

static double tolerance_of(const json_t *expected)
{
    const json_t *tolerance = json_object_get(expected, "tolerance");
    return json_is_number(tolerance) ? json_number_value(tolerance) : TOLERANCE_DEFAULT;
}

static double compare(struct comparison *c)
{
    const char *mode = json_string_value(json_object_get(c->expected, "compare"));
    if (!pair_columns(c))
        return 0;
    compare_types(c);
    double value = 1;
    if (mode == NULL || strcmp(mode, "ignore") != 0) {
        if (c->found->n_rows > RESULT_ROWS_MAX) {
            say(c, "more than %d rows", RESULT_ROWS_MAX);
            return 0;
        }
        struct rows rows;
        make_rows(c->pairs, c->n_pairs, c->found, &rows);
        value = compare_rows(c, &rows);
        arena_release(&rows.arena);
    }
    if (c->retyped)
        value *= 0.5;
    else if (c->renamed)
        value *= 0.8;
    return value;
}

struct score result_judge(const json_t *expected, const struct result *found)
{
    struct comparison c = {
        .expected = expected,
        .found = found,
        .words = STRBUF_INIT,
        .tolerance = tolerance_of(expected),
    };
    c.n_pairs = json_array_size(json_object_get(expected, "cols"));
    c.pairs = mem_alloc_array(c.n_pairs + 1, sizeof *c.pairs);
    double value = round(compare(&c) * 1e6) / 1e6;
    free(c.pairs);
    struct score score = {.value = value};
    if (c.words.len > 0 && value < 1)
        score.verdict = strbuf_detach(&c.words);
    strbuf_release(&c.words);
    return score;
}

/* -- one value --------------------------------------------------------------------------------- */

static bool is_truth(const char *text, bool *ret_truth)
{
    bool yes = strcasecmp(text, "true") == 0 || strcasecmp(text, "t") == 0;
    *ret_truth = yes;
    return yes || strcasecmp(text, "false") == 0 || strcasecmp(text, "f") == 0;
}

static bool same_value(const char *expected, const struct result_column *column, const char *found,
                       double tolerance)
{
    bool a, b;
    if (expected == NULL || found == NULL)
        return expected == found;
    if (strcmp(expected, found) == 0)
        return true;
    if (strcmp(column->family, "bool") == 0)
        return is_truth(expected, &a) && is_truth(found, &b) && a == b;
    if (is_numeric(column->family)) {
        CLEANUP(mem_free_string)
        char *x = plain_number(expected);
        CLEANUP(mem_free_string)
        char *y = number_text(column->type, found);
        return same_number(x, y, !is_inexact(column->type), tolerance);
    }
    CLEANUP(mem_free_string)
    char *x = plain_value(column->family, column->type, expected);
    CLEANUP(mem_free_string)
    char *y = plain_value(column->family, column->type, found);
    return strcmp(x, y) == 0;
}

struct score result_judge_value(const json_t *expected, const struct result *found)
{
    const char *wanted = json_string_value(json_object_get(expected, "expect"));
    if (found->n_rows == 0 || found->n_columns == 0)
        return (struct score){.value = 0, .verdict = mem_strdup("the query gives no row")};
    if (same_value(wanted, &found->columns[0], found->values[0], tolerance_of(expected)))
        return (struct score){.value = 1};
    bool truth, asked = wanted != NULL && is_truth(wanted, &truth);
    const char *words = asked && strcmp(found->columns[0].family, "bool") == 0
                            ? (truth ? "it does not hold" : "it holds, but must not")
                            : "it gives another value";
    return (struct score){.value = 0, .verdict = mem_strdup(words)};
}
