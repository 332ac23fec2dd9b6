/*
 * The hand-out: lines that can be typed as they are, nothing of a password that the student chose,
 * and nothing that a hostile name could do to a terminal or a spreadsheet.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/strbuf.h"
#include "command/handout.h"

static struct handout_student students[] = {
    {"alice", "Alice Archer", "A1", "red", HANDOUT_INITIAL, "kolup-satin-derog"},
    {"bob", "=cmd|' /C calc'!A0", "", "", HANDOUT_CHANGED, "bobus-bobus-bobus"},
    {"carol", "\x1b[2JCarol", "C,3", "", HANDOUT_UNSURE, "lamit-panek-sutor"},
    {"dave", "", "", "", HANDOUT_BURNED, "dadad-dadad-dadad"},
};

static const struct handout handout = {.lab = "library",
                                       .title = "The town library",
                                       .host = "lab.example",
                                       .port = 15432,
                                       .ldaps_port = 15636,
                                       .people = "ou=people,dc=lab",
                                       .ca_sha256 = "00ff",
                                       .ca_file = "/srv/ca.crt",
                                       .students = students,
                                       .n_students = 4};

#define PSQL(login)                                                                                \
    "host=lab.example port=15432 dbname=" login " user=" login                                     \
    " sslmode=verify-full sslrootcert=ca.crt"
#define LDAPPASSWD(login)                                                                          \
    "LDAPTLS_CACERT=ca.crt ldappasswd -x -H ldaps://lab.example:15636 -D uid=" login               \
    ",ou=people,dc=lab -W -A -S"

static void test_slips(void **state)
{
    (void)state;
    CLEANUP(strbuf_release)
    struct strbuf out = STRBUF_INIT;
    handout_add_slips(&out, &handout);
    assert_non_null(strstr(out.text, "password   kolup-satin-derog\n"));
    assert_non_null(strstr(out.text,
                           "\n   psql \"host=lab.example port=15432 dbname=alice user=alice \\\n"
                           "     sslmode=verify-full sslrootcert=ca.crt\"\n"));
    assert_non_null(strstr(out.text, "\n   LDAPTLS_CACERT=ca.crt ldappasswd -x -H "
                                     "ldaps://lab.example:15636 -D \\\n"
                                     "     uid=alice,ou=people,dc=lab -W -A -S\n"));
    for (const char *line = out.text; *line != '\0'; line += strcspn(line, "\n") + 1)
        assert_true(strcspn(line, "\n") <= 80);
    assert_non_null(strstr(out.text, "seat A1, red"));
    assert_non_null(strstr(out.text, "password   changed by the student\n"));
    assert_non_null(strstr(out.text, "password   lamit-panek-sutor\n"));
    assert_non_null(strstr(out.text, "password   not stored any more\n"));
    assert_null(strstr(out.text, "bobus"));
    assert_null(strstr(out.text, "dadad"));
    assert_null(strchr(out.text, '\x1b'));
    assert_non_null(strstr(out.text, "\\x1b[2JCarol"));
}

/* No slip is torn by the end of a page, and none wastes one. */
static void test_pages(void **state)
{
    (void)state;
    enum { SLIPS = 7, PAGE = 60 };
    struct handout_student class[SLIPS];
    for (size_t i = 0; i < SLIPS; i++)
        class[i] = students[0];
    struct handout many = handout;
    many.students = class;
    many.n_students = SLIPS;
    CLEANUP(strbuf_release)
    struct strbuf out = STRBUF_INIT;
    handout_add_slips(&out, &many);
    int pages = 1, lines = 0, slips = 0, shown = 0;
    for (const char *line = out.text; *line != '\0'; line += strcspn(line, "\n") + 1) {
        if (*line == '\f') {
            assert_true(slips >= 2);
            pages++;
            lines = slips = 0;
        }
        lines++;
        slips += strncmp(line, "   login ", 9) == 0;
        shown += strncmp(line, "   login ", 9) == 0;
        assert_true(lines <= PAGE);
    }
    assert_int_equal(shown, SLIPS);
    assert_true(pages >= 2 && pages <= 4);
}

static void test_csv(void **state)
{
    (void)state;
    CLEANUP(strbuf_release)
    struct strbuf out = STRBUF_INIT;
    handout_add_csv(&out, &handout);
    assert_non_null(strstr(out.text, "\r\nalice,Alice Archer,A1,red,kolup-satin-derog,no,"
                                     "lab.example,15432,alice,\"psql \"\"" PSQL("alice")));
    assert_non_null(strstr(out.text, "\r\nbob,\"'=cmd|' /C calc'!A0\",,,,yes,"));
    assert_non_null(
        strstr(out.text, "\r\ncarol,\\x1b[2JCarol,\"C,3\",,lamit-panek-sutor,unknown,"));
    assert_null(strstr(out.text, "bobus"));
    assert_null(strstr(out.text, "dadad"));
}

static void test_json(void **state)
{
    (void)state;
    json_t *json = handout_json(&handout);
    CLEANUP(mem_free_string)
    char *text = json_dumps(json, JSON_COMPACT);
    assert_null(strstr(text, "bobus"));
    assert_null(strstr(text, "dadad"));
    const char *password, *psql;
    int changed;
    json_t *list = json_object_get(json, "students");
    assert_int_equal(json_array_size(list), 4);
    assert_int_equal(json_unpack(json_array_get(list, 0), "{s:s, s:s, s:b}", "password", &password,
                                 "psql", &psql, "changed", &changed),
                     0);
    assert_string_equal(password, "kolup-satin-derog");
    assert_string_equal(psql, "psql \"" PSQL("alice") "\"");
    assert_int_equal(changed, 0);
    json_t *bob = json_array_get(list, 1);
    assert_true(json_is_null(json_object_get(bob, "password")));
    assert_true(json_is_true(json_object_get(bob, "changed")));
    assert_true(json_is_null(json_object_get(json_array_get(list, 2), "changed")));
    assert_string_equal(json_string_value(json_object_get(json, "ca_sha256")), "00ff");
    json_decref(json);
}

static void test_service(void **state)
{
    (void)state;
    CLEANUP(strbuf_release)
    struct strbuf out = STRBUF_INIT;
    handout_add_service(&out, &handout, "/etc/lab/ca.crt");
    assert_non_null(strstr(out.text, "\n[library]\nhost=lab.example\nport=15432\n"
                                     "sslmode=verify-full\nsslrootcert=/etc/lab/ca.crt\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_slips), cmocka_unit_test(test_pages),   cmocka_unit_test(test_csv),
        cmocka_unit_test(test_json),  cmocka_unit_test(test_service),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
