/*
 * YAML: places, caps, and what is refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/error.h"
#include "base/strbuf.h"
#include "base/yaml.h"

static void test_tree(void **state)
{
    (void)state;
    static const char text[] = "a: 1\nb:\n  - \"~\"\n  - ~\n  - {c: 'd'}\n";
    struct error err = ERROR_INIT;
    struct yaml_document document;
    assert_true(yaml_parse("f", text, strlen(text), &document, &err));
    const struct yaml_node *b = yaml_get(document.root, "b");
    assert_int_equal(b->kind, YAML_LIST);
    assert_int_equal(b->count, 3);
    assert_false(yaml_is_null(b->items[0]));
    assert_true(yaml_is_null(b->items[1]));
    const struct yaml_node *d = yaml_get(b->items[2], "c");
    assert_string_equal(d->text, "d");
    assert_int_equal(d->line, 5);
    assert_int_equal(d->column, 9);
    assert_null(yaml_get(document.root, "c"));
    assert_null(yaml_get(b, "a"));
    yaml_release(&document);
}

static void assert_refused(const char *text, size_t len, const char *expected)
{
    struct error err = ERROR_INIT;
    struct yaml_document document;
    assert_false(yaml_parse("f", text, len, &document, &err));
    assert_int_equal(err.code, ERROR_INPUT);
    if (strstr(err.message, expected) == NULL)
        fail_msg("\"%s\" lacks \"%s\"", err.message, expected);
    error_clear(&err);
}

static void test_refused(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"", "f:1:1: the file is empty"},
        {"# nothing\n", "f:1:1: the file is empty"},
        {"a: 1\nb: 2\na: 3\n", "f:3:1: key \"a\" was given already in line 1"},
        {"a: &x 1\nb: *x\n", "f:1:4: anchors"},
        {"a: *x\n", "f:1:4: aliases"},
        {"a: !!int 1\n", "f:1:4: tags"},
        {"a: &x [1]\n", "f:1:4: anchors"},
        {"a: 1\n---\nb: 2\n", "f:2:1: the file holds more than one document"},
        {"a: 1\n\tb: 2\n", "f:2:1: "},
        {"a: b: c\n", "f:1:5: "},
        {"? [1, 2]\n: 3\n", "f:1:3: a key must be a text"},
        {"a: \"x\\0y\"\n", "f:1:4: a text cannot contain a zero byte"},
        {"a: \"unfinished\n", "f:2:1: "},
        {"a: 1\nb: \xff\n", "f:2:4: "},
        {"ab: \xc3\xa9\xff\n", "f:1:6: "}, /* columns are letters, not bytes */
        {"\xff\xfe\x61\x00", "f:1:1: "},
        {"\x1b[2J", "f:1:1: "},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_refused(cases[i][0], strlen(cases[i][0]), cases[i][1]);
    assert_refused("a: 1\0b", 6, "f:1:5: ");
}

static void test_caps(void **state)
{
    (void)state;
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    for (int i = 0; i < 100000; i++)
        strbuf_add_char(&text, '[');
    assert_refused(text.text, text.len, "f:1:22: nested too deeply");
    strbuf_reset(&text);
    for (int i = 0; i < YAML_MAX_NODES; i++)
        strbuf_add_string(&text, "- 1\n");
    assert_refused(text.text, text.len, "too many values");
    strbuf_reset(&text);
    while (text.len <= YAML_MAX_BYTES)
        strbuf_add_string(&text, "# comment comment comment comment\n");
    assert_refused(text.text, text.len, "larger than 1048576 bytes");
}

static void test_quoted(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "plain",
        "\"quoted\" \\ back",
        "tab\tand\nline\r",
        "\x1b[2J",
        "\xc2\x9b",
        "\xe2\x80\xa8 line separator",
        "\xef\xbb\xbf BOM",
        "# no: {x",
        "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x92\xbb",
        "\x7f",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        CLEANUP(strbuf_release)
        struct strbuf out = STRBUF_INIT;
        strbuf_add_string(&out, "a: ");
        yaml_add_quoted(&out, texts[i]);
        struct error err = ERROR_INIT;
        struct yaml_document document;
        if (!yaml_parse("f", out.text, out.len, &document, &err))
            fail_msg("%s: %s", out.text, err.message);
        assert_string_equal(yaml_get(document.root, "a")->text, texts[i]);
        yaml_release(&document);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tree),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_caps),
        cmocka_unit_test(test_quoted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
