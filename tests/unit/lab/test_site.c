/*
 * The site file: what is printed is read back, and mistakes have a place.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/error.h"
#include "base/strbuf.h"
#include "lab/site.h"

static void test_round_trip(void **state)
{
    (void)state;
    struct site site = {.embedded = true,
                        .project = "",
                        .pg_host = "/var/lib/lectern/run",
                        .pg_port = 15432,
                        .pg_admin = "postgres",
                        .room_host = "lab.example",
                        .room_hostaddr = "192.0.2.7",
                        .room_open = true,
                        .ldap_uri = "ldapi://%2Fvar%2Frun%2Fldapi",
                        .ldap_host = "localhost",
                        .ldap_port = 15389,
                        .ldaps_port = 15636,
                        .ldap_people = "ou=people,dc=lab",
                        .ldap_groups = "ou=groups,dc=lab",
                        .ldap_admin_dn = "cn=prov,dc=lab",
                        .prometheus_url = "http://127.0.0.1:19090",
                        .prometheus_port = 19090,
                        .exporter_students_port = 19237,
                        .exporter_steps_port = 19238,
                        .grafana_url = "https://grafana.example/sub",
                        .grafana_token_file = "/etc/lectern/token",
                        .grafana_folder = "lab",
                        .grafana_prometheus_url = "http://lab.example:19090",
                        .ca_file = "/var/lib/\"x\": #\xc3\xa9\\lectern/tls/ca.crt",
                        .postgres_user = "postgres",
                        .slapd_user = "openldap",
                        .prometheus_user = "prometheus",
                        .daemon_user = ""};
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT, again = STRBUF_INIT;
    site_print(&site, &text);
    struct error err = ERROR_INIT;
    struct site read;
    assert_true(site_parse("/srv/state/site.yaml", text.text, text.len, &read, &err));
    assert_string_equal(read.state, "/srv/state");
    assert_string_equal(read.ca_file, site.ca_file);
    assert_int_equal(read.ldaps_port, 15636);
    assert_true(read.room_open);
    assert_string_equal(read.daemon_user, "");
    assert_string_equal(read.grafana_token_file, "/etc/lectern/token");
    assert_string_equal(read.grafana_ca_file, "");
    site_print(&read, &again);
    assert_string_equal(text.text, again.text);
    CLEANUP(mem_free_string)
    char *secret = site_secret_path(&read, "daemon");
    assert_string_equal(secret, "/srv/state/secrets/daemon");
    site_release(&read);
}

static void test_mistakes(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"embedded: perhaps\n", "s.yaml:1:11: \"embedded\" must be true or false"},
        {"postgres:\n  port: 70000\n", "s.yaml:2:9: \"port\" must be between 0 and 65535"},
        {"postgres:\n  prot: 5432\n", "s.yaml:2:3: unknown key \"prot\" in \"postgres\""},
        {"colour: red\n", "s.yaml:1:1: unknown key \"colour\""},
        {"~\n", NULL},
        {"", "s.yaml:1:1: the file is empty"},
        {"[1]\n", "s.yaml:1:1: the file must hold"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct error err = ERROR_INIT;
        struct site site;
        bool good = site_parse("s.yaml", cases[i][0], strlen(cases[i][0]), &site, &err);
        assert_int_equal(good, cases[i][1] == NULL);
        if (good)
            site_release(&site);
        else
            assert_non_null(strstr(err.message, cases[i][1]));
        error_clear(&err);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_mistakes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
