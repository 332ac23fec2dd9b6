/*
 * Logs: lines of several files in the order of their times, PostgreSQL's records in words, and what
 * stays unread until it is a whole line; and the versions that the doctor reads.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "stack/doctor.h"
#include "stack/logs.h"

static int make_state(void **state)
{
    char *directory = mem_strdup("/tmp/lectern-logs.XXXXXX");
    *state = directory;
    return mkdtemp(directory) == NULL;
}

static int remove_state(void **state)
{
    CLEANUP(mem_free_string)
    char *command = mem_printf("rm -rf %s", (char *)*state);
    free(*state);
    return system(command);
}

/* Append to STATE/name, which is made with its directories. */
static void append(const char *state, const char *name, const char *text)
{
    struct error err = ERROR_INIT;
    CLEANUP(mem_free_string)
    char *path = path_join(state, name);
    CLEANUP(mem_free_string)
    char *directory = path_directory(path);
    assert_true(file_make_directories(directory, 0755, &err));
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
}

static const char slapd_log[] = "log/slapd/current";
static const char postgres_log[] = "log/postgres/current";
static const char records[] = "postgres/log/pg.1200.json";

static void test_order_of_times(void **state)
{
    append(*state, slapd_log,
           "2026-03-01_10:00:03.10000 third\n2026-03-01_10:00:04.10000 fourth\n");
    append(*state, postgres_log, "2026-03-01_10:00:01.10000 first\n");
    append(*state, records,
           "{\"timestamp\":\"2026-03-01 10:00:02.000 UTC\",\"user\":\"kim\",\"dbname\":\"kim\","
           "\"error_severity\":\"ERROR\",\"message\":\"second\",\"statement\":\"SELEC 1\"}\n");
    struct logs *logs = logs_open(*state, NULL);
    const struct log_entry *entries;
    assert_int_equal(logs_read(logs, &entries), 4);
    assert_string_equal(entries[0].text, "first");
    assert_string_equal(entries[1].text, "ERROR kim@kim: second; statement: SELEC 1");
    assert_string_equal(entries[1].when, "2026-03-01_10:00:02.000");
    assert_string_equal(entries[2].text, "third");
    assert_string_equal(entries[3].service, "slapd");
    assert_int_equal(logs_read(logs, &entries), 0);
    logs_close(logs);
}

static void test_half_lines_wait(void **state)
{
    struct logs *logs = logs_open(*state, "slapd");
    const struct log_entry *entries;
    assert_int_equal(logs_read(logs, &entries), 0); /* there is no file yet */
    append(*state, slapd_log, "2026-03-01_10:00:03.10000 ha");
    assert_int_equal(logs_read(logs, &entries), 0);
    append(*state, slapd_log, "lf\nno time\n");
    assert_int_equal(logs_read(logs, &entries), 2);
    assert_string_equal(entries[0].text, "no time");
    assert_string_equal(entries[0].when, "");
    assert_string_equal(entries[1].text, "half");
    logs_close(logs);
}

static void test_rotation(void **state)
{
    struct logs *logs = logs_open(*state, "slapd");
    const struct log_entry *entries;
    append(*state, slapd_log, "2026-03-01_10:00:01.10000 old\n");
    assert_int_equal(logs_read(logs, &entries), 1);
    append(*state, slapd_log, "2026-03-01_10:00:02.10000 last\n");
    CLEANUP(mem_free_string)
    char *from = path_join(*state, slapd_log);
    CLEANUP(mem_free_string)
    char *to = path_join(*state, "log/slapd/@1.s");
    assert_int_equal(rename(from, to), 0);
    append(*state, slapd_log, "2026-03-01_10:00:03.10000 new\n");
    assert_int_equal(logs_read(logs, &entries), 2);
    assert_string_equal(entries[0].text, "last");
    assert_string_equal(entries[1].text, "new");
    logs_close(logs);
}

static void test_record_that_is_none(void **state)
{
    append(*state, records, "{\"timestamp\": 7}\n[1]\ngarbage \x1b[2J\n");
    struct logs *logs = logs_open(*state, "postgres");
    const struct log_entry *entries;
    assert_int_equal(logs_read(logs, &entries), 3);
    logs_close(logs);
}

static void test_versions(void **state)
{
    (void)state;
    assert_int_equal(doctor_parse_version("psql (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)"),
                     1514);
    assert_int_equal(doctor_parse_version("psql (PostgreSQL) 17.6"), 1706);
    assert_int_equal(doctor_parse_version("psql (PostgreSQL) 18beta1"), 0);
    assert_int_equal(doctor_parse_version(""), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_order_of_times, make_state, remove_state),
        cmocka_unit_test_setup_teardown(test_half_lines_wait, make_state, remove_state),
        cmocka_unit_test_setup_teardown(test_rotation, make_state, remove_state),
        cmocka_unit_test_setup_teardown(test_record_that_is_none, make_state, remove_state),
        cmocka_unit_test(test_versions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
