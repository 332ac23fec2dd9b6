/*
 * The settings: sources, faults, keys, and the template that says what counts anyway.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <curses.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "command/settings.h"
#include "ui/theme_file.h"

static char directory[64];
static char *path;

static int set_up(void **state)
{
    (void)state;
    snprintf(directory, sizeof directory, "/tmp/lectern-settings.XXXXXX");
    if (mkdtemp(directory) == NULL)
        return -1;
    setenv("XDG_CONFIG_HOME", directory, 1);
    static const char *const ours[] = {"LECTERN_CONFIG", "LECTERN_THEME", "LECTERN_MOUSE",
                                       "LECTERN_REFRESH", "NO_COLOR"};
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        unsetenv(ours[i]);
    path = settings_path();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    CLEANUP(mem_free_string)
    char *line = mem_printf("rm -rf %s", directory);
    free(path);
    return system(line);
}

static void write_text(const char *name, const char *text)
{
    CLEANUP(mem_free_string)
    char *file = mem_printf("%s/lectern/%s", directory, name);
    CLEANUP(mem_free_string)
    char *parent = path_directory(file);
    struct error err = ERROR_INIT;
    assert_true(file_make_directories(parent, 0755, &err));
    assert_true(file_write(file, text, strlen(text), 0644, &err));
}

static void load(struct settings *settings, const struct settings_flag *flags)
{
    struct error err = ERROR_INIT;
    if (!settings_load(NULL, flags, settings, &err))
        fail_msg("%s", err.message);
}

/* -- sources ----------------------------------------------------------------------------------- */

static void test_no_file(void **state)
{
    (void)state;
    struct settings settings;
    load(&settings, NULL);
    assert_string_equal(settings.theme, "default");
    assert_true(settings.mouse);
    assert_int_equal(settings.refresh_s, 1);
    assert_int_equal(settings_choice(&settings, "sort"), 0);
    assert_false(settings.dark.light);
    assert_true(settings.light.light);
    assert_string_equal(settings.origin[0], "default");
    settings_release(&settings);
}

static void test_order(void **state)
{
    (void)state;
    struct settings settings;
    write_text("lectern.yaml", "theme: dark\nmouse: no\nrefresh: 5s\nsort: seat\ndensity: lines\n");
    load(&settings, NULL);
    assert_false(settings.mouse);
    assert_int_equal(settings.refresh_s, 5);
    assert_int_equal(settings_choice(&settings, "sort"), 1);
    assert_int_equal(settings_choice(&settings, "density"), 3);
    assert_string_equal(settings.origin[0], path);
    settings_release(&settings);
    setenv("LECTERN_THEME", "light", 1);
    setenv("LECTERN_MOUSE", "yes", 1);
    setenv("NO_COLOR", "1", 1);
    load(&settings, NULL);
    assert_string_equal(settings.theme, "light");
    assert_true(settings.mouse);
    assert_string_equal(settings.colours, "none");
    assert_string_equal(settings.origin[0], "LECTERN_THEME");
    settings_release(&settings);
    const struct settings_flag flags[] = {
        {"theme", "high-contrast"}, {"colours", "8"}, {"sort", NULL}, {NULL, NULL}};
    load(&settings, flags);
    assert_string_equal(settings.theme, "high-contrast");
    assert_string_equal(settings.colours, "8");
    assert_string_equal(settings.sort, "seat");
    assert_string_equal(settings.origin[0], "--theme");
    settings_release(&settings);
}

static void test_themes(void **state)
{
    (void)state;
    struct settings settings;
    write_text("themes/mine.yaml", "background: light\nroles: {stuck: 88}\n");
    write_text("lectern.yaml", "theme: mine\n");
    load(&settings, NULL);
    assert_int_equal(settings.dark.looks[DEPTH_256][THEME_STATE + STATE_STUCK].fg, 88);
    assert_int_equal(settings.light.looks[DEPTH_256][THEME_STATE + STATE_STUCK].fg, 88);
    settings_release(&settings);
    write_text("lectern.yaml", "background: light\n");
    load(&settings, NULL);
    assert_true(settings.dark.light && settings.light.light);
    settings_release(&settings);
}

/* -- faults ------------------------------------------------------------------------------------ */

static void expect(const char *text, const char *message)
{
    struct settings settings = {.theme = "before"};
    struct error err = ERROR_INIT;
    write_text("lectern.yaml", text);
    assert_false(settings_load(NULL, NULL, &settings, &err));
    CLEANUP(mem_free_string)
    char *wanted = mem_printf("%s%s%s", *message == ':' ? path : "", message, "");
    assert_string_equal(err.message, wanted);
    assert_string_equal(settings.theme, "before");
    error_clear(&err);
}

static void test_faults(void **state)
{
    (void)state;
    expect("thema: dark\n", ":1:1: unknown key \"thema\"");
    expect("mouse: yes\nrefresh: 90\n",
           ":2:10: \"refresh\" must be a duration with its unit, as 90s, 5min or 2h, not \"90\"");
    expect("refresh: 2h\n", ":1:10: \"refresh\" must be between 1 and 60 seconds, not 7200");
    expect("sort: size\n", ":1:7: \"sort\" cannot be \"size\"");
    expect("theme: nice\n", "there is no theme \"nice\"");
    expect("theme: ../x\n", "there is no theme \"../x\"");
    expect("mouse: [1\n", ":2:1: did not find expected ',' or ']', while parsing a "
                          "flow sequence");
    write_text("lectern.yaml", "");
    setenv("LECTERN_REFRESH", "soon", 1);
    expect("mouse: no\n", "LECTERN_REFRESH: \"refresh\" must be a duration with its unit, as 90s, "
                          "5min or 2h, not \"soon\"");
}

static void test_faulty_keys(void **state)
{
    (void)state;
    expect("keys: {grif: {sort: o}}\n", ":1:8: there is no pane \"grif\"");
    expect("keys: {grid: {sorte: o}}\n", ":1:15: \"grid\" has no action \"sorte\"");
    expect("keys: {grid: {sort: F99}}\n", ":1:21: \"F99\" is no key");
    expect("keys: {grid: {sort: Ctrl-C}}\n", ":1:21: the terminal itself takes \"Ctrl-C\"");
    expect("keys: {grid: {sort: q}}\n", ":1:21: \"q\" is the key of \"quit\" (grid) already");
    expect("keys: {grid: {sort: p}}\n",
           ":1:21: \"p\" is the key of \"projector\" (everywhere) already");
    expect("keys: {everywhere: {timer: s}}\n",
           ":1:28: \"s\" is the key of \"sort\" (grid) already");
    expect("keys: {new lab: {next: n}}\n", ":1:24: \"n\" is typed into the fields of \"new lab\"");
    expect("keys: {grid: {sort: F9}}\n",
           ":1:21: \"F9\" is the key of \"log\" (everywhere) already");
    expect("keys: {hand-out: {save: P}}\n",
           ":1:25: \"P\" is the key of \"pseudonyms\" (everywhere) already");
    expect("keys: {queue: {claim: d}}\n", ":1:23: \"d\" is the key of \"done\" (queue) already");
    expect("keys: {grid: s}\n", ":1:14: \"grid\" must hold \"action: key\" lines");
}

/* -- keys -------------------------------------------------------------------------------------- */

static void test_keys(void **state)
{
    (void)state;
    struct settings settings;
    write_text("lectern.yaml", "keys:\n  grid: {sort: o, quit: s, student: Ctrl-X}\n"
                               "  everywhere: {projector: F12}\n");
    load(&settings, NULL);
    const struct keymap *keys = &settings.keys;
    assert_int_equal(keymap_code(keys, "grid", 'o'), 's');
    assert_int_equal(keymap_code(keys, "grid", 's'), 'q');
    assert_int_equal(keymap_code(keys, "grid", 'q'), 0);
    assert_int_equal(keymap_code(keys, "grid", 24), '\r');
    assert_int_equal(keymap_code(keys, "grid", 'x'), 'x');
    assert_int_equal(keymap_code(keys, "student", 'o'), 'o');
    assert_int_equal(keymap_code(keys, KEYMAP_EVERYWHERE, KEY_F(12)), 'p');
    assert_int_equal(keymap_code(keys, KEYMAP_EVERYWHERE, 'p'), 0);
    CLEANUP(strbuf_release)
    struct strbuf label = STRBUF_INIT;
    keymap_label(keys, "grid", "Enter", &label);
    strbuf_add_char(&label, '|');
    keymap_label(keys, "grid", "s q up", &label);
    strbuf_add_char(&label, '|');
    keymap_label(keys, "student", "s", &label);
    assert_string_equal(label.text, "^X|o s up|s");
    settings_release(&settings);
}

/* A pane's own key stays ahead of one that works everywhere, and each moves alone. */
static void test_shadowed_keys(void **state)
{
    (void)state;
    struct settings settings;
    write_text("lectern.yaml", "keys:\n  everywhere: {log: F9, pseudonyms: F11, queue: F12}\n"
                               "  new lab: {back: F9}\n  queue: {claim: t, put-off: o}\n"
                               "  log: {filter: f}\n");
    struct error err = ERROR_INIT;
    assert_false(settings_load(NULL, NULL, &settings, &err));
    assert_non_null(strstr(err.message, "\"t\" is the key of \"timer\" (everywhere) already"));
    error_clear(&err);
    write_text("lectern.yaml", "keys:\n  everywhere: {log: F9, pseudonyms: F11, queue: F12}\n"
                               "  new lab: {back: F9}\n  queue: {claim: g, put-off: o}\n"
                               "  log: {filter: f}\n");
    load(&settings, NULL);
    const struct keymap *keys = &settings.keys;
    assert_int_equal(keymap_code(keys, KEYMAP_EVERYWHERE, KEY_F(9)), KEY_F(9));
    assert_int_equal(keymap_code(keys, "new lab", KEY_F(9)), KEY_F(9));
    assert_int_equal(keymap_code(keys, KEYMAP_EVERYWHERE, KEY_F(11)), 'P');
    assert_int_equal(keymap_code(keys, KEYMAP_EVERYWHERE, 'P'), 0);
    assert_int_equal(keymap_code(keys, "hand-out", 'P'), 'P');
    assert_int_equal(keymap_code(keys, KEYMAP_EVERYWHERE, KEY_F(12)), KEY_F(7));
    assert_int_equal(keymap_code(keys, "queue", 'g'), 'c');
    assert_int_equal(keymap_code(keys, "queue", 'o'), 'z');
    assert_int_equal(keymap_code(keys, "log", 'f'), '/');
    settings_release(&settings);
}

/* The template says what counts anyway, and every key in it is one. */
static void test_document(void **state)
{
    (void)state;
    struct settings settings, plain;
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    settings_document(&text);
    write_text("lectern.yaml", text.text);
    load(&settings, NULL);
    settings_default(&plain);
    assert_int_equal(settings.keys.n, 0);
    assert_string_equal(settings.theme, plain.theme);
    assert_string_equal(settings.helper, plain.helper);
    assert_int_equal(settings.refresh_s, plain.refresh_s);
    assert_int_equal(settings.mouse, plain.mouse);
    assert_memory_equal(&settings.dark, &plain.dark, sizeof plain.dark);
    settings_release(&settings);
    settings_release(&plain);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_no_file), TEST(test_order),       TEST(test_themes),   TEST(test_faults),
        TEST(test_keys),    TEST(test_faulty_keys), TEST(test_document), TEST(test_shadowed_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
