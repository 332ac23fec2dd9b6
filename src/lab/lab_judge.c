/*
 * The sections of a lab file that say how work is judged: what counts as equal, what weighs how
 * much, how results are compared, and the lab master's own checks.
 */
#include <fnmatch.h>
#include <stddef.h>
#include <string.h>

#include "base/error.h"
#include "base/strbuf.h"
#include "lab/lab_inside.h"

enum { CALLS_MAX = 100, LIST_MAX = 1000 };

static const char *const goals[] = {[GOAL_BUILD] = "build", [GOAL_QUERY] = "query", NULL};
static const char *const feedbacks[] = {[FEEDBACK_NOTHING] = "nothing",
                                        [FEEDBACK_STEPS] = "steps",
                                        [FEEDBACK_CHECKS] = "checks",
                                        [FEEDBACK_VERDICTS] = "verdicts",
                                        NULL};
static const char *const rows_names[] = {[ROWS_BAG] = "bag",
                                         [ROWS_ORDERED] = "ordered",
                                         [ROWS_SET] = "set",
                                         [ROWS_IGNORED] = "ignore",
                                         NULL};
static const char *const beyonds[] = {[BEYOND_COUNT] = "count", [BEYOND_SAMPLE] = "sample", NULL};
static const char *const strictnesses[] = {
    [STRICT] = "strict", [FAMILY] = "family", [IGNORE] = "ignore", NULL};

const char *lab_feedback_name(enum lab_feedback feedback)
{
    return feedbacks[feedback];
}

const char *lab_rows_name(enum lab_rows rows)
{
    return rows_names[rows];
}

/* -- words out of a list ----------------------------------------------------------------------- */

/* The index of a key's word in `words`, `fallback` when the key is not given. */
static bool choose(const struct yaml_document *document, const struct yaml_node *map,
                   const char *key, const char *const *words, int fallback, int *ret_choice,
                   struct error *err)
{
    const struct yaml_node *node = map != NULL ? yaml_get(map, key) : NULL;
    *ret_choice = fallback;
    if (node == NULL)
        return true;
    for (int i = 0; node->kind == YAML_TEXT && words[i] != NULL; i++)
        if (strcmp(words[i], node->text) == 0) {
            *ret_choice = i;
            return true;
        }
    CLEANUP(strbuf_release)
    struct strbuf list = STRBUF_INIT;
    for (int i = 0; words[i] != NULL; i++)
        strbuf_printf(&list, "%s%s", i == 0 ? "" : words[i + 1] == NULL ? " or " : ", ", words[i]);
    if (node->kind != YAML_TEXT)
        return yaml_error(document, node, err, "\"%s\" must be %s", key, list.text);
    return yaml_error(document, node, err, "\"%s\" must be %s, not \"%s\"", key, list.text,
                      node->text);
}

static const char *rule_key(size_t i)
{
    return rule_name((enum rule)i);
}

static bool read_rules(const struct yaml_document *document, const struct yaml_node *node,
                       struct rules *rules, struct error *err)
{
    struct yaml_field fields[RULES + 1] = {{0}};
    for (size_t i = 0; i < RULES; i++)
        fields[i] = (struct yaml_field){.key = rule_key(i), .type = YAML_OTHER};
    rules_init(rules);
    if (!yaml_read_fields(document, node, "compare", fields, NULL, NULL, err))
        return false;
    for (size_t i = 0; i < RULES; i++) {
        int choice;
        if (!choose(document, node, rule_key(i), strictnesses, (int)rules->of[i], &choice, err))
            return false;
        rules->of[i] = (enum strictness)choice;
    }
    return true;
}

bool lab_read_weights(const struct yaml_document *document, const struct yaml_node *node,
                      struct kind_weights *ret_weights, struct error *err)
{
    struct yaml_field fields[FACT_KINDS + 1] = {{0}};
    for (size_t i = 0; i < FACT_KINDS; i++)
        fields[i] = (struct yaml_field){.key = fact_kind_name((enum fact_kind)i),
                                        .type = YAML_NUMBER,
                                        .offset = i * sizeof ret_weights->of[0],
                                        .most = 1000};
    kind_weights_init(ret_weights);
    return yaml_read_fields(document, node, "weights", fields, ret_weights, NULL, err);
}

/* -- lists of maps ----------------------------------------------------------------------------- */

/* A list, or nothing; *ret_n elements, each of them a map. */
static bool check_list(const struct yaml_document *document, const struct yaml_node *list,
                       const char *key, const char *first, size_t *ret_n, struct error *err)
{
    *ret_n = 0;
    if (list == NULL || yaml_is_null(list))
        return true;
    if (list->kind != YAML_LIST) {
        yaml_error(document, list, err, "\"%s\" must be a list", key);
        return error_hint(err, "Begin each element with a dash: \"- %s\".", first);
    }
    if (list->count > LIST_MAX)
        return yaml_error(document, list, err, "\"%s\" has more than %d elements", key, LIST_MAX);
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i]->kind != YAML_MAP) {
            yaml_error(document, list->items[i], err,
                       "an element of \"%s\" must hold \"key: value\" lines", key);
            return error_hint(err, "Begin it with \"- %s\".", first);
        }
    *ret_n = list->count;
    return true;
}

#define AT(member) offsetof(struct lab_view, member)
/* Also the whole section's: there `view` is not allowed, and `each` is. */
static const struct yaml_field view_fields[] = {
    {"view", YAML_STRING, AT(view), true, 0, 200, NULL, "its name; * stands for any letters"},
    {"compare", YAML_OTHER, 0, false, 0, 0, NULL, "bag, ordered, set or ignore"},
    {"tolerance", YAML_NUMBER, AT(tolerance), false, 0, 1, NULL, "of floats"},
    {"deadline", YAML_SECONDS, AT(deadline_s), false, 1, 60, NULL, "for one evaluation"},
    {NULL, YAML_OTHER, 0, false, 0, 0, NULL, NULL},
};

static const struct yaml_field views_fields[] = {
    {"compare", YAML_OTHER, 0, false, 0, 0, NULL, "bag, ordered, set or ignore"},
    {"tolerance", YAML_NUMBER, AT(tolerance), false, 0, 1, "0.000001", "of floats"},
    {"deadline", YAML_SECONDS, AT(deadline_s), false, 1, 60, "2s", "for one evaluation"},
    {"each", YAML_OTHER, 0, false, 0, 0, NULL, "what is different for some views"},
    {NULL, YAML_OTHER, 0, false, 0, 0, NULL, NULL},
};

#undef AT

static bool read_view(const struct yaml_document *document, const struct yaml_node *node,
                      const struct yaml_field *fields, struct lab *lab, struct lab_view *view,
                      struct error *err)
{
    int compare;
    if (!yaml_read_fields(document, node, "views", fields, view, &lab->arena, err) ||
        !choose(document, node, "compare", rows_names, (int)view->compare, &compare, err))
        return false;
    view->compare = (enum lab_rows)compare;
    view->line = node != NULL ? node->line : 0;
    return true;
}

static bool read_views(const struct yaml_document *document, const struct yaml_node *node,
                       struct lab *lab, struct error *err)
{
    const struct yaml_node *each = node != NULL ? yaml_get(node, "each") : NULL;
    size_t n;
    if (!read_view(document, node, views_fields, lab, &lab->view_default, err) ||
        !check_list(document, each, "each", "view: film_list", &n, err))
        return false;
    lab->views = arena_alloc_array(&lab->arena, n + 1, sizeof *lab->views);
    for (size_t i = 0; i < n; i++) {
        lab->views[i] = lab->view_default;
        if (!read_view(document, each->items[i], view_fields, lab, &lab->views[i], err))
            return false;
        lab->n_views++;
    }
    return true;
}

const struct lab_view *lab_find_view(const struct lab *lab, const char *view)
{
    for (size_t i = 0; i < lab->n_views; i++)
        if (fnmatch(lab->views[i].view, view, FNM_CASEFOLD) == 0)
            return &lab->views[i];
    return &lab->view_default;
}

#define AT(member) offsetof(struct lab_function, member)
static const struct yaml_field function_fields[] = {
    {"name", YAML_STRING, AT(name), true, 0, 200, NULL, "fine_for"},
    {"calls", YAML_STRINGS, AT(calls), true, 0, 0, NULL, "[\"fine_for(1, 2)\"]"},
    {NULL, YAML_OTHER, 0, false, 0, 0, NULL, NULL},
};
#undef AT

static bool read_functions(const struct yaml_document *document, const struct yaml_node *list,
                           struct lab *lab, struct error *err)
{
    size_t n;
    if (!check_list(document, list, "functions", "name: fine_for", &n, err))
        return false;
    lab->functions = arena_alloc_array(&lab->arena, n + 1, sizeof *lab->functions);
    for (size_t i = 0; i < n; i++) {
        struct lab_function *function = &lab->functions[i];
        const struct yaml_node *node = list->items[i];
        *function = (struct lab_function){.line = node->line};
        if (!yaml_read_fields(document, node, "functions", function_fields, function, &lab->arena,
                              err))
            return false;
        size_t calls = 0;
        while (function->calls[calls] != NULL)
            calls++;
        if (calls == 0 || calls > CALLS_MAX)
            return yaml_error(document, yaml_get(node, "calls"), err,
                              "\"calls\" must have between 1 and %d elements", CALLS_MAX);
        lab->n_functions++;
    }
    return true;
}

#define AT(member) offsetof(struct lab_extra, member)
static const struct yaml_field extra_fields[] = {
    {"title", YAML_STRING, AT(title), true, 0, 200, NULL, "as the checks show it"},
    {"sql", YAML_STRING, AT(sql), true, 0, 8000, NULL, "one query; its first value counts"},
    {"expect", YAML_OTHER, 0, false, 0, 0, NULL, "that value; true"},
    {"weight", YAML_NUMBER, AT(weight), false, 0, 1000, "1", "within its step"},
    {"step", YAML_STRING, AT(step), false, 0, 200, NULL, "extra"},
    {"deadline", YAML_SECONDS, AT(deadline_s), false, 1, 60, "2s", "for one evaluation"},
    {NULL, YAML_OTHER, 0, false, 0, 0, NULL, NULL},
};
#undef AT

static bool read_extra(const struct yaml_document *document, const struct yaml_node *list,
                       struct lab *lab, struct error *err)
{
    size_t n;
    if (!check_list(document, list, "extra", "title: Nobody owes more than 100", &n, err))
        return false;
    lab->extra = arena_alloc_array(&lab->arena, n + 1, sizeof *lab->extra);
    for (size_t i = 0; i < n; i++) {
        struct lab_extra *extra = &lab->extra[i];
        const struct yaml_node *node = list->items[i];
        *extra = (struct lab_extra){.expect = "true", .step = "extra", .line = node->line};
        if (!yaml_read_fields(document, node, "extra", extra_fields, extra, &lab->arena, err))
            return false;
        for (size_t k = 0; k < i; k++)
            if (strcmp(lab->extra[k].title, extra->title) == 0)
                return yaml_error(document, yaml_get(node, "title"), err,
                                  "\"%s\" was given already in line %d", extra->title,
                                  lab->extra[k].line);
        const struct yaml_node *expect = yaml_get(node, "expect");
        if (expect != NULL && expect->kind != YAML_TEXT)
            return yaml_error(document, expect, err, "\"expect\" must be one value");
        if (expect != NULL)
            extra->expect = yaml_is_null(expect) ? NULL : arena_strdup(&lab->arena, expect->text);
        lab->n_extra++;
    }
    return true;
}

/* -- query labs -------------------------------------------------------------------------------- */

/* What is given in a query lab cannot be asked for. */
static bool is_given_step(const char *step)
{
    return strncmp(step, "table ", 6) == 0 || strcmp(step, "types") == 0 ||
           strcmp(step, "triggers") == 0;
}

static bool refuse_given(const struct lab *lab, struct error *err)
{
    const char *step = NULL;
    int line = 0;
    for (size_t i = 0; i < lab->n_steps && step == NULL; i++)
        if (is_given_step(lab->steps[i].name) && !lab->steps[i].skip) {
            step = lab->steps[i].name;
            line = lab->steps[i].line;
        }
    for (size_t i = 0; i < lab->n_extra && step == NULL; i++)
        if (is_given_step(lab->extra[i].step)) {
            step = lab->extra[i].step;
            line = lab->extra[i].line;
        }
    if (lab->goal != GOAL_QUERY || step == NULL)
        return true;
    error_set(err, ERROR_INPUT, "%s:%d: a query lab cannot ask for step \"%s\"", lab->file, line,
              step);
    return error_hint(err, "Tables with their indexes, triggers and types are given there; ask for "
                           "views and functions, or write \"goal: build\".");
}

/* -- the whole --------------------------------------------------------------------------------- */

#define AT(member) offsetof(struct lab, member)
static const struct yaml_field given_fields[] = {
    {"tables", YAML_STRINGS, AT(given_tables), false, 0, 0, NULL, "all of the example's"},
    {"dml", YAML_BOOL, AT(given_dml), false, 0, 0, "false", "true: their rows may be changed"},
    {NULL, YAML_OTHER, 0, false, 0, 0, NULL, NULL},
};
#undef AT

static bool read_given(const struct yaml_document *document, const struct yaml_node *root,
                       struct lab *lab, struct error *err)
{
    static const char *const all[] = {"*", NULL};
    const struct yaml_node *node = yaml_get(root, "given");
    lab->given_tables = all;
    if (!yaml_read_fields(document, node, "given", given_fields, lab, &lab->arena, err))
        return false;
    if (node != NULL && !yaml_is_null(node) && lab->goal != GOAL_QUERY) {
        yaml_error(document, node, err, "\"given\" is for query labs");
        return error_hint(err, "Write \"goal: query\" when the tables are given.");
    }
    return true;
}

bool lab_read_judgement(const struct yaml_document *document, struct lab *lab, struct error *err)
{
    const struct yaml_node *root = document->root;
    int goal, feedback, beyond;
    if (!choose(document, root, "goal", goals, GOAL_BUILD, &goal, err) ||
        !choose(document, root, "feedback", feedbacks, FEEDBACK_STEPS, &feedback, err) ||
        !choose(document, yaml_get(root, "content"), "beyond", beyonds, BEYOND_COUNT, &beyond, err))
        return false;
    lab->goal = (enum lab_goal)goal;
    lab->feedback = (enum lab_feedback)feedback;
    lab->content_beyond = (enum lab_beyond)beyond;
    return read_rules(document, yaml_get(root, "compare"), &lab->rules, err) &&
           lab_read_weights(document, yaml_get(root, "weights"), &lab->weights, err) &&
           read_views(document, yaml_get(root, "views"), lab, err) &&
           read_functions(document, yaml_get(root, "functions"), lab, err) &&
           read_extra(document, yaml_get(root, "extra"), lab, err) &&
           read_given(document, root, lab, err) && refuse_given(lab, err);
}

void lab_print_rules(struct strbuf *out)
{
    for (size_t i = 0; i < RULES; i++) {
        CLEANUP(mem_free_string)
        char *line = mem_printf("%s: %s", rule_key(i), strictness_name(rule_default((enum rule)i)));
        strbuf_printf(out, "#  %-24s # %s\n", line, rule_help((enum rule)i));
    }
}
