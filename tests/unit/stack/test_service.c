/*
 * Service directories: who runs as whom, who listens where, what sh makes of the paths; and what
 * --room takes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "stack/machine.h"
#include "stack/service.h"

static char program[] = "/usr/sbin/x";
static const struct programs programs = {.setpriv = program,
                                         .svlogd = program,
                                         .slapd = program,
                                         .postgres = program,
                                         .exporter = program,
                                         .prometheus = program};

static struct site make_site(const char *state, bool root, const char *room)
{
    return (struct site){
        .state = state,
        .ldap_uri = "ldapi://%2Fs",
        .pg_port = 15432,
        .ldap_port = 15389,
        .ldaps_port = 15636,
        .prometheus_port = 19090,
        .exporter_students_port = 19237,
        .exporter_steps_port = 19238,
        .room_host = room != NULL ? room : "localhost",
        .room_open = room != NULL,
        .postgres_user = root ? "postgres" : "",
        .slapd_user = root ? "openldap" : "",
        .prometheus_user = root ? "prometheus" : "",
        .daemon_user = root ? "daemon" : "",
    };
}

/* Write all services below a fresh directory and give one file of one of them. */
static char *render(struct site site, enum service service, const char *file)
{
    char directory[] = "/tmp/lectern-service.XXXXXX";
    assert_non_null(mkdtemp(directory));
    struct error err = ERROR_INIT;
    site.state = directory;
    for (int i = 0; i < SERVICES; i++)
        assert_true(service_write(&site, &programs, "/opt/it's/lecternd", (enum service)i, &err));
    CLEANUP(mem_free_string)
    char *path = mem_printf("%s/service/%s/%s", directory, service_names[service], file);
    struct strbuf text = STRBUF_INIT;
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0755);
    assert_true(file_read(path, 65536, &text, &err));
    CLEANUP(mem_free_string)
    char *command = mem_printf("rm -rf %s", directory);
    assert_int_equal(system(command), 0);
    return strbuf_detach(&text);
}

static void assert_has(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("\"%s\" is not in:\n%s", part, text);
}

static void test_users(void **state)
{
    (void)state;
    static const char *const users[SERVICES] = {"openldap",   "postgres",   "prometheus",
                                                "prometheus", "prometheus", "daemon"};
    for (int i = 0; i < SERVICES; i++) {
        CLEANUP(mem_free_string)
        char *root = render(make_site("", true, NULL), (enum service)i, "run");
        CLEANUP(mem_free_string)
        char *user = mem_printf("--reuid='%s'", users[i]);
        assert_has(root, user);
        CLEANUP(mem_free_string)
        char *own = render(make_site("", false, NULL), (enum service)i, "run");
        assert_null(strstr(own, "--reuid"));
        CLEANUP(mem_free_string)
        char *log = render(make_site("", true, NULL), (enum service)i, "log/run");
        assert_has(log, user);
    }
}

static void test_only_loopback_without_a_room(void **state)
{
    (void)state;
    struct site site = make_site("", false, NULL);
    CLEANUP(mem_free_string)
    char *slapd = render(site, SERVICE_SLAPD, "run");
    assert_has(slapd, "ldap://127.0.0.1:15389/ ");
    assert_has(slapd, " ldaps://127.0.0.1:15636/'");
    assert_null(strstr(slapd, "ldaps://*"));
    CLEANUP(mem_free_string)
    char *listen = machine_listen_addresses(&site);
    assert_string_equal(listen, "127.0.0.1");
}

static void test_room_opens_ldaps_and_postgres_alone(void **state)
{
    (void)state;
    const struct {
        const char *room, *ldaps, *listen;
    } rooms[] = {
        {"lab.room.test", "ldaps://*:15636/", "*"},
        {"10.0.0.7", "ldaps://127.0.0.1:15636/ ldaps://10.0.0.7:15636/", "127.0.0.1,10.0.0.7"},
        {"fd00::7", "ldaps://127.0.0.1:15636/ ldaps://[fd00::7]:15636/", "127.0.0.1,fd00::7"},
    };
    for (size_t i = 0; i < sizeof rooms / sizeof rooms[0]; i++) {
        struct site site = make_site("", false, rooms[i].room);
        CLEANUP(mem_free_string)
        char *slapd = render(site, SERVICE_SLAPD, "run");
        assert_has(slapd, "ldap://127.0.0.1:15389/ ");
        assert_has(slapd, rooms[i].ldaps);
        CLEANUP(mem_free_string)
        char *listen = machine_listen_addresses(&site);
        assert_string_equal(listen, rooms[i].listen);
        CLEANUP(mem_free_string)
        char *prometheus = render(site, SERVICE_PROMETHEUS, "run");
        assert_has(prometheus, "--web.listen-address=127.0.0.1:19090");
        CLEANUP(mem_free_string)
        char *exporter = render(site, SERVICE_EXPORTER_STEPS, "run");
        assert_has(exporter, "-web.listen-address 127.0.0.1:19238");
    }
}

static void test_postgres_is_asked_by_int(void **state)
{
    (void)state;
    CLEANUP(mem_free_string)
    char *control = render(make_site("", false, NULL), SERVICE_POSTGRES, "control/t");
    assert_has(control, "kill -INT");
    CLEANUP(mem_free_string)
    char *run = render(make_site("", false, NULL), SERVICE_POSTGRES, "run");
    assert_has(run, "--pdeathsig INT");
    assert_has(run, "export LDAPCONF=");
}

static void test_quoting(void **state)
{
    (void)state;
    CLEANUP(mem_free_string)
    char *run = render(make_site("", false, NULL), SERVICE_LECTERND, "run");
    assert_has(run, "-- '/opt/it'\\''s/lecternd'\n");
}

static void test_rooms(void **state)
{
    (void)state;
    static const char *const good[] = {"lab", "lab-1.uni.example", "10.0.0.7", "fd00::7"};
    static const char *const bad[] = {"",        "localhost", "127.0.0.1", "::1",
                                      "0.0.0.0", "a b",       "-lab",      "lab-",
                                      "a..b",    ".lab",      "lab'",      "\xc3\xa4"};
    struct error err = ERROR_INIT;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_true(machine_check_room(good[i], &err));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (machine_check_room(bad[i], &err))
            fail_msg("\"%s\" was taken for a room", bad[i]);
        assert_int_equal(err.code, ERROR_USAGE);
        error_clear(&err);
    }
    assert_true(machine_is_elsewhere("203.0.113.7")); /* reserved for documentation */
    assert_true(machine_is_elsewhere("2001:db8::7"));
    assert_false(machine_is_elsewhere("127.0.0.1"));
    assert_false(machine_is_elsewhere("0:0::1"));
    assert_false(machine_is_elsewhere("lab.example"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_users),
        cmocka_unit_test(test_only_loopback_without_a_room),
        cmocka_unit_test(test_room_opens_ldaps_and_postgres_alone),
        cmocka_unit_test(test_postgres_is_asked_by_int),
        cmocka_unit_test(test_quoting),
        cmocka_unit_test(test_rooms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
