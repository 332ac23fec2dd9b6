/*
 * Steps and checks out of facts: what belongs together, in which order, under which words.
 */
#include "example/derive.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/strbuf.h"
#include "example/order.h"
#include "example/title.h"
#include "lab/match.h"

struct draft_step {
    const char *name;
    const char *title;
    int place; /* stage and depth: the order of the task */
    bool skip;
    double weight;
    const char *hint;
    double sum; /* of its checks' weights */
};

struct draft {
    const struct fact_set *facts;
    const struct lab *lab;
    struct check_set *set; /* checks are made here; their `step` is a draft step's index */
    struct depths *depths;
    struct draft_step *steps;
    size_t n_steps, steps_capacity, checks_capacity;
};

/* -- what is left out -------------------------------------------------------------------------- */

static bool glob_matches(const char *const *globs, const char *name)
{
    for (size_t i = 0; globs != NULL && globs[i] != NULL; i++)
        if (fnmatch(globs[i], name, FNM_CASEFOLD) == 0)
            return true;
    return false;
}

static bool named_left_out(const struct lab *lab, const char *kind, const char *relation,
                           const char *name)
{
    CLEANUP(mem_free_string)
    char *member = mem_printf("%s.%s", relation, name);
    CLEANUP(mem_free_string)
    char *whole = mem_printf("%s %s", kind, relation);
    return glob_matches(lab->leave_out, relation) || glob_matches(lab->leave_out, member) ||
           glob_matches(lab->leave_out, whole);
}

static bool is_view(const struct fact_set *facts, const char *relation)
{
    size_t end;
    return match_range(facts, FACT_TABLE, relation, &end) == end &&
           (match_range(facts, FACT_VIEW, relation, &end) < end ||
            match_range(facts, FACT_MATVIEW, relation, &end) < end);
}

static bool left_out(const struct draft *draft, const struct fact *fact)
{
    if (named_left_out(draft->lab, fact_kind_name(fact->kind), fact->relation, fact->name))
        return true;
    if (fact->kind >= FACT_TABLE && fact->kind != FACT_FUNCTION &&
        named_left_out(draft->lab, is_view(draft->facts, fact->relation) ? "view" : "table",
                       fact->relation, ""))
        return true;
    const char *target = json_string_value(json_object_get(fact->def, "ref"));
    return fact->kind == FACT_FK && target != NULL &&
           named_left_out(draft->lab, "table", target, "");
}

/* -- steps ------------------------------------------------------------------------------------- */

/* "film", or "schema.film" where that is needed; in the set's arena. */
static const char *relation_name(const struct draft *draft, const struct fact *fact)
{
    static const enum fact_kind homes[] = {FACT_TABLE, FACT_VIEW, FACT_MATVIEW};
    for (size_t i = 0; i < sizeof homes / sizeof *homes; i++) {
        size_t end;
        size_t begin = match_range(draft->facts, homes[i], fact->relation, &end);
        if (end - begin > 1)
            return arena_printf(&draft->set->arena, "%s.%s", fact->schema, fact->relation);
    }
    return fact->relation;
}

enum stage {
    STAGE_TYPES = 0,
    STAGE_TABLES = 1000,
    STAGE_VIEWS = 200000,
    STAGE_FUNCTIONS = 400000,
    STAGE_TRIGGERS = 500000,
    STAGE_EXTRA = 600000
};

static size_t find_step(struct draft *draft, const char *name, const char *title, int place)
{
    for (size_t i = 0; i < draft->n_steps; i++)
        if (strcmp(draft->steps[i].name, name) == 0)
            return i;
    draft->steps =
        mem_grow(draft->steps, draft->n_steps, &draft->steps_capacity, sizeof *draft->steps);
    draft->steps[draft->n_steps] = (struct draft_step){
        .name = arena_strdup(&draft->set->arena, name),
        .title = arena_strdup(&draft->set->arena, title),
        .place = place,
        .weight = 1,
        .hint = "",
    };
    return draft->n_steps++;
}

static size_t step_of(struct draft *draft, const struct fact *fact)
{
    if (fact->kind < FACT_TABLE)
        return find_step(draft, "types", "types", STAGE_TYPES);
    if (fact->kind == FACT_TRIGGER || fact->kind == FACT_RULE)
        return find_step(draft, "triggers", "triggers", STAGE_TRIGGERS);
    CLEANUP(mem_free_string)
    char *name = NULL;
    bool comment = fact->kind == FACT_COMMENT;
    if (comment && strcmp(fact->name, "type") == 0)
        return find_step(draft, "types", "types", STAGE_TYPES);
    if (fact->kind == FACT_FUNCTION || (comment && strcmp(fact->name, "function") == 0)) {
        name = mem_printf("function %s", fact->relation);
        return find_step(draft, name, fact->relation, STAGE_FUNCTIONS);
    }
    bool view = is_view(draft->facts, fact->relation);
    const char *relation = relation_name(draft, fact);
    name = mem_printf("%s %s", view ? "view" : "table", relation);
    return find_step(draft, name, relation,
                     (view ? STAGE_VIEWS : STAGE_TABLES) + depth_of(draft->depths, fact->relation));
}

/* -- checks ------------------------------------------------------------------------------------ */

static double weight_of(const struct lab *lab, enum fact_kind kind)
{
    double weight = lab->weights.of[kind];
    return weight >= 0 ? weight : kind_default_weight(kind);
}

/* Steals `expected`.  A weight below 0 is the kind's. */
static void add_check_to(struct draft *draft, size_t step, const struct fact *about,
                         enum fact_kind kind, const char *name, double weight, json_t *expected)
{
    struct check_set *set = draft->set;
    struct check check = {
        .step = step,
        .kind = kind,
        .schema = arena_strdup(&set->arena, about->schema),
        .relation = arena_strdup(&set->arena, about->relation),
        .name = arena_strdup(&set->arena, name),
        .weight = weight < 0 ? weight_of(draft->lab, kind) : weight,
        .expected = expected,
    };
    check_make_id(kind, relation_name(draft, about), name, check.id);
    for (size_t i = 0; i < set->n_checks; i++)
        if (strcmp(set->checks[i].id, check.id) == 0) { /* two constraints that say the same */
            json_decref(expected);
            return;
        }
    rules_note(&draft->lab->rules, check.expected);
    check.title = check_title(&set->arena, &check);
    draft->steps[check.step].sum += check.weight;
    set->checks =
        mem_grow(set->checks, set->n_checks, &draft->checks_capacity, sizeof *set->checks);
    set->checks[set->n_checks++] = check;
}

/* Steals `expected`. */
static void add_check(struct draft *draft, const struct fact *about, enum fact_kind kind,
                      const char *name, json_t *expected)
{
    add_check_to(draft, step_of(draft, about), about, kind, name, -1, expected);
}

/* In a query lab everything but views and functions is given, and so are trigger functions. */
static bool is_given(const struct draft *draft, const struct fact *fact)
{
    if (draft->lab->goal != GOAL_QUERY || fact->kind == FACT_VIEW || fact->kind == FACT_MATVIEW)
        return false;
    const char *returns = json_string_value(json_object_get(fact->def, "ret"));
    return fact->kind != FACT_FUNCTION || (returns != NULL && strcmp(returns, "trigger") == 0);
}

static void add_facts(struct draft *draft)
{
    for (size_t i = 0; i < draft->facts->count; i++) {
        const struct fact *fact = &draft->facts->items[i];
        if (fact->kind == FACT_COMMENT && draft->lab->rules.of[RULE_COMMENTS] == IGNORE)
            continue;
        if (!left_out(draft, fact) && !is_given(draft, fact))
            add_check(draft, fact, fact->kind, fact->name, json_copy(fact->def));
    }
}

/* The default is another one for everybody: the moment, chance, a uuid. */
static bool is_volatile_default(const char *expr)
{
    for (const char *p = expr; *p != '\0';) {
        if (*p == '\'') {
            const char *close = strchr(p + 1, '\'');
            p = close != NULL ? close + 1 : p + strlen(p);
            continue;
        }
        size_t len = strspn(p, "abcdefghijklmnopqrstuvwxyz_0123456789");
        char word[32] = "";
        if (len > 0 && len < sizeof word)
            memcpy(word, p, len);
        if (strcmp(word, "now") == 0 || strcmp(word, "random") == 0 ||
            strcmp(word, "timeofday") == 0 || strstr(word, "uuid") != NULL)
            return true;
        p += len > 0 ? len : 1;
    }
    return false;
}

/* -- content ----------------------------------------------------------------------------------- */

enum { REFERENCES_DEEP = 2 };

static bool is_ignored_key(const struct draft *draft, const char *relation, const char *column)
{
    CLEANUP(mem_free_string)
    char *name = mem_printf("%s.%s", relation, column);
    return glob_matches(draft->lab->ignore_keys, name);
}

/* The key that a column refers to, when that is ignored: "author:author_id=author_id".  *ret_alone:
 * the foreign key has no other column. */
static bool refers_to_ignored(const struct draft *draft, const struct fact *column,
                              const char **ret_ref, char **ret_key, bool *ret_alone)
{
    size_t end;
    size_t i = match_range(draft->facts, FACT_FK, column->relation, &end);
    for (; i < end; i++) {
        const struct fact *fk = &draft->facts->items[i];
        const char *ref = json_string_value(json_object_get(fk->def, "ref"));
        const json_t *cols = json_object_get(fk->def, "cols");
        if (ref == NULL || strcmp(fk->schema, column->schema) != 0)
            continue;
        const char *pair = fk->name + strcspn(fk->name, ":");
        while (*pair != '\0') {
            pair++; /* behind : or , */
            size_t from = strcspn(pair, "="), all = strcspn(pair, ",");
            if (from < all && strlen(column->name) == from &&
                strncmp(pair, column->name, from) == 0) {
                char *key = mem_printf("%.*s", (int)(all - from - 1), pair + from + 1);
                if (is_ignored_key(draft, ref, key)) {
                    *ret_ref = ref;
                    *ret_key = key;
                    *ret_alone = json_array_size(cols) == 1;
                    return true;
                }
                free(key);
            }
            pair += all;
        }
    }
    return false;
}

static json_t *content_columns(const struct draft *draft, const struct fact *table, int depth);

/* What a column's value is compared by: its name, the row it refers to, or nothing (NULL). */
static json_t *content_column(const struct draft *draft, const struct fact *column, int depth)
{
    if (is_ignored_key(draft, column->relation, column->name))
        return NULL;
    const char *ref = NULL;
    CLEANUP(mem_free_string)
    char *key = NULL;
    bool alone = false;
    if (!refers_to_ignored(draft, column, &ref, &key, &alone))
        return json_string(column->name);
    const struct fact *target = match_home(draft->facts, NULL, FACT_TABLE, column->schema, ref);
    if (!alone || depth >= REFERENCES_DEEP || target == NULL)
        return NULL;
    return json_pack("{s:s, s:s, s:s, s:o}", "col", column->name, "ref", ref, "key", key, "cols",
                     content_columns(draft, target, depth + 1));
}

/* The columns whose values are compared, in order; new reference. */
static json_t *content_columns(const struct draft *draft, const struct fact *table, int depth)
{
    json_t *columns = json_array();
    size_t end;
    size_t i = match_range(draft->facts, FACT_COLUMN, table->relation, &end);
    for (; i < end; i++) {
        const struct fact *column = &draft->facts->items[i];
        const char *expr = json_string_value(json_object_get(column->def, "d"));
        const char *kind = json_string_value(json_object_get(column->def, "dk"));
        bool by_default = kind != NULL && strcmp(kind, "default") == 0 && expr != NULL;
        CLEANUP(mem_free_string)
        char *name = mem_printf("%s.%s", table->relation, column->name);
        if (strcmp(column->schema, table->schema) != 0 || left_out(draft, column) ||
            (by_default && is_volatile_default(expr)) ||
            glob_matches(draft->lab->volatile_columns, name))
            continue;
        json_t *compared = content_column(draft, column, depth);
        if (compared != NULL)
            json_array_append_new(columns, compared);
    }
    return columns;
}

/* What the sample of a large table is chosen by: its primary key, unless that is ignored, or all
 * columns that are compared; new reference. */
static json_t *sample_columns(const struct draft *draft, const struct fact *table, json_t *columns)
{
    size_t end, i;
    size_t at = match_range(draft->facts, FACT_PK, table->relation, &end);
    for (; at < end; at++) {
        const struct fact *pk = &draft->facts->items[at];
        const json_t *key, *cols = json_object_get(pk->def, "cols");
        bool usable = strcmp(pk->schema, table->schema) == 0 && json_array_size(cols) > 0;
        json_array_foreach(cols, i, key)
            usable = usable && !is_ignored_key(draft, table->relation, json_string_value(key));
        if (usable)
            return json_deep_copy(cols);
    }
    return json_incref(columns);
}

/* How many rows of a large table stand for one of the sample; 1: all are compared. */
static int64_t sample_step(const struct lab *lab, int64_t rows)
{
    if (lab->content_beyond != BEYOND_SAMPLE || rows <= lab->content_max_rows)
        return 1;
    int64_t most = lab->content_max_rows > 0 ? lab->content_max_rows : 1;
    return (rows + most - 1) / most;
}

void derive_sample(struct check_set *checks, const struct lab *lab,
                   const struct table_measure *measure)
{
    for (size_t i = 0; i < checks->n_checks; i++) {
        struct check *check = &checks->checks[i];
        if (check->kind == FACT_CONTENT && strcmp(check->relation, measure->relation) == 0 &&
            strcmp(check->schema, measure->schema) == 0)
            json_object_set_new(check->expected, "mod",
                                json_integer(sample_step(lab, measure->rows)));
    }
}

/* The checks on a table's rows; `measure` is NULL as long as they are to be measured. */
static void add_rows(struct draft *draft, const struct fact *table,
                     const struct table_measure *measure)
{
    const struct lab *lab = draft->lab;
    json_t *columns = content_columns(draft, table, 0);
    bool content = lab->compare_content && json_array_size(columns) > 0;
    json_t *rows = json_object();
    if (measure != NULL)
        json_object_set_new(rows, "n", json_integer(measure->rows));
    add_check(draft, table, FACT_ROWS, table->name, json_copy(rows));
    if (measure != NULL && measure->hash == NULL)
        content = false;
    if (content) {
        json_t *expected = json_copy(rows);
        json_object_set(expected, "cols", columns);
        if (measure == NULL || sample_step(lab, measure->rows) > 1)
            json_object_set_new(expected, "by", sample_columns(draft, table, columns));
        if (measure != NULL) {
            json_object_set_new(expected, "h", json_string(measure->hash));
            if (sample_step(lab, measure->rows) > 1)
                json_object_set_new(expected, "mod", json_integer(sample_step(lab, measure->rows)));
        }
        add_check(draft, table, FACT_CONTENT, table->name, expected);
    }
    json_decref(rows);
    json_decref(columns);
}

static bool add_measured(struct draft *draft, const struct table_measure *measures,
                         size_t n_measures, struct error *err)
{
    for (size_t i = 0; i < n_measures; i++) {
        const struct table_measure *measure = &measures[i];
        if (!measure->known)
            return error_set(err, ERROR_FAILED, "table \"%s\" of the example cannot be read: %s",
                             measure->relation, measure->reason);
        const struct fact *table = match_fact(draft->facts, FACT_TABLE, measure->schema,
                                              measure->relation, measure->relation);
        if (table != NULL && measure->rows > 0 && !left_out(draft, table))
            add_rows(draft, table, measure);
    }
    return true;
}

/* -- results ----------------------------------------------------------------------------------- */

/* What the lab says of a view; what the example gives is noted later (example/results). */
static json_t *view_expected(const struct lab_view *say)
{
    return json_pack("{s:s, s:f, s:i}", "compare", lab_rows_name(say->compare), "tolerance",
                     say->tolerance, "deadline", say->deadline_s);
}

static void add_view_results(struct draft *draft)
{
    for (size_t i = 0; i < draft->facts->count; i++) {
        const struct fact *fact = &draft->facts->items[i];
        if (fact->kind != FACT_VIEW && fact->kind != FACT_MATVIEW)
            continue;
        const struct lab_view *say = lab_find_view(draft->lab, fact->relation);
        if (say->compare == ROWS_IGNORED || left_out(draft, fact) ||
            named_left_out(draft->lab, fact_kind_name(FACT_RESULT), fact->relation, ""))
            continue;
        add_check(draft, fact, FACT_RESULT, fact->name, view_expected(say));
    }
}

static bool add_calls(struct draft *draft, struct error *err)
{
    for (size_t i = 0; i < draft->lab->n_functions; i++) {
        const struct lab_function *say = &draft->lab->functions[i];
        CLEANUP(mem_free_string)
        char *name = mem_strdup(say->name);
        for (char *c = name; *c != '\0'; c++)
            *c = (char)(*c >= 'A' && *c <= 'Z' ? *c + 32 : *c);
        size_t end, at = match_range(draft->facts, FACT_FUNCTION, name, &end);
        if (at == end)
            return error_set(err, ERROR_INPUT, "%s:%d: the example has no function \"%s\"",
                             draft->lab->file, say->line, say->name);
        struct lab_view rows = draft->lab->view_default;
        if (rows.compare == ROWS_IGNORED) /* of a call there is nothing else to compare */
            rows.compare = ROWS_BAG;
        for (size_t k = 0; say->calls[k] != NULL; k++) {
            json_t *expected = view_expected(&rows);
            json_object_set_new(expected, "call", json_string(say->calls[k]));
            add_check(draft, &draft->facts->items[at], FACT_CALL, say->calls[k], expected);
        }
    }
    return true;
}

static void add_extra(struct draft *draft)
{
    for (size_t i = 0; i < draft->lab->n_extra; i++) {
        const struct lab_extra *say = &draft->lab->extra[i];
        const struct fact about = {.kind = FACT_EXTRA, .schema = "", .relation = ""};
        size_t len = strlen(say->sql);
        while (len > 0 && strchr("; \t\n", say->sql[len - 1]) != NULL)
            len--; /* it is to stand in parentheses */
        CLEANUP(mem_free_string)
        char *sql = mem_strndup(say->sql, len);
        json_t *expected = json_pack("{s:s, s:s?, s:i}", "sql", sql, "expect", say->expect,
                                     "deadline", say->deadline_s);
        /* "extra" is the lab's own step; any other is the one of that name. */
        size_t step = find_step(draft, say->step, say->step, STAGE_EXTRA);
        add_check_to(draft, step, &about, FACT_EXTRA, say->title, say->weight, expected);
    }
}

/* -- the lab's say ----------------------------------------------------------------------------- */

static bool unknown_step(const struct draft *draft, const struct lab_step *step, struct error *err)
{
    CLEANUP(strbuf_release)
    struct strbuf list = STRBUF_INIT;
    for (size_t i = 0; i < draft->n_steps && list.len < 2000; i++)
        strbuf_printf(&list, "%s\"%s\"", i > 0 ? ", " : "", draft->steps[i].name);
    error_set(err, ERROR_INPUT, "%s:%d: the example has no step \"%s\"", draft->lab->file,
              step->line, step->name);
    return error_hint(err, "Its steps are %s.", list.text);
}

static int by_place(const void *a, const void *b)
{
    const struct draft_step *x = *(struct draft_step *const *)a;
    const struct draft_step *y = *(struct draft_step *const *)b;
    if (x->place != y->place)
        return x->place < y->place ? -1 : 1;
    return strcmp(x->name, y->name);
}

static size_t place_of_step(struct draft_step *const *order, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(order[i]->name, name) == 0)
            return i;
    return n;
}

/* The weights that a step has for itself. */
static void weigh_step(struct draft *draft, size_t index, const struct kind_weights *weights)
{
    struct check_set *set = draft->set;
    draft->steps[index].sum = 0;
    for (size_t i = 0; i < set->n_checks; i++) {
        struct check *check = &set->checks[i];
        if (check->step != index)
            continue;
        if (weights->of[check->kind] >= 0)
            check->weight = weights->of[check->kind];
        draft->steps[index].sum += check->weight;
    }
}

/* Take over what the lab file says about steps, and bring those it lists into its order. */
static bool apply_lab(struct draft *draft, struct draft_step **order, struct error *err)
{
    const struct lab *lab = draft->lab;
    bool *listed = mem_alloc_array(draft->n_steps + 1, sizeof *listed);
    struct draft_step **wanted = mem_alloc_array(lab->n_steps + 1, sizeof *wanted);
    bool ok = true;
    for (size_t i = 0; i < lab->n_steps && ok; i++) {
        const struct lab_step *say = &lab->steps[i];
        size_t at = place_of_step(order, draft->n_steps, say->name);
        if (at == draft->n_steps) {
            ok = unknown_step(draft, say, err);
            break;
        }
        struct draft_step *step = order[at];
        listed[at] = true;
        wanted[i] = step;
        step->skip = say->skip || say->weight == 0;
        if (say->weights != NULL)
            weigh_step(draft, (size_t)(step - draft->steps), say->weights);
        if (say->weight > 0)
            step->weight = say->weight;
        if (say->title != NULL)
            step->title = arena_strdup(&draft->set->arena, say->title);
        if (say->hint != NULL)
            step->hint = arena_strdup(&draft->set->arena, say->hint);
    }
    for (size_t i = 0, next = 0; i < draft->n_steps && ok; i++)
        if (listed[i])
            order[i] = wanted[next++];
    free(listed);
    free(wanted);
    return ok;
}

/* -- the whole --------------------------------------------------------------------------------- */

static int by_step(const void *a, const void *b)
{
    const struct check *x = a, *y = b;
    if (x->step != y->step)
        return x->step < y->step ? -1 : 1;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    json_int_t p = json_integer_value(json_object_get(x->expected, "n"));
    json_int_t q = json_integer_value(json_object_get(y->expected, "n"));
    if (x->kind == FACT_COLUMN && p != q)
        return p < q ? -1 : 1;
    int order = strcmp(x->relation, y->relation);
    return order != 0 ? order : strcmp(x->name, y->name);
}

/* The set's steps in order; checks of steps that are left out go. */
static void settle(struct draft *draft, struct draft_step *const *order)
{
    struct check_set *set = draft->set;
    size_t *places = mem_alloc_array(draft->n_steps + 1, sizeof *places);
    set->steps = arena_alloc_array(&set->arena, draft->n_steps + 1, sizeof *set->steps);
    for (size_t i = 0; i < draft->n_steps; i++) {
        const struct draft_step *step = order[i];
        size_t index = (size_t)(step - draft->steps);
        places[index] = SIZE_MAX;
        if (step->skip || step->sum <= 0)
            continue;
        places[index] = set->n_steps;
        set->steps[set->n_steps++] =
            (struct step){step->name, step->title, step->hint, step->weight};
    }
    struct check *kept = arena_alloc_array(&set->arena, set->n_checks + 1, sizeof *kept);
    size_t n = 0;
    for (size_t i = 0; i < set->n_checks; i++) {
        struct check *check = &set->checks[i];
        if (places[check->step] == SIZE_MAX) {
            json_decref(check->expected);
            continue;
        }
        kept[n] = *check;
        kept[n++].step = places[check->step];
    }
    free(set->checks); /* grown while they were made; from here on the arena owns them */
    set->checks = kept;
    set->n_checks = n;
    if (n > 1)
        qsort(kept, n, sizeof *kept, by_step);
    free(places);
}

static bool finish(struct draft *draft, struct error *err)
{
    struct draft_step **order = mem_alloc_array(draft->n_steps + 1, sizeof(struct draft_step *));
    for (size_t i = 0; i < draft->n_steps; i++)
        order[i] = &draft->steps[i];
    if (draft->n_steps > 1)
        qsort(order, draft->n_steps, sizeof(struct draft_step *), by_place);
    bool ok = apply_lab(draft, order, err);
    settle(draft, order);
    free(order);
    if (ok && draft->set->n_steps == 0)
        ok = error_set(err, ERROR_INPUT,
                       "nothing follows from the example: no table, view, type "
                       "or function of it is left");
    return ok;
}

static struct draft begin(const struct fact_set *facts, const struct lab *lab,
                          struct check_set *set)
{
    check_set_init(set);
    return (struct draft){
        .facts = facts, .lab = lab, .set = set, .depths = depths_new(facts, &set->arena)};
}

void derive_measures(const struct fact_set *facts, const struct lab *lab,
                     struct check_set *ret_checks)
{
    struct draft draft = begin(facts, lab, ret_checks);
    for (size_t i = 0; i < facts->count; i++)
        if (facts->items[i].kind == FACT_TABLE && !left_out(&draft, &facts->items[i]) &&
            !is_given(&draft, &facts->items[i]))
            add_rows(&draft, &facts->items[i], NULL);
    struct draft_step **order = mem_alloc_array(draft.n_steps + 1, sizeof(struct draft_step *));
    for (size_t i = 0; i < draft.n_steps; i++) {
        order[i] = &draft.steps[i];
        draft.steps[i].sum = 1; /* what weighs nothing is measured, too */
    }
    settle(&draft, order);
    free(order);
    free(draft.steps);
}

bool derive_checks(const struct fact_set *facts, const struct table_measure *measures,
                   size_t n_measures, const struct lab *lab, struct check_set *ret_checks,
                   struct error *err)
{
    struct check_set set;
    struct draft draft = begin(facts, lab, &set);
    add_facts(&draft);
    add_view_results(&draft);
    bool ok = add_measured(&draft, measures, n_measures, err) && add_calls(&draft, err);
    add_extra(&draft);
    ok = finish(&draft, err) && ok;
    free(draft.steps);
    if (!ok) {
        check_set_release(&set);
        return false;
    }
    *ret_checks = set;
    return true;
}
