/*
 * Files: replaced whole or not at all, also on a full disk.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/strbuf.h"

static char directory[] = "/tmp/lectern-file.XXXXXX";

static int setup(void **state)
{
    (void)state;
    return mkdtemp(directory) == NULL;
}

static int count_files(void)
{
    int n = 0;
    DIR *dir = opendir(directory);
    while (readdir(dir) != NULL)
        n++;
    closedir(dir);
    return n - 2;
}

static int teardown(void **state)
{
    (void)state;
    CLEANUP(mem_free_string)
    char *path = path_join(directory, "f");
    unlink(path);
    return rmdir(directory);
}

static void test_replace(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    CLEANUP(mem_free_string)
    char *path = path_join(directory, "f");
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    bool changed = false;
    struct stat info;
    assert_true(file_update(path, "one", 3, 0600, &changed, &err));
    assert_true(changed);
    assert_true(file_update(path, "one", 3, 0600, &changed, &err));
    assert_false(changed);
    assert_true(file_update(path, "one", 3, 0644, &changed, &err)); /* the mode counts */
    assert_true(changed);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0644);
    assert_true(file_update(path, "two", 3, 0644, &changed, &err));
    assert_true(changed);
    assert_true(file_read(path, 3, &text, &err));
    assert_string_equal(text.text, "two");
    assert_false(file_read(path, 2, &text, &err)); /* capped */
    assert_int_equal(err.code, ERROR_INPUT);
    error_clear(&err);
    assert_int_equal(count_files(), 1);
}

/* A limit on the size of files is met where a full disk would be: the old file stays. */
static void test_full_disk(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    CLEANUP(mem_free_string)
    char *path = path_join(directory, "f");
    assert_true(file_write(path, "old", 3, 0600, &err));
    char *large = mem_alloc(1 << 20);
    struct rlimit before, small;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = before;
    small.rlim_cur = 1 << 16;
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    bool written = file_write(path, large, 1 << 20, 0600, &err);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, handler);
    free(large);
    assert_false(written);
    assert_non_null(strstr(err.message, path));
    error_clear(&err);
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    assert_true(file_read(path, 100, &text, &err));
    assert_string_equal(text.text, "old");
    assert_int_equal(count_files(), 1); /* nothing is left beside */
}

static void test_missing(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    CLEANUP(mem_free_string)
    char *path = path_join(directory, "none/f");
    assert_false(file_read(path, 10, &text, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    error_clear(&err);
    assert_false(file_write(path, "x", 1, 0600, &err));
    error_clear(&err);
    CLEANUP(mem_free_string)
    char *file = path_join(directory, "f");
    assert_true(file_write(file, "x", 1, 0600, &err));
    CLEANUP(mem_free_string)
    char *below = path_join(file, "d");
    assert_false(file_make_directories(below, 0700, &err)); /* below a file */
    error_clear(&err);
}

static void test_directories(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    CLEANUP(mem_free_string)
    char *a = path_join(directory, "a");
    CLEANUP(mem_free_string)
    char *b = path_join(a, "b");
    assert_true(file_make_directories(b, 0700, &err));
    assert_true(file_make_directories(b, 0700, &err));
    struct stat info;
    assert_int_equal(stat(b, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0700);
    assert_int_equal(rmdir(b), 0);
    assert_int_equal(rmdir(a), 0);
}

static void test_paths(void **state)
{
    (void)state;
    static const char *const cases[][3] = {
        {"/a/b", "/a", "b"}, {"/a", "/", "a"}, {"a", ".", "a"}, {"a/b/", "a/b", ""}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CLEANUP(mem_free_string)
        char *folder = path_directory(cases[i][0]);
        assert_string_equal(folder, cases[i][1]);
        assert_string_equal(path_base(cases[i][0]), cases[i][2]);
    }
    CLEANUP(mem_free_string)
    char *absolute = path_join("/x", "/y");
    assert_string_equal(absolute, "/y");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_replace), cmocka_unit_test(test_full_disk),
        cmocka_unit_test(test_missing), cmocka_unit_test(test_directories),
        cmocka_unit_test(test_paths),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
