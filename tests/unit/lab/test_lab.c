/*
 * The lab file: strict, with places and what is allowed; the template and the annotated example.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "lab/class.h"
#include "lab/lab.h"

#define TOP "lab: x\nexample: e.sql\nroster: r.csv\n"

static void test_defaults(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    struct lab lab;
    assert_true(lab_parse("/srv/labs/x.yaml", TOP, strlen(TOP), &lab, &err));
    assert_string_equal(lab.name, "x");
    assert_string_equal(lab.title, "x");
    assert_string_equal(lab.example, "/srv/labs/e.sql");
    assert_string_equal(lab.roster, "/srv/labs/r.csv");
    assert_false(lab.example_is_uri);
    assert_null(lab.task);
    assert_null(lab.leave_out[0]);
    assert_null(lab.volatile_columns[0]);
    assert_true(lab.compare_content);
    assert_int_equal(lab.content_max_rows, 100000);
    assert_int_equal(lab.connections, 8);
    assert_int_equal(lab.statement_timeout_s, 60);
    assert_int_equal(lab.temp_file_mb, 200);
    assert_int_equal(lab.idle_after_s, 360);
    assert_int_equal(lab.stuck_after_s, 480);
    assert_true(lab.behind_by > 0.2199 && lab.behind_by < 0.2201);
    assert_int_equal(lab.n_steps, 0);
    assert_int_equal(lab.goal, GOAL_BUILD);
    assert_int_equal(lab.feedback, FEEDBACK_STEPS);
    assert_int_equal(lab.content_beyond, BEYOND_COUNT);
    assert_null(lab.ignore_keys[0]);
    for (int i = 0; i < RULES; i++)
        assert_int_equal(lab.rules.of[i], rule_default((enum rule)i));
    assert_true(lab.weights.of[FACT_TABLE] < 0);
    assert_int_equal(lab.n_views + lab.n_functions + lab.n_extra, 0);
    const struct lab_view *view = lab_find_view(&lab, "v");
    assert_int_equal(view->compare, ROWS_BAG);
    assert_int_equal(view->deadline_s, 2);
    assert_true(view->tolerance > 0.9e-6 && view->tolerance < 1.1e-6);
    assert_string_equal(lab.given_tables[0], "*");
    assert_false(lab.given_dml);
    lab_release(&lab);
}

static void test_judgement(void **state)
{
    (void)state;
    static const char text[] =
        TOP "goal: query\nfeedback: verdicts\ngiven: {tables: [film, 'a*'], dml: true}\n"
            "content: {beyond: sample, ignore_keys: ['film.film_id']}\n"
            "compare: {type: strict, not_null: ignore, names: family}\n"
            "weights: {table: 0, column: 2.5}\n"
            "views:\n  compare: set\n  tolerance: 0\n  each:\n"
            "    - {view: 'top_*', compare: ordered, deadline: 10s}\n"
            "    - {view: 'top_ten', compare: ignore}\n"
            "functions: [{name: f, calls: ['f(1)', 'f(2)']}]\n"
            "extra:\n  - {title: a, sql: 'SELECT 1', expect: 1, weight: 3, step: view film}\n"
            "  - {title: b, sql: SELECT true}\n  - {title: c, sql: SELECT NULL, expect: ~}\n"
            "  - {title: d, sql: SELECT '', expect: '~', deadline: 3s}\n"
            "steps: [{step: view film, weights: {rows: 0}}]\n";
    struct error err = ERROR_INIT;
    struct lab lab;
    if (!lab_parse("l.yaml", text, strlen(text), &lab, &err))
        fail_msg("%s", err.message);
    assert_int_equal(lab.goal, GOAL_QUERY);
    assert_int_equal(lab.feedback, FEEDBACK_VERDICTS);
    assert_string_equal(lab.given_tables[1], "a*");
    assert_true(lab.given_dml);
    assert_int_equal(lab.content_beyond, BEYOND_SAMPLE);
    assert_string_equal(lab.ignore_keys[0], "film.film_id");
    assert_int_equal(lab.rules.of[RULE_TYPE], STRICT);
    assert_int_equal(lab.rules.of[RULE_NOT_NULL], IGNORE);
    assert_int_equal(lab.rules.of[RULE_NAMES], FAMILY);
    assert_int_equal(lab.rules.of[RULE_ACTIONS], FAMILY);
    assert_int_equal((int)(lab.weights.of[FACT_COLUMN] * 10), 25);
    assert_int_equal((int)lab.weights.of[FACT_TABLE], 0);
    assert_true(lab.weights.of[FACT_ROWS] < 0);
    assert_int_equal(lab_find_view(&lab, "Top_Ten")->compare, ROWS_ORDERED);
    assert_int_equal(lab_find_view(&lab, "top_ten")->deadline_s, 10);
    assert_int_equal(lab_find_view(&lab, "other")->compare, ROWS_SET);
    assert_int_equal((int)(lab_find_view(&lab, "top_ten")->tolerance * 1e9), 0);
    assert_string_equal(lab.functions[0].calls[1], "f(2)");
    assert_int_equal(lab.n_extra, 4);
    assert_string_equal(lab.extra[0].expect, "1");
    assert_string_equal(lab.extra[0].step, "view film");
    assert_string_equal(lab.extra[1].expect, "true");
    assert_string_equal(lab.extra[1].step, "extra");
    assert_null(lab.extra[2].expect);
    assert_string_equal(lab.extra[3].expect, "~");
    assert_int_equal(lab.extra[3].deadline_s, 3);
    assert_int_equal((int)lab.steps[0].weights->of[FACT_ROWS], 0);
    assert_true(lab.steps[0].weights->of[FACT_TABLE] < 0);
    lab_release(&lab);
}

static void test_byte_order_mark(void **state)
{
    (void)state;
    static const char text[] = "\xef\xbb\xbf" TOP;
    struct error err = ERROR_INIT;
    struct lab lab;
    assert_true(lab_parse("l.yaml", text, sizeof text - 1, &lab, &err));
    assert_string_equal(lab.name, "x");
    lab_release(&lab);
}

static void test_everything(void **state)
{
    (void)state;
    static const char text[] =
        "lab: pagila_2\r\ntitle: \"P\\u00e9\"\nexample: postgresql://u@h/db\n"
        "roster: /abs/r.csv\ntask: t.md\nleave_out: [a, 'b*']\n"
        "content: {compare: no, max_rows: 5, volatile: ['*.last_update']}\n"
        "limits:\n  connections: 3\n  statement_timeout: 2 min\n  temp_files: 1GB\n"
        "  idle_after: 90s\n  stuck_after: 1h\n  behind_by: 0.5\n"
        "  speed: 20\n"
        "steps:\n  - step: table film\n    title: films\n    hint: look\n    weight: 2.5\n"
        "  - {step: triggers, skip: true}\n";
    struct error err = ERROR_INIT;
    struct lab lab;
    assert_true(lab_parse("labs/x.yaml", text, strlen(text), &lab, &err));
    assert_true(lab.example_is_uri);
    assert_string_equal(lab.example, "postgresql://u@h/db");
    assert_string_equal(lab.roster, "/abs/r.csv");
    CLEANUP(mem_free_string)
    char *current = getcwd(NULL, 0);
    CLEANUP(mem_free_string)
    char *task = mem_printf("%s/labs/t.md", current);
    assert_string_equal(lab.task, task);
    assert_string_equal(lab.leave_out[1], "b*");
    assert_null(lab.leave_out[2]);
    assert_false(lab.compare_content);
    assert_int_equal(lab.content_max_rows, 5);
    assert_string_equal(lab.volatile_columns[0], "*.last_update");
    assert_int_equal(lab.statement_timeout_s, 120);
    assert_int_equal(lab.temp_file_mb, 1024);
    assert_int_equal(lab.idle_after_s, 90);
    assert_int_equal(lab.stuck_after_s, 3600);
    assert_true(lab.speed > 19.9 && lab.speed < 20.1);
    const struct lab_step *film = lab_find_step(&lab, "table film");
    assert_non_null(film);
    assert_string_equal(film->hint, "look");
    assert_true(film->weight > 2.4 && film->weight < 2.6);
    assert_int_equal(film->line, 17);
    const struct lab_step *triggers = lab_find_step(&lab, "triggers");
    assert_non_null(triggers);
    assert_true(triggers->skip);
    assert_true(triggers->weight < 0);
    assert_null(triggers->title);
    assert_null(lab_find_step(&lab, "table actor"));
    lab_release(&lab);
}

/* The rules in words, so that floats need no comparison. */
static char *rules_text(const struct class_rules *rules)
{
    json_t *object = json_object();
    class_rules_write(rules, object);
    char *text = json_dumps(object, JSON_COMPACT | JSON_SORT_KEYS | JSON_REAL_PRECISION(6));
    json_decref(object);
    return text;
}

static char *rules_of(const char *yaml)
{
    struct error err = ERROR_INIT;
    struct lab lab;
    struct class_rules rules;
    assert_true(lab_parse("x.yaml", yaml, strlen(yaml), &lab, &err));
    lab_class_rules(&lab, &rules);
    lab_release(&lab);
    return rules_text(&rules);
}

/* Each threshold of need is the lab's to set, and survives the way through the control database. */
static void test_need(void **state)
{
    (void)state;
    struct class_rules rules = class_rules_default();
    CLEANUP(mem_free_string)
    char *defaults = rules_text(&rules);
    CLEANUP(mem_free_string)
    char *not_given = rules_of(TOP);
    assert_string_equal(not_given, defaults);
    CLEANUP(mem_free_string)
    char *given = rules_of(
        TOP "limits: {idle_after: 61s, stuck_after: 62s, behind_by: 11%}\n"
            "need: {learn: no, stuck_factor: 3, same_error: 5, open_after: 20s, wait_after: 2s,\n"
            "  wrong_passwords: 4, behind_ratio: 40%, absent_after: 63s, unknown_after: 64s}\n");
    assert_string_equal(given, "{\"absent_after_s\":63.0,\"behind_by\":0.11,"
                               "\"behind_ratio\":0.4,\"idle_after_s\":61.0,\"learn\":false,"
                               "\"open_after_s\":20.0,\"same_error\":5,\"stuck_after_s\":62.0,"
                               "\"stuck_factor\":3.0,\"unknown_after_s\":64.0,"
                               "\"wait_after_s\":2.0,\"wrong_passwords\":4}");
    json_t *object = json_loads(given, 0, NULL);
    class_rules_read(&rules, object);
    json_decref(object);
    CLEANUP(mem_free_string)
    char *read = rules_text(&rules);
    assert_string_equal(read, given);
    /* What an older lectern wrote, or nothing at all, leaves the others as they are. */
    object =
        json_pack("{s:i, s:s, s:i}", "idle_after_s", 90, "stuck_factor", "x", "open_after_s", 0);
    rules = class_rules_default();
    class_rules_read(&rules, object);
    class_rules_read(&rules, NULL);
    json_decref(object);
    assert_true(rules.idle_after_s > 89 && rules.idle_after_s < 91 && rules.stuck_factor > 3.9 &&
                rules.open_after_s > 100);
    assert_string_equal(lab_fallback("limits", "idle_after"), "6min");
    assert_null(lab_fallback("limits", "none"));
    assert_null(lab_fallback("none", "idle_after"));
}

static void test_mistakes(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message, *hint;
    } cases[] = {
        {TOP "limits:\n  conections: 3\n", "l.yaml:5:3: unknown key \"conections\" in \"limits\"",
         "Did you mean \"connections\"?  Allowed here: connections, statement_timeout, "},
        {TOP "exampel: x\n", "l.yaml:4:1: unknown key \"exampel\"", "\"example\"?"},
        {"lab: x\nroster: r\n", "l.yaml:1:1: key \"example\" is missing", NULL},
        {"lab: X y\nexample: e\nroster: r\n", "l.yaml:1:6: \"X y\" cannot be a lab's name",
         "small letters"},
        {"lab: [x]\nexample: e\nroster: r\n", "l.yaml:1:6: \"lab\" must be a text", NULL},
        {"lab:\nexample: e\nroster: r\n", "l.yaml:1:5: \"lab\" is empty", NULL},
        {TOP "limits: {idle_after: 5}\n",
         "l.yaml:4:22: \"idle_after\" must be a duration with its unit, as 90s, 5min or 2h, not "
         "\"5\"",
         NULL},
        {TOP "limits: {idle_after: 1s}\n", "\"idle_after\" must be between 10 and 86400 seconds",
         NULL},
        {TOP "limits: {connections: 0}\n", "\"connections\" must be between 1 and 100, not 0",
         NULL},
        {TOP "limits: {connections: 2.5}\n", "\"connections\" must be a whole number", NULL},
        {TOP "limits: {connections: 0x10}\n", "\"connections\" must be a whole number", NULL},
        {TOP "limits: {connections: 1e999}\n", "\"connections\" must be a whole number", NULL},
        {TOP "limits: {behind_by: nan}\n", "\"behind_by\" must be a part of one", NULL},
        {TOP "limits: {temp_files: 200}\n", "\"temp_files\" must be a size with its unit", NULL},
        {TOP "limits: 5\n", "l.yaml:4:9: \"limits\" must hold \"key: value\" lines", NULL},
        {TOP "content: {compare: perhaps}\n", "\"compare\" must be true or false", NULL},
        {TOP "leave_out: film\n", "l.yaml:4:12: \"leave_out\" must be a list of texts",
         "[\"one\", \"two\"]"},
        {TOP "steps: {a: b}\n", "l.yaml:4:8: \"steps\" must be a list", "dash"},
        {TOP "steps:\n  - table book\n", "l.yaml:5:5: a step must hold", "- step: table book"},
        {TOP "steps:\n  - title: t\n", "l.yaml:5:5: key \"step\" is missing in \"steps\"", NULL},
        {TOP "steps:\n  - step: a\n  - step: a\n",
         "l.yaml:6:11: step \"a\" was given already in line 5", NULL},
        {TOP "steps:\n  - step: a\n    weight: 0\n",
         "l.yaml:6:13: \"weight\" must be between 0.001 and 1000", NULL},
        {TOP "goal: play\n", "l.yaml:4:7: \"goal\" must be build or query, not \"play\"", NULL},
        {TOP "feedback: [x]\n", "\"feedback\" must be nothing, steps, checks or verdicts", NULL},
        {TOP "compare: {typ: strict}\n", "l.yaml:4:11: unknown key \"typ\" in \"compare\"",
         "Did you mean \"type\"?"},
        {TOP "compare: {type: lax}\n", "\"type\" must be strict, family or ignore, not \"lax\"",
         NULL},
        {TOP "weights: {tables: 1}\n", "unknown key \"tables\" in \"weights\"", "\"table\"?"},
        {TOP "weights: {table: -1}\n", "\"table\" must be between 0 and 1000, not -1", NULL},
        {TOP "views: {compare: bags}\n", "\"compare\" must be bag, ordered, set or ignore", NULL},
        {TOP "views: {each: [{compare: bag}]}\n", "key \"view\" is missing in \"views\"", NULL},
        {TOP "functions: [{name: f, calls: []}]\n", "\"calls\" must have between 1 and 100", NULL},
        {TOP "functions: [f]\n", "an element of \"functions\" must hold", "- name: fine_for"},
        {TOP "extra: [{title: a}]\n", "key \"sql\" is missing in \"extra\"", NULL},
        {TOP "extra: [{title: a, sql: s, expect: [1]}]\n", "\"expect\" must be one value", NULL},
        {TOP "extra: [{title: a, sql: s}, {title: a, sql: s}]\n",
         "\"a\" was given already in line 4", NULL},
        {TOP "extra: [{title: a, sql: s, deadline: 2}]\n", "\"deadline\" must be a duration", NULL},
        {TOP "given: {dml: true}\n", "\"given\" is for query labs", "goal: query"},
        {TOP "goal: query\nsteps: [{step: table film}]\n",
         "a query lab cannot ask for step \"table film\"", "goal: build"},
        {TOP "goal: query\nsteps: [{step: triggers, title: x}]\n",
         "a query lab cannot ask for step \"triggers\"", NULL},
        {TOP "goal: query\nextra: [{title: a, sql: s, step: types}]\n",
         "a query lab cannot ask for step \"types\"", NULL},
        {"just words\n", "l.yaml:1:1: the file must hold \"key: value\" lines", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct error err = ERROR_INIT;
        struct lab lab;
        assert_false(lab_parse("l.yaml", cases[i].text, strlen(cases[i].text), &lab, &err));
        if (strstr(err.message, cases[i].message) == NULL)
            fail_msg("\"%s\" lacks \"%s\"", err.message, cases[i].message);
        if (cases[i].hint != NULL)
            assert_non_null(strstr(err.hint, cases[i].hint));
        error_clear(&err);
    }
}

/* A megabyte of garbage of several kinds: an error with a place, soon. */
static void test_garbage(void **state)
{
    (void)state;
    enum { GARBAGE = 1 << 20 };
    uint32_t random = 1;
    char *garbage = mem_alloc(GARBAGE);
    assert_non_null(garbage);
    for (int kind = 0; kind < 3; kind++) {
        for (size_t i = 0; i < GARBAGE; i++) {
            random = random * 1664525u + 1013904223u;
            uint32_t r = random >> 24;
            garbage[i] = kind == 0   ? (char)r
                         : kind == 1 ? (char)(0x20 + r % 95)
                                     : ":-?[]{},#&*!|>'\"%@`\n a"[r % 22];
        }
        struct error err = ERROR_INIT;
        struct lab lab;
        assert_false(lab_parse("l.yaml", garbage, GARBAGE, &lab, &err));
        assert_int_equal(err.code, ERROR_INPUT);
        assert_memory_equal(err.message, "l.yaml:", 7);
        assert_true(strlen(err.message) < 1000);
        error_clear(&err);
    }
    memset(garbage, 'x', GARBAGE);
    memcpy(garbage, "? ", 2);
    struct error err = ERROR_INIT;
    struct lab lab;
    assert_false(lab_parse("l.yaml", garbage, GARBAGE, &lab, &err));
    assert_true(strlen(err.message) < 1000);
    assert_memory_equal(err.message, "l.yaml:1:3: unknown key \"xxx", 26);
    error_clear(&err);
    free(garbage);
}

static void test_template(void **state)
{
    (void)state;
    static const char *const titles[] = {"Library", "A \"quoted\": #title\\\n\xf0\x9f\x98\x80"};
    for (size_t i = 0; i < 2; i++) {
        CLEANUP(strbuf_release)
        struct strbuf text = STRBUF_INIT;
        lab_print_template(&text, &(struct lab_template){.name = "library",
                                                         .title = titles[i],
                                                         .example = "/a b/it's.sql",
                                                         .roster = "../r: #1.csv"});
        struct error err = ERROR_INIT;
        struct lab lab;
        if (!lab_parse("/srv/lab.yaml", text.text, text.len, &lab, &err))
            fail_msg("%s\n%s", err.message, text.text);
        assert_string_equal(lab.title, titles[i]);
        assert_string_equal(lab.example, "/a b/it's.sql");
        assert_string_equal(lab.roster, "/srv/../r: #1.csv");
        assert_int_equal(lab.connections, 8);
        lab_release(&lab);
    }
}

/* The keys of a section, as the hint of an unknown key lists them. */
/* What the wizard asks for is what the parser finds; what looks odd in YAML stays a text. */
static void test_template_settings(void **state)
{
    (void)state;
    const struct lab_setting settings[] = {
        {"limits", "connections", "12"}, {"limits", "statement_timeout", "90s"},
        {"limits", "temp_files", "1GB"}, {"limits", "behind_by", "12.5%"},
        {"content", "compare", "false"}, {NULL, "task", "it's: a #task.md"},
        {NULL, "no_such_key", "1"},
    };
    const struct lab_step steps[] = {
        {.name = "table: loan", .weight = 2.5, .hint = "\"which\" # way\nround?"},
        {.name = "table book", .weight = -1, .title = "books", .skip = true},
    };
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    lab_print_template(&text, &(struct lab_template){"l", "t", "e", "r", settings, 7, steps, 2});
    struct error err = ERROR_INIT;
    struct lab lab;
    if (!lab_parse("/srv/lab.yaml", text.text, text.len, &lab, &err))
        fail_msg("%s\n%s", err.message, text.text);
    assert_int_equal(lab.connections, 12);
    assert_int_equal(lab.statement_timeout_s, 90);
    assert_int_equal(lab.temp_file_mb, 1024);
    assert_true(lab.behind_by > 0.1249 && lab.behind_by < 0.1251);
    assert_false(lab.compare_content);
    assert_string_equal(lab.task, "/srv/it's: a #task.md");
    assert_int_equal(lab.n_steps, 2);
    assert_string_equal(lab.steps[0].name, "table: loan");
    assert_string_equal(lab.steps[0].hint, "\"which\" # way\nround?");
    assert_true(lab.steps[0].weight > 2.4 && lab.steps[0].weight < 2.6);
    assert_string_equal(lab.steps[1].title, "books");
    assert_true(lab.steps[1].skip);
    lab_release(&lab);
}

static char *allowed_keys(const char *text)
{
    struct error err = ERROR_INIT;
    struct lab lab;
    assert_false(lab_parse("l", text, strlen(text), &lab, &err));
    char *keys = mem_strdup(strstr(err.hint, "Allowed here: ") + strlen("Allowed here: "));
    error_clear(&err);
    return keys;
}

static void test_annotated_example(void **state)
{
    (void)state;
    const char *source = getenv("LECTERN_SRCDIR");
    CLEANUP(mem_free_string)
    char *path = path_join(source != NULL ? source : ".", "config/lab.yaml.example");
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    CLEANUP(strbuf_release)
    struct strbuf template = STRBUF_INIT, manual = STRBUF_INIT;
    struct error err = ERROR_INIT;
    assert_true(file_read(path, 1 << 20, &text, &err));
    CLEANUP(mem_free_string)
    char *page = path_join(source != NULL ? source : ".", "assets/man/lectern-lab.5");
    assert_true(file_read(page, 1 << 20, &manual, &err));
    struct lab lab;
    if (!lab_parse(path, text.text, text.len, &lab, &err))
        fail_msg("%s", err.message);
    assert_int_equal(lab.n_steps, 2);
    lab_release(&lab);
    lab_print_template(&template, &(struct lab_template){
                                      .name = "l", .title = "t", .example = "e", .roster = "r"});
    static const char *const sections[] = {TOP "zzzzzzzz: 1\n",
                                           TOP "limits: {zzzzzzzz: 1}\n",
                                           TOP "content: {zzzzzzzz: 1}\n",
                                           TOP "need: {zzzzzzzz: 1}\n",
                                           TOP "steps: [{zzzzzzzz: 1}]\n",
                                           TOP "compare: {zzzzzzzz: 1}\n",
                                           TOP "weights: {zzzzzzzz: 1}\n",
                                           TOP "views: {zzzzzzzz: 1}\n",
                                           TOP "functions: [{zzzzzzzz: 1}]\n",
                                           TOP "extra: [{zzzzzzzz: 1}]\n",
                                           TOP "goal: query\ngiven: {zzzzzzzz: 1}\n"};
    size_t n_keys = 0;
    for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++) {
        CLEANUP(mem_free_string)
        char *keys = allowed_keys(sections[i]);
        char *rest = keys;
        for (char *key; (key = strsep(&rest, ", .")) != NULL;) {
            if (key[0] == '\0')
                continue;
            n_keys++;
            CLEANUP(mem_free_string)
            char *mention = mem_printf("%s:", key);
            if (strstr(text.text, mention) == NULL)
                fail_msg("%s does not mention \"%s\"", path, key);
            if (strstr(manual.text, key) == NULL)
                fail_msg("%s does not mention \"%s\"", page, key);
            if (i < 6 && strstr(template.text, key) == NULL)
                fail_msg("the template does not mention \"%s\"", key);
        }
    }
    assert_int_equal(n_keys, 105);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_everything),
        cmocka_unit_test(test_byte_order_mark),
        cmocka_unit_test(test_judgement),
        cmocka_unit_test(test_need),
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_template),
        cmocka_unit_test(test_template_settings),
        cmocka_unit_test(test_garbage),
        cmocka_unit_test(test_annotated_example),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
