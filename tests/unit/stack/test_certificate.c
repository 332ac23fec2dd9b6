/*
 * Certificates: names and addresses that they carry, when they are left alone and when made anew.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "stack/certificate.h"

static const char *const names[] = {"localhost", "127.0.0.1", "::1", "lab.room.test", "10.213.7.1"};
enum { N_NAMES = sizeof names / sizeof names[0] };

static const char *const files[] = {"ca.key", "ca.crt", "server.key", "server.crt"};

static int make_directory(void **state)
{
    char *directory = mem_strdup("/tmp/lectern-certificate.XXXXXX");
    *state = directory;
    return mkdtemp(directory) == NULL;
}

static int remove_directory(void **state)
{
    char *directory = *state;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        CLEANUP(mem_free_string)
        char *path = path_join(directory, files[i]);
        unlink(path);
    }
    int failed = rmdir(directory); /* nothing else was left in it */
    free(directory);
    return failed;
}

static bool ensure(const char *directory, const char *const *wanted, size_t n)
{
    struct error err = ERROR_INIT;
    bool authority, server;
    assert_true(certificate_ensure_authority(directory, &authority, &err));
    assert_true(certificate_ensure_server(directory, wanted, n, &server, &err));
    return server;
}

static bool has(const char *directory, const char *name)
{
    struct error err = ERROR_INIT;
    CLEANUP(mem_free_string)
    char *path = path_join(directory, "server.crt");
    bool has_it = false;
    assert_true(certificate_has_name(path, name, &has_it, &err));
    return has_it;
}

static void test_names(void **state)
{
    const char *directory = *state;
    assert_true(ensure(directory, names, N_NAMES));
    for (size_t i = 0; i < N_NAMES; i++)
        assert_true(has(directory, names[i]));
    assert_false(has(directory, "other.room.test"));
    assert_false(has(directory, "10.213.7.2"));
    assert_false(has(directory, "lectern")); /* the subject is no name of a server */
}

static void test_modes(void **state)
{
    const char *directory = *state;
    const mode_t modes[] = {0600, 0644, 0600, 0644};
    ensure(directory, names, N_NAMES);
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        CLEANUP(mem_free_string)
        char *path = path_join(directory, files[i]);
        struct stat info;
        assert_int_equal(stat(path, &info), 0);
        assert_int_equal(info.st_mode & 0777, modes[i]);
    }
}

static void test_left_alone_when_good(void **state)
{
    const char *directory = *state;
    assert_true(ensure(directory, names, N_NAMES));
    assert_false(ensure(directory, names, N_NAMES));
    assert_false(ensure(directory, names, 2)); /* fewer names: those it has suffice */
}

static void test_made_anew(void **state)
{
    const char *directory = *state;
    assert_true(ensure(directory, names, 3));
    assert_true(ensure(directory, names, N_NAMES)); /* more names */
    clock_freeze(0, clock_utc_us() + INT64_C(800) * 86400 * 1000000);
    assert_true(ensure(directory, names, N_NAMES)); /* it would end in 25 days */
    clock_thaw();
    CLEANUP(mem_free_string)
    char *ca_key = path_join(directory, "ca.key");
    assert_int_equal(unlink(ca_key), 0);
    assert_true(ensure(directory, names, N_NAMES)); /* another authority */
    CLEANUP(mem_free_string)
    char *crt = path_join(directory, "server.crt");
    struct error err = ERROR_INIT;
    assert_true(file_write(crt, "garbage", 7, 0644, &err));
    assert_true(ensure(directory, names, N_NAMES));
    /* The key of another pair. */
    CLEANUP(mem_free_string)
    char *key = path_join(directory, "server.key");
    CLEANUP(strbuf_release)
    struct strbuf old = STRBUF_INIT;
    assert_true(file_read(key, 65536, &old, &err));
    assert_int_equal(unlink(crt), 0);
    assert_true(ensure(directory, names, N_NAMES));
    assert_true(file_write(key, old.text, old.len, 0600, &err));
    assert_true(ensure(directory, names, N_NAMES));
}

static void test_seconds_left(void **state)
{
    const char *directory = *state;
    ensure(directory, names, N_NAMES);
    CLEANUP(mem_free_string)
    char *path = path_join(directory, "server.crt");
    struct error err = ERROR_INIT;
    int64_t left = 0;
    assert_true(certificate_seconds_left(path, &left, &err));
    assert_in_range(left, (CERTIFICATE_SERVER_DAYS - 1) * 86400, CERTIFICATE_SERVER_DAYS * 86400);
    CLEANUP(mem_free_string)
    char *key = path_join(directory, "server.key");
    assert_false(certificate_seconds_left(key, &left, &err));
    assert_int_equal(err.code, ERROR_INPUT);
    error_clear(&err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_names, make_directory, remove_directory),
        cmocka_unit_test_setup_teardown(test_modes, make_directory, remove_directory),
        cmocka_unit_test_setup_teardown(test_left_alone_when_good, make_directory,
                                        remove_directory),
        cmocka_unit_test_setup_teardown(test_made_anew, make_directory, remove_directory),
        cmocka_unit_test_setup_teardown(test_seconds_left, make_directory, remove_directory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
