/*
 * Looking for a file: the order of the list, what keys do, and where it cannot look.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <curses.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "ui/browse.h"

enum { ROWS = 5 };

static char root[PATH_MAX];
static struct browse browse;

static void make(const char *name, size_t size)
{
    struct error err = ERROR_INIT;
    CLEANUP(mem_free_string)
    char *path = path_join(root, name), *folder = path_directory(path);
    CLEANUP(mem_free_string)
    char *bytes = mem_alloc(size + 1);
    assert_true(file_make_directories(folder, 0755, &err));
    assert_true(file_write(path, bytes, size, 0644, &err));
}

static int set_up(void **state)
{
    (void)state;
    char own[] = "/tmp/lectern-browse.XXXXXX";
    if (mkdtemp(own) == NULL || realpath(own, root) == NULL)
        return -1;
    make("notes.txt", 12);
    make("Library.SQL", 12345);
    make("b\xc3\xa4r.sql", 1000);
    make("class.csv", 999);
    make("labs/one.sql", 5);
    make("old dump/toc.dat", 5);
    make(".hidden.sql", 1);
    make("evil\x1b[31m.sql", 1);
    CLEANUP(mem_free_string)
    char *link = path_join(root, "nowhere.sql");
    browse_init(&browse, "sql ddl", false);
    return symlink("/no/such/file", link);
}

static int tear_down(void **state)
{
    (void)state;
    browse_release(&browse);
    CLEANUP(mem_free_string)
    char *remove = mem_printf("chmod -R u+rwx '%s'; rm -rf '%s'", root, root);
    return system(remove);
}

/* The names in their order, the selected one in brackets. */
static void assert_list(const char *wanted)
{
    CLEANUP(strbuf_release)
    struct strbuf out = STRBUF_INIT;
    for (size_t i = 0; i < browse.n; i++)
        strbuf_printf(&out, i == browse.selected ? "%s[%s]" : "%s%s", i > 0 ? "|" : "",
                      browse.entries[i].name);
    assert_string_equal(out.text, wanted);
}

static void press(int key)
{
    assert_int_equal(browse_key(&browse, key, ROWS), BROWSE_MOVED);
}

static void type(const char *letters)
{
    for (; *letters != '\0'; letters++)
        press((unsigned char)*letters);
}

static const char *selected(void)
{
    return browse.entries[browse.selected].name;
}

static void test_order(void **state)
{
    (void)state;
    browse_begin(&browse, root, "");
    assert_string_equal(browse.folder, root);
    /* A link to nowhere is none that fits, whatever its name. */
    assert_list(
        "..|labs|old dump|[b\xc3\xa4r.sql]|evil\x1b[31m.sql|Library.SQL|class.csv|notes.txt|"
        "nowhere.sql");
    assert_int_equal(browse.entries[5].size, 12345);
    press('.');
    assert_list("..|labs|old dump|.hidden.sql|[b\xc3\xa4r.sql]|evil\x1b[31m.sql|Library.SQL|"
                "class.csv|notes.txt|nowhere.sql");
}

static void test_begin(void **state)
{
    (void)state;
    static const struct {
        const char *typed, *folder, *selected;
    } cases[] = {
        {"class.csv", "", "class.csv"},        {"labs", "/labs", "one.sql"},
        {"labs/", "/labs", "one.sql"},         {"labs/one.sql", "/labs", "one.sql"},
        {"labs/gone.sql", "/labs", "one.sql"}, {"gone/deep/x.sql", "", "b\xc3\xa4r.sql"},
        {"./labs/..", "", "b\xc3\xa4r.sql"},   {"~/labs", "/labs", "one.sql"},
    };
    setenv("HOME", root, 1);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CLEANUP(mem_free_string)
        char *folder = mem_printf("%s%s", root, cases[i].folder);
        browse_begin(&browse, root, cases[i].typed);
        assert_string_equal(browse.folder, folder);
        assert_string_equal(selected(), cases[i].selected);
    }
    browse_begin(&browse, "/", "no/such");
    assert_string_equal(browse.folder, "/");
    assert_string_not_equal(browse.entries[0].name, "..");
}

static void test_way(void **state)
{
    (void)state;
    browse_begin(&browse, root, "");
    press(KEY_HOME);
    assert_string_equal(selected(), "..");
    press(KEY_UP);
    press(KEY_DOWN);
    press('\r');
    assert_list("..|[one.sql]");
    assert_int_equal(browse_key(&browse, KEY_ENTER, ROWS), BROWSE_CHOSEN);
    CLEANUP(mem_free_string)
    char *path = browse_path(&browse), *wanted = path_join(root, "labs/one.sql");
    assert_string_equal(path, wanted);
    press(KEY_BACKSPACE);
    assert_string_equal(selected(), "labs");
    press(KEY_RIGHT);
    press(KEY_HOME);
    press('\n');
    assert_string_equal(selected(), "labs");
    press(KEY_LEFT);
    assert_string_equal(selected(), path_base(root));
    press('/');
    press(KEY_END);
    assert_string_equal(selected(), "nowhere.sql");
    press('\r');
    assert_non_null(browse.refusal);
    press(KEY_UP);
    assert_null(browse.refusal);
    press(KEY_PPAGE);
    assert_string_equal(selected(), "b\xc3\xa4r.sql");
    press(KEY_NPAGE);
    assert_string_equal(selected(), "notes.txt");
    assert_int_equal(browse_key(&browse, KEY_F(2), ROWS), BROWSE_IGNORED);
    while (strcmp(browse.folder, "/") != 0)
        press(127);
    press(KEY_LEFT);
    type("tmp");
    press('/');
    assert_string_equal(browse.folder, "/tmp");
}

static void test_jump(void **state)
{
    (void)state;
    browse_begin(&browse, root, "");
    type("n");
    assert_string_equal(selected(), "notes.txt");
    type("ow");
    assert_string_equal(selected(), "nowhere.sql");
    type("zzz");
    assert_string_equal(browse.typed.text.text, "now");
    press(KEY_BACKSPACE);
    assert_string_equal(browse.typed.text.text, "no");
    press(KEY_UP);
    assert_string_equal(browse.typed.text.text, "");
    type("LIB");
    assert_string_equal(selected(), "Library.SQL");
    press(KEY_DOWN);
    type("b\xc3\x84"); /* a large letter of two bytes */
    assert_string_equal(selected(), "b\xc3\xa4r.sql");
}

static void test_scroll(void **state)
{
    (void)state;
    browse_begin(&browse, root, "");
    browse_show(&browse, 3);
    assert_int_equal(browse.first, 1);
    press(KEY_END);
    browse_show(&browse, 3);
    assert_int_equal(browse.first, 6);
    press(KEY_HOME);
    browse_show(&browse, 3);
    assert_int_equal(browse.first, 0);
    press(KEY_END);
    browse_show(&browse, 3);
    browse_show(&browse, 100);
    assert_int_equal(browse.first, 0);
}

/* What a field cannot hold is not chosen. */
static void test_foul(void **state)
{
    (void)state;
    browse_begin(&browse, root, "evil\x1b[31m.sql");
    press('\r');
    assert_non_null(browse.refusal);
}

static void test_archives(void **state)
{
    (void)state;
    browse.archives = true;
    browse_begin(&browse, root, "old dump");
    assert_string_equal(browse.folder, root);
    assert_string_equal(selected(), "old dump");
    assert_int_equal(browse_key(&browse, '\r', ROWS), BROWSE_CHOSEN);
    press(KEY_RIGHT);
    assert_list("..|[toc.dat]");
    press(KEY_LEFT);
    type("labs");
    press('\r');
    assert_list("..|[one.sql]");
}

static void test_closed(void **state)
{
    (void)state;
    CLEANUP(mem_free_string)
    char *labs = path_join(root, "labs"), *file = path_join(root, "class.csv");
    browse_read(&browse, file, NULL);
    assert_string_equal(browse.fault, "That is not a directory.");
    assert_list("[..]");
    press(KEY_DOWN);
    assert_non_null(browse.fault);
    press('\r');
    assert_null(browse.fault);
    assert_string_equal(selected(), "class.csv");
    chmod(labs, 0);
    if (geteuid() != 0) {
        browse_read(&browse, labs, NULL);
        assert_string_equal(browse.fault, "You may not look into this directory.");
    }
    assert_int_equal(unlink(file), 0);
    assert_int_equal(rename(labs, file), 0);
    browse_read(&browse, labs, NULL);
    assert_string_equal(browse.fault, "This directory is gone.");
}

static void test_spell(void **state)
{
    (void)state;
    static const struct {
        const char *directory, *path, *spelled;
    } cases[] = {
        {"", "/class.csv", "class.csv"},      {"", "/labs/one.sql", "labs/one.sql"},
        {"", "/~x.sql", "~/~x.sql"},          {"/labs", "/class.csv", "~/class.csv"},
        {"/labs", "/labs.sql", "~/labs.sql"}, {NULL, "", "~"},
    };
    setenv("HOME", root, 1);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CLEANUP(mem_free_string)
        char *path = mem_printf("%s%s", root, cases[i].path);
        CLEANUP(mem_free_string)
        char *directory =
            cases[i].directory != NULL ? mem_printf("%s%s", root, cases[i].directory) : NULL;
        CLEANUP(mem_free_string)
        char *spelled = browse_spell(directory, path);
        assert_string_equal(spelled, cases[i].spelled);
    }
    CLEANUP(mem_free_string)
    char *elsewhere = browse_spell(root, "/etc/hosts");
    assert_string_equal(elsewhere, "/etc/hosts");
}

static void test_size(void **state)
{
    (void)state;
    static const struct {
        int64_t size;
        const char *words;
    } cases[] = {
        {0, "0 B"},         {999, "999 B"},         {1000, "1.0 kB"},         {12345, "12 kB"},
        {999499, "999 kB"}, {999500, "1.0 MB"},     {1400000, "1.4 MB"},      {9949999, "9.9 MB"},
        {9960000, "10 MB"}, {2500000000, "2.5 GB"}, {INT64_MAX, "9223372 TB"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CLEANUP(mem_free_string)
        char *words = browse_size(cases[i].size);
        assert_string_equal(words, cases[i].words);
    }
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_order),  TEST(test_begin), TEST(test_way),      TEST(test_jump),
        TEST(test_scroll), TEST(test_foul),  TEST(test_archives), TEST(test_closed),
        TEST(test_spell),  TEST(test_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
