/*
 * Rendering: placeholders, what only looks like one, and files that are left alone when equal.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "render/render.h"

static const struct render_value values[] = {
    {"STATE", "/var/lib/x"}, {"PORT", "15432"}, {"PORT_2", "@STATE@"}, {NULL, NULL}};

static void test_placeholders(void **state)
{
    (void)state;
    CLEANUP(strbuf_release)
    struct strbuf out = STRBUF_INIT;
    render_text("a@/b host=@STATE@/run p=@PORT@@PORT@ @x@ @1@ 50@", values, &out);
    assert_string_equal(out.text, "a@/b host=/var/lib/x/run p=1543215432 @x@ @1@ 50@");
}

static void test_values_are_not_templates(void **state)
{
    (void)state;
    CLEANUP(strbuf_release)
    struct strbuf out = STRBUF_INIT;
    render_text("@PORT_2@", values, &out);
    assert_string_equal(out.text, "@STATE@");
}

static void test_equal_file_is_left_alone(void **state)
{
    (void)state;
    char directory[] = "/tmp/lectern-render.XXXXXX";
    assert_non_null(mkdtemp(directory));
    CLEANUP(mem_free_string)
    char *path = mem_printf("%s/file", directory);
    struct render_target target = {.path = path, .mode = 0640};
    struct error err = ERROR_INIT;
    bool changed = false;
    assert_true(render_write(&target, "one\n", &changed, &err));
    assert_true(changed);
    struct stat first, second;
    assert_int_equal(stat(path, &first), 0);
    assert_int_equal(first.st_mode & 07777, 0640);
    assert_true(render_write(&target, "one\n", &changed, &err));
    assert_false(changed);
    assert_int_equal(stat(path, &second), 0);
    assert_int_equal(first.st_ino, second.st_ino);
    target.mode = 0600;
    assert_true(render_write(&target, "one\n", &changed, &err));
    assert_true(changed);
    assert_true(render_write(&target, "two\n", &changed, &err));
    assert_true(changed);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(directory), 0); /* nothing is left beside */
}

static void test_unknown_user(void **state)
{
    (void)state;
    struct render_target target = {.path = "/nowhere/x", .mode = 0600, .user = "no such user"};
    struct error err = ERROR_INIT;
    bool changed = false;
    assert_false(render_write(&target, "", &changed, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    error_clear(&err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_placeholders),
        cmocka_unit_test(test_values_are_not_templates),
        cmocka_unit_test(test_equal_file_is_left_alone),
        cmocka_unit_test(test_unknown_user),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
