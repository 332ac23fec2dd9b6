/*
 * Forms: editing a line of UTF-8, moving between fields; completing paths.
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
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "ui/complete.h"
#include "ui/form.h"

static void type(struct edit *edit, const char *bytes)
{
    for (; *bytes != '\0'; bytes++)
        edit_key(edit, (unsigned char)*bytes);
}

static void check(const struct edit *edit, const char *left, const char *right)
{
    CLEANUP(mem_free_string)
    char *whole = mem_printf("%s%s", left, right);
    assert_string_equal(edit->text.text, whole);
    assert_int_equal(edit->cursor, strlen(left));
}

/* What is offered gives way to what is typed, and stays for whoever only changes it. */
static void test_offering(void **state)
{
    (void)state;
    struct edit edit = {.text = STRBUF_INIT};
    edit_offer(&edit, "90");
    check(&edit, "90", "");
    type(&edit, "45");
    check(&edit, "45", "");
    edit_offer(&edit, "90");
    edit_key(&edit, KEY_BACKSPACE);
    type(&edit, "5");
    check(&edit, "95", "");
    edit_offer(&edit, "90");
    edit_key(&edit, KEY_HOME);
    type(&edit, "1");
    check(&edit, "1", "90");
    edit_offer(&edit, "root");
    type(&edit, "\xc3\xa4");
    check(&edit, "ä", "");
    edit_release(&edit);
}

static void test_editing(void **state)
{
    (void)state;
    struct edit edit = {.text = STRBUF_INIT};
    type(&edit, "a\xc3\xa4\xe6\xbc\xa2\xf0\x9f\x98\x80z");
    check(&edit, "aä漢😀z", "");
    assert_int_equal(edit_key(&edit, KEY_LEFT), EDIT_MOVED);
    edit_key(&edit, KEY_LEFT);
    check(&edit, "aä漢", "😀z");
    assert_int_equal(edit_key(&edit, KEY_BACKSPACE), EDIT_CHANGED);
    check(&edit, "aä", "😀z");
    edit_key(&edit, KEY_DC);
    check(&edit, "aä", "z");
    edit_key(&edit, KEY_RIGHT);
    edit_key(&edit, KEY_RIGHT);
    check(&edit, "aäz", "");
    assert_int_equal(edit_key(&edit, KEY_DC), EDIT_MOVED);
    edit_key(&edit, KEY_HOME);
    assert_int_equal(edit_key(&edit, 127), EDIT_MOVED);
    edit_key(&edit, KEY_LEFT);
    type(&edit, "x");
    check(&edit, "x", "aäz");
    edit_key(&edit, 11); /* Ctrl-K */
    check(&edit, "x", "");
    type(&edit, " two/three");
    edit_key(&edit, 23); /* Ctrl-W */
    check(&edit, "x two/", "");
    edit_key(&edit, 21); /* Ctrl-U */
    check(&edit, "", "");
    edit_release(&edit);
}

/* A base and its mark go together; right from in front of them, too. */
static void test_marks(void **state)
{
    (void)state;
    struct edit edit = {.text = STRBUF_INIT};
    type(&edit, "ae\xcc\x81z");
    edit_key(&edit, KEY_LEFT);
    edit_key(&edit, KEY_LEFT);
    check(&edit, "a", "e\xcc\x81z");
    edit_key(&edit, KEY_RIGHT);
    check(&edit, "ae\xcc\x81", "z");
    edit_key(&edit, KEY_BACKSPACE);
    check(&edit, "a", "z");
    edit_release(&edit);
}

/* What is no text is not taken: broken UTF-8, control and bidi characters, too much. */
static void test_nonsense(void **state)
{
    (void)state;
    struct edit edit = {.text = STRBUF_INIT};
    type(&edit, "a\x80\xc3(\xff\xc0\xaf\xed\xa0\x80\xf5\x80\x80\x80"
                "b\xe2\x80\xae"
                "c\xc2\x9b"
                "d");
    check(&edit, "a(bcd", "");
    assert_int_equal(edit_key(&edit, 3), EDIT_IGNORED);
    assert_int_equal(edit_key(&edit, KEY_F(5)), EDIT_IGNORED);
    for (int i = 0; i < 3 * EDIT_MAX; i++)
        edit_key(&edit, i % 2 == 0 ? 0xc3 : 0xa4);
    assert_true(edit.text.len <= EDIT_MAX && utf8_valid(edit.text.text, edit.text.len));
    /* Keys at random: it stays text, and the cursor between letters. */
    srandom(1);
    for (int i = 0; i < 200000; i++) {
        static const int keys[] = {KEY_LEFT, KEY_RIGHT, KEY_HOME, KEY_END, KEY_DC, 127, 11, 21, 23};
        long r = random();
        edit_key(&edit, r % 3 == 0 ? keys[r / 3 % 9] : (int)(r / 3 % 256));
        assert_true(edit.cursor <= edit.text.len);
        assert_true(((unsigned char)edit.text.text[edit.cursor] & 0xc0) != 0x80);
    }
    assert_true(utf8_valid(edit.text.text, edit.text.len));
    edit_release(&edit);
}

static void test_fields(void **state)
{
    (void)state;
    struct form form = {.fields = NULL};
    assert_int_equal(form_key(&form, '\t'), FORM_IGNORED);
    form_add(&form, 10, FORM_TEXT, "one", NULL);
    struct form_field *choice = form_add(&form, 20, FORM_CHOICE, "two", NULL);
    form_add_title(choice, "a");
    form_add_title(choice, "b");
    form_add_title(choice, "c");
    assert_int_equal(form_key(&form, 'x'), FORM_CHANGED);
    assert_int_equal(form_key(&form, '\t'), FORM_MOVED);
    assert_int_equal(form_focused(&form)->id, 20);
    assert_int_equal(form_key(&form, 'x'), FORM_IGNORED);
    assert_int_equal(form_key(&form, ' '), FORM_CHANGED);
    assert_int_equal(form_focused(&form)->chosen, 1);
    form_key(&form, KEY_LEFT);
    form_key(&form, KEY_LEFT);
    assert_int_equal(form_focused(&form)->chosen, 2);
    form_key(&form, KEY_DOWN);
    assert_int_equal(form_focused(&form)->id, 10);
    form_key(&form, KEY_BTAB);
    assert_int_equal(form_focused(&form)->id, 20);
    form_focus(&form, 10);
    assert_string_equal(form_focused(&form)->edit.text.text, "x");
    form_focus(&form, 99);
    assert_int_equal(form_focused(&form)->id, 10);
    form_clear(&form);
    assert_null(form_focused(&form));
}

static void complete(const char *directory, const char *typed, size_t n, const char *becomes,
                     const char *names)
{
    CLEANUP(strbuf_release)
    struct strbuf out = STRBUF_INIT, all = STRBUF_INIT;
    assert_int_equal(complete_path(directory, typed, &out, &all), n);
    assert_string_equal(out.text, becomes);
    assert_string_equal(all.text, names);
}

static void test_completion(void **state)
{
    (void)state;
    char directory[] = "/tmp/lectern-complete.XXXXXX";
    static const char *const files[] = {"chinook.sql",     "chinook.csv",      ".hidden",
                                        "k\xc3\xa4se.sql", "k\xc3\xb6nig.sql", "deep/one.sql"};
    assert_non_null(mkdtemp(directory));
    struct error err = ERROR_INIT;
    CLEANUP(mem_free_string)
    char *deep = path_join(directory, "deep");
    assert_true(file_make_directories(deep, 0755, &err));
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        CLEANUP(mem_free_string)
        char *path = path_join(directory, files[i]);
        assert_true(file_write(path, "x", 1, 0644, &err));
    }
    complete(directory, "c", 2, "chinook.", "chinook.csv  chinook.sql");
    complete(directory, "chinook.s", 1, "chinook.sql", "");
    complete(directory, "d", 1, "deep/", "");
    complete(directory, "deep/", 1, "deep/one.sql", "");
    complete(directory, ".h", 1, ".hidden", "");
    /* ä and ö begin with the same byte: half of a letter is never given. */
    complete(directory, "k", 2, "k", "käse.sql  könig.sql");
    complete(directory, "zzz", 0, "zzz", "");
    complete(directory, "no/such/", 0, "no/such/", "");
    CLEANUP(mem_free_string)
    char *whole = mem_printf("%s/dee", directory), *absolute = mem_printf("%s/deep/", directory);
    complete("/", whole, 1, absolute, "");
    setenv("HOME", directory, 1);
    complete("/", "~/dee", 1, "~/deep/", "");
    CLEANUP(mem_free_string)
    char *remove = mem_printf("rm -rf %s", directory);
    assert_int_equal(system(remove), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_editing), cmocka_unit_test(test_offering),
        cmocka_unit_test(test_marks),   cmocka_unit_test(test_nonsense),
        cmocka_unit_test(test_fields),  cmocka_unit_test(test_completion),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
