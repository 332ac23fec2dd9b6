/*
 * The containers' volumes: made once, left alone the second time, refused when they are not ours.
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
#include "io/child.h"
#include "lab/site.h"
#include "stack/certificate.h"
#include "stack/volumes.h"

static int make_root(void **state)
{
    char *root = mem_strdup("/tmp/lectern-volumes.XXXXXX");
    *state = root;
    if (mkdtemp(root) == NULL)
        return 1;
    CLEANUP(mem_free_string)
    char *services = path_join(root, "for");
    CLEANUP(mem_free_string)
    char *data = path_join(root, "data");
    return mkdir(services, 0700) | mkdir(data, 0700);
}

static int remove_root(void **state)
{
    struct error err = ERROR_INIT;
    const char *const argv[] = {"/bin/rm", "-rf", "--", *state, NULL};
    const struct child_spec spec = {.argv = argv};
    int status = 1;
    bool ok = child_run(&spec, &status, NULL, NULL, &err);
    error_clear(&err);
    free(*state);
    return ok ? status : 1;
}

static struct volumes_options options_for(const char *root)
{
    return (struct volumes_options){.root = root,
                                    .keep_groups = true,
                                    .bind = "127.0.0.1",
                                    .room = "",
                                    .pg_port = 25432,
                                    .ldaps_port = 25636,
                                    .connections = 1000};
}

static void prepare(const struct volumes_options *options)
{
    struct error err = ERROR_INIT;
    if (!volumes_prepare(options, &err))
        fail_msg("%s", err.message);
}

static void refuse(const struct volumes_options *options, enum error_code code, const char *what)
{
    struct error err = ERROR_INIT;
    assert_false(volumes_prepare(options, &err));
    assert_int_equal(err.code, code);
    if (strstr(err.message, what) == NULL || err.hint == NULL)
        fail_msg("%s (%s)", err.message, err.hint);
    error_clear(&err);
}

static char *text_of(const char *root, const char *relative)
{
    CLEANUP(mem_free_string)
    char *path = path_join(root, relative);
    struct strbuf text = STRBUF_INIT;
    struct error err = ERROR_INIT;
    if (!file_read(path, 1 << 20, &text, &err))
        fail_msg("%s", err.message);
    return strbuf_detach(&text);
}

static void test_second_time(void **state)
{
    static const char *const files[] = {"state/site.yaml",
                                        "state/secrets/daemon",
                                        "state/tls/server.crt",
                                        "for/ldap/config/base.ldif",
                                        "for/ldap/tls/slapd.key",
                                        "for/postgres/password",
                                        "for/postgres/config/pg_hba.conf",
                                        "for/exporter/students.yml",
                                        "for/prometheus/prometheus.yml",
                                        "for/lecternd/secrets/daemon",
                                        "for/grafana/grafana.ini"};
    enum { N = sizeof files / sizeof files[0] };
    struct volumes_options options = options_for(*state);
    char *before[N];
    prepare(&options);
    for (size_t i = 0; i < N; i++)
        before[i] = text_of(*state, files[i]);
    prepare(&options);
    for (size_t i = 0; i < N; i++) {
        CLEANUP(mem_free_string)
        char *now = text_of(*state, files[i]);
        assert_string_equal(now, before[i]);
        free(before[i]);
    }
}

static void test_modes(void **state)
{
    static const struct {
        const char *path;
        mode_t mode;
    } expected[] = {
        {"state/secrets", 0700},          {"state/secrets/postgres", 0600},
        {"for/postgres", 0750},           {"for/postgres/tls/postgres.key", 0640},
        {"for/exporter/steps.yml", 0640}, {"for/lecternd", 0700},
        {"data/postgres", 0770},          {"run", 0775},
    };
    struct volumes_options options = options_for(*state);
    prepare(&options);
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        CLEANUP(mem_free_string)
        char *path = path_join(*state, expected[i].path);
        struct stat info;
        assert_int_equal(stat(path, &info), 0);
        assert_int_equal(info.st_mode & 07777, expected[i].mode);
    }
}

static void test_site(void **state)
{
    struct volumes_options options = options_for(*state);
    struct site site;
    struct error err = ERROR_INIT;
    options.bind = "192.0.2.7";
    options.room = "lab.school.example";
    prepare(&options);
    CLEANUP(mem_free_string)
    char *text = text_of(*state, "state/site.yaml");
    assert_true(site_parse("site.yaml", text, strlen(text), &site, &err));
    assert_true(site.containers && !site.embedded && site.room_open);
    assert_string_equal(site.room_host, "lab.school.example");
    assert_int_equal(site_room_port(&site), 25432);
    assert_int_equal(site.ldaps_port, 25636);
    site_release(&site);
    CLEANUP(mem_free_string)
    char *hba = text_of(*state, "for/postgres/config/pg_hba.conf");
    assert_non_null(strstr(hba, "samenet  scram-sha-256\n"));
    assert_non_null(strstr(hba, "192.0.2.7/32  scram-sha-256\n"));
    static const char *const names[] = {"lab.school.example", "192.0.2.7", "ldap", "localhost"};
    CLEANUP(mem_free_string)
    char *certificate = path_join(*state, "for/ldap/tls/server.crt");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        bool has = false;
        assert_true(certificate_has_name(certificate, names[i], &has, &err));
        assert_true(has);
    }
}

static void test_wrong_addresses(void **state)
{
    struct volumes_options options = options_for(*state);
    options.bind = "lab.school.example";
    refuse(&options, ERROR_INPUT, "LECTERN_BIND");
    options.bind = "0.0.0.0"; /* under which name, then? */
    refuse(&options, ERROR_INPUT, "LECTERN_BIND");
    options.room = "-x";
    struct error err = ERROR_INIT;
    assert_false(volumes_prepare(&options, &err));
    error_clear(&err);
    options.room = "lab.school.example";
    prepare(&options);
}

static void test_not_ours(void **state)
{
    struct volumes_options options = options_for(*state);
    struct error err = ERROR_INIT;
    prepare(&options);
    CLEANUP(mem_free_string)
    char *layout = path_join(*state, "state/layout");
    assert_true(file_write(layout, "2\n", 2, 0644, &err));
    refuse(&options, ERROR_EXISTS, "newer lectern");
    assert_true(file_write(layout, "1\n", 2, 0644, &err));
    CLEANUP(mem_free_string)
    char *installation = path_join(*state, "state/installation");
    assert_int_equal(unlink(installation), 0); /* the state volume was removed, the data were not */
    refuse(&options, ERROR_EXISTS, "another installation");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, make_root, remove_root)

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_second_time), TEST(test_modes), TEST(test_site),
                                       TEST(test_wrong_addresses), TEST(test_not_ours)};
    return cmocka_run_group_tests_name("volumes", tests, NULL, NULL);
}
