/*
 * The draft: defaults that follow, faults in words, keeping, and the lab file that comes of it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "lab/draft.h"
#include "lab/lab.h"

static char directory[64];
static struct draft draft;

static void write_file(const char *name, const char *text)
{
    CLEANUP(mem_free_string)
    char *path = path_join(directory, name);
    struct error err = ERROR_INIT;
    assert_true(file_write(path, text, strlen(text), 0644, &err));
}

static int set_up(void **state)
{
    (void)state;
    snprintf(directory, sizeof directory, "/tmp/lectern-draft.XXXXXX");
    if (mkdtemp(directory) == NULL)
        return -1;
    CLEANUP(mem_free_string)
    char *there = path_join(directory, "state");
    draft_init(&draft, there, directory);
    write_file("Chinook-2 (new).sql", "CREATE TABLE a (a_id integer);\n");
    write_file("dump.custom", "PGDMP\1\2\3");
    write_file("class.csv", "login,name\nada,Ada\nben,Ben\n");
    write_file("export.csv", "Nachname;Vorname;E-Mail\nLovelace;Ada;Ada@x.example\n");
    write_file("twice.csv", "login\nada\nada\n");
    write_file("empty.csv", "");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    CLEANUP(mem_free_string)
    char *remove = mem_printf("rm -rf %s", directory);
    draft_release(&draft);
    return system(remove);
}

static void test_defaults_follow(void **state)
{
    (void)state;
    assert_string_equal(draft_get(&draft, DRAFT_NAME), "");
    draft_set(&draft, DRAFT_FILE, "Chinook-2 (new).sql");
    assert_string_equal(draft_get(&draft, DRAFT_NAME), "chinook_2_new");
    assert_string_equal(draft_get(&draft, DRAFT_TITLE), "Chinook 2 new");
    draft_set(&draft, DRAFT_NAME, "mine");
    assert_string_equal(draft_get(&draft, DRAFT_TITLE), "Mine");
    CLEANUP(mem_free_string)
    char *file = mem_printf("%s/state/labs/mine/lab.yaml", directory);
    assert_string_equal(draft_get(&draft, DRAFT_LAB_FILE), file);
    draft_set(&draft, DRAFT_NAME, NULL);
    assert_string_equal(draft_get(&draft, DRAFT_NAME), "chinook_2_new");
    draft_set(&draft, DRAFT_SOURCE, "live");
    draft_set(&draft, DRAFT_URI, "postgresql://teacher@db/Club%20Data?x=1");
    assert_string_equal(draft_get(&draft, DRAFT_NAME), "club_20data");
}

static void test_what_is_shown(void **state)
{
    (void)state;
    assert_false(draft_shown(&draft, DRAFT_HOST));
    assert_false(draft_shown(&draft, DRAFT_COMPOSE));
    draft_set(&draft, DRAFT_SERVERS, "existing");
    draft_set(&draft, DRAFT_LDAP_BASE, "dc=school,dc=example");
    assert_string_equal(draft_get(&draft, DRAFT_LDAP_ADMIN), "cn=prov,dc=school,dc=example");
    assert_string_equal(draft_get(&draft, DRAFT_BASE), "ou=people,dc=school,dc=example");
    draft_set(&draft, DRAFT_LDAP_PASSWORD, "sesame");
    CLEANUP(mem_free_string)
    char *kept = draft_print(&draft);
    assert_null(strstr(kept, "sesame"));
    assert_true(draft_shown(&draft, DRAFT_HOST));
    assert_false(draft_shown(&draft, DRAFT_COMPOSE));
    assert_true(draft_shown(&draft, DRAFT_FILE));
    assert_false(draft_shown(&draft, DRAFT_URI));
}

/* A value, and a word of what is wrong with it; NULL: nothing is. */
static const struct {
    enum draft_value value;
    const char *text, *fault;
} faults[] = {
    {DRAFT_SERVERS, "nowhere", "Choose one"},
    {DRAFT_COMPOSE, "My Project", "small letters"},
    {DRAFT_COMPOSE, "lectern-2", NULL},
    {DRAFT_HOST, "", "Type a host"},
    {DRAFT_HOST, "a b", "no blanks"},
    {DRAFT_HOST, "postgresql://h", "without"},
    {DRAFT_HOST, "10.0.0.1", NULL},
    {DRAFT_PORT, "0", "1 to 65535"},
    {DRAFT_PORT, "65536", "1 to 65535"},
    {DRAFT_PORT, "-1", "1 to 65535"},
    {DRAFT_PORT, "99999999999999999999", "1 to 65535"},
    {DRAFT_PORT, "5432 ", "1 to 65535"},
    {DRAFT_PORT, "5432", NULL},
    {DRAFT_LDAP, "http://h", "ldaps://HOST"},
    {DRAFT_LDAP, "ldaps:", "ldaps://HOST"},
    {DRAFT_LDAP, "ldaps://", "host is missing"},
    {DRAFT_LDAP, "ldaps://h:636", NULL},
    {DRAFT_PROMETHEUS, "h:9090", "http://HOST"},
    {DRAFT_PROMETHEUS, "https://h:9090/prom", NULL},
    {DRAFT_CA, "class.csv", "no certificate"},
    {DRAFT_CA, "", "Type its path"},
    {DRAFT_FILE, "", "Type its path"},
    {DRAFT_FILE, "none.sql", "There is no file"},
    {DRAFT_FILE, ".", "a directory"},
    {DRAFT_FILE, "/dev/zero", "not a regular file"},
    {DRAFT_FILE, "empty.csv", "is empty"},
    {DRAFT_FILE, "dump.custom", "archive"},
    {DRAFT_FILE, "Chinook-2 (new).sql", NULL},
    {DRAFT_ARCHIVE, "Chinook-2 (new).sql", "no pg_dump archive"},
    {DRAFT_ARCHIVE, ".", "no pg_dump archive"},
    {DRAFT_ARCHIVE, "./dump.custom", NULL},
    {DRAFT_URI, "postgres:/x", "Write it as"},
    {DRAFT_URI, "postgresql://u:secret@h/db", "No password"},
    {DRAFT_URI, "postgresql://u@h/db?password=secret", "No password"},
    {DRAFT_URI, "postgresql://u@h/", "database is missing"},
    {DRAFT_URI, "postgresql://u@h:5/db", NULL},
    {DRAFT_CSV, "none.csv", "There is no file"},
    {DRAFT_COUNT, "0", "1 to 500"},
    {DRAFT_COUNT, "501", "1 to 500"},
    {DRAFT_COUNT, "thirty", "1 to 500"},
    {DRAFT_COUNT, "1e2", "1 to 500"},
    {DRAFT_COUNT, "500", NULL},
    {DRAFT_PREFIX, "Student", "capital"},
    {DRAFT_PREFIX, "pg_", "reserved"},
    {DRAFT_PREFIX, "", "is empty"},
    {DRAFT_BASE, "people", "distinguished name"},
    {DRAFT_BASE, "ou=people,dc=school", NULL},
    {DRAFT_FILTER, "", "parentheses"},
    {DRAFT_FILTER, "uid=a", "parentheses"},
    {DRAFT_FILTER, "(uid=a", "close"},
    {DRAFT_FILTER, "(uid=a))", "close"},
    {DRAFT_FILTER, "(uid=a)(uid=b)", "close"},
    {DRAFT_FILTER, "(|(uid=a)(uid=b))", NULL},
    {DRAFT_PREFIX, "anaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "too long"},
    {DRAFT_NAME, "", "Give the lab a name"},
    {DRAFT_NAME, "My Lab", "small letters"},
    {DRAFT_NAME, "../x", "small letters"},
    {DRAFT_NAME, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "longer"},
    {DRAFT_NAME, "fine_1", NULL},
    {DRAFT_CONNECTIONS, "0", "between 1 and 100"},
    {DRAFT_CONNECTIONS, "8\n", "whole number"},
    {DRAFT_STATEMENT, "60", "90s"},
    {DRAFT_STATEMENT, "", "90s"},
    {DRAFT_TEMP, "1TB", "200MB"},
    {DRAFT_IDLE, "1s", "between 10"},
    {DRAFT_STUCK, "2h", NULL},
    {DRAFT_BEHIND, "250%", "between"},
    {DRAFT_BEHIND, "25 %", NULL},
    {DRAFT_GOAL, "dance", "Choose one"},
    {DRAFT_FEEDBACK, "verdicts", NULL},
    {DRAFT_LAB_FILE, "class.csv", ".yaml"},
    {DRAFT_LAB_FILE, "/nowhere/lab.yaml", NULL},
};

static void test_faults(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        draft_set(&draft, faults[i].value, faults[i].text);
        CLEANUP(mem_free_string)
        char *fault = draft_fault(&draft, faults[i].value);
        if (faults[i].fault == NULL ? fault != NULL
                                    : fault == NULL || strstr(fault, faults[i].fault) == NULL)
            fail_msg("%s = \"%s\": %s", draft_specs[faults[i].value].key, faults[i].text,
                     fault != NULL ? fault : "no fault");
    }
}

/* No first default is a fault but for what has to be typed. */
static void test_first_faults(void **state)
{
    (void)state;
    draft_set(&draft, DRAFT_FILE, "Chinook-2 (new).sql");
    draft_set(&draft, DRAFT_STUDENTS, "generate");
    for (int page = 0; page < DRAFT_PAGES; page++)
        assert_int_equal(draft_first_fault(&draft, (enum draft_page)page), DRAFT_VALUES);
    draft_set(&draft, DRAFT_STUCK, "soon");
    assert_int_equal(draft_first_fault(&draft, PAGE_RULES), DRAFT_STUCK);
}

static void test_kept(void **state)
{
    (void)state;
    draft_set(&draft, DRAFT_HOST, "a \"b\" \\ €");
    draft_set(&draft, DRAFT_PORT, "nonsense");
    draft_set(&draft, DRAFT_COLUMN + CLASS_NAME, "");
    draft_begin_steps(&draft, "x.sql");
    draft_add_step(&draft, "table a", "a", "given", 2, 3);
    draft_add_step(&draft, "table b", "b", "", 1, 4);
    draft_end_steps(&draft);
    free(draft.steps[0].hint);
    draft.steps[0].hint = mem_strdup("typed");
    draft.steps[1].skip = true;
    draft_move_step(&draft, 1, 0);
    draft.page = PAGE_RULES;
    draft.applying = true;
    CLEANUP(mem_free_string)
    char *text = draft_print(&draft);
    struct draft other;
    struct error err = ERROR_INIT;
    draft_init(&other, "/s", "/d");
    assert_true(draft_parse(&other, text, strlen(text), &err));
    CLEANUP(mem_free_string)
    char *again = draft_print(&other);
    assert_string_equal(text, again);
    assert_string_equal(draft_get(&other, DRAFT_HOST), "a \"b\" \\ €");
    assert_string_equal(other.steps[1].hint, "typed");
    assert_string_equal(other.steps[1].given_hint, "given");
    assert_true(other.steps[0].skip && other.steps_moved);
    assert_true(other.applying && other.page == PAGE_RULES);
    draft_release(&other);
}

static void test_damaged(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "[]", "{", "{\"page\":1}x", "\xff"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct error err = ERROR_INIT;
        if (draft_parse(&draft, texts[i], strlen(texts[i]), &err))
            fail_msg("\"%s\" was taken", texts[i]);
        error_clear(&err);
    }
    /* Values of other types, and of other versions, are left out. */
    static const char odd[] = "{\"page\":77,\"values\":{\"host\":5,\"port\":\"1\",\"zzz\":\"1\"},"
                              "\"steps\":[1,{\"step\":\"a\",\"checks\":-1}],\"applying\":\"yes\"}";
    struct error err = ERROR_INIT;
    assert_true(draft_parse(&draft, odd, strlen(odd), &err));
    assert_string_equal(draft_get(&draft, DRAFT_HOST), "localhost");
    assert_string_equal(draft_get(&draft, DRAFT_PORT), "1");
    assert_int_equal(draft.page, PAGE_SERVERS);
    assert_int_equal(draft.n_steps, 0);
    assert_false(draft.applying);
}

/* Another version of the example keeps what was said about the steps that are still there. */
static void test_steps_renewed(void **state)
{
    (void)state;
    draft_begin_steps(&draft, "x");
    draft_add_step(&draft, "table a", "a", "", 1, 3);
    draft_add_step(&draft, "table b", "b", "", 1, 3);
    draft_end_steps(&draft);
    free(draft.steps[1].weight);
    draft.steps[1].weight = mem_strdup("5");
    draft_begin_steps(&draft, "y");
    draft_add_step(&draft, "table b", "b", "now", 2, 4);
    draft_add_step(&draft, "table c", "c", "", 1, 1);
    draft_end_steps(&draft);
    assert_int_equal(draft.n_steps, 2);
    assert_string_equal(draft.steps[0].name, "table b");
    assert_string_equal(draft.steps[0].weight, "5");
    assert_string_equal(draft.steps[0].hint, "now");
    assert_string_equal(draft.steps[1].name, "table c");
}

static void read_class(struct draft_class *class, const char *fault)
{
    struct error err = ERROR_INIT;
    bool good = draft_read_class(&draft, class, &err);
    if (fault == NULL ? !good : good || strstr(err.message, fault) == NULL)
        fail_msg("%s", good ? "it was taken" : err.message);
    error_clear(&err);
}

static void test_class(void **state)
{
    (void)state;
    struct draft_class class;
    draft_set(&draft, DRAFT_CSV, "class.csv");
    read_class(&class, NULL);
    assert_true(class.as_it_is);
    assert_int_equal(class.roster.count, 2);
    draft_class_release(&class);
    draft_set(&draft, DRAFT_CSV, "export.csv");
    read_class(&class, NULL);
    assert_false(class.as_it_is);
    assert_string_equal(class.text, "login,name,email\nada,Ada Lovelace,Ada@x.example\n");
    draft_class_release(&class);
    draft_set(&draft, DRAFT_COLUMN + CLASS_LOGIN, "Vorname");
    draft_set(&draft, DRAFT_COLUMN + CLASS_EMAIL, "");
    read_class(&class, NULL);
    assert_string_equal(class.text, "login,name\nada,Ada Lovelace\n");
    draft_class_release(&class);
    draft_set(&draft, DRAFT_COLUMN + CLASS_LOGIN, "gone");
    read_class(&class, "no column is the login");
    draft_class_release(&class);
    draft_set(&draft, DRAFT_COLUMN + CLASS_LOGIN, NULL);
    draft_set(&draft, DRAFT_CSV, "twice.csv");
    read_class(&class, "twice.csv:3");
    draft_class_release(&class);
    draft_set(&draft, DRAFT_COLUMN + CLASS_LOGIN, "Vorname"); /* of the file alone */
    draft_set(&draft, DRAFT_STUDENTS, "directory");
    read_class(&class, "people.csv");
    draft_class_release(&class);
    CLEANUP(mem_free_string)
    char *people = draft_people_path(&draft);
    static const char found[] = "login,name,email\r\nben,\"B, Ben\",b@x.example\r\n";
    struct error err = ERROR_INIT;
    assert_true(file_make_directories(draft.state, 0755, &err));
    assert_true(file_write(people, found, sizeof found - 1, 0600, &err));
    read_class(&class, NULL);
    assert_false(class.as_it_is);
    assert_false(class.read);
    assert_string_equal(class.text, "login,name,email\nben,\"B, Ben\",b@x.example\n");
    draft_class_release(&class);
    draft_set(&draft, DRAFT_STUDENTS, "generate");
    draft_set(&draft, DRAFT_COUNT, "100");
    draft_set(&draft, DRAFT_PREFIX, "lab_");
    read_class(&class, NULL);
    assert_int_equal(class.roster.count, 100);
    assert_string_equal(class.roster.students[99].login, "lab_100");
    assert_string_equal(class.roster.students[0].login, "lab_001");
    draft_class_release(&class);
}

static void write_lab(const char *fault)
{
    struct error err = ERROR_INIT;
    bool good = draft_write_lab(&draft, &err);
    if (fault == NULL ? !good : good || strstr(err.message, fault) == NULL)
        fail_msg("%s", good ? "it was written" : err.message);
    error_clear(&err);
}

static void read_lab(struct lab *lab)
{
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    struct error err = ERROR_INIT;
    assert_true(file_read(draft.written, 1 << 20, &text, &err));
    if (!lab_parse(draft.written, text.text, text.len, lab, &err))
        fail_msg("%s\n%s", err.message, text.text);
}

static void test_lab_file(void **state)
{
    (void)state;
    struct lab lab;
    draft_set(&draft, DRAFT_FILE, "Chinook-2 (new).sql");
    draft_set(&draft, DRAFT_CSV, "export.csv");
    draft_set(&draft, DRAFT_TITLE, "A \"title\": # odd");
    draft_set(&draft, DRAFT_STUCK, "12min");
    draft_set(&draft, DRAFT_FEEDBACK, "verdicts");
    draft_begin_steps(&draft, "x");
    draft_add_step(&draft, "table a", "a", "", 1, 3);
    draft_add_step(&draft, "table b", "b", "", 1, 3);
    draft_end_steps(&draft);
    write_lab(NULL);
    read_lab(&lab);
    assert_string_equal(lab.title, "A \"title\": # odd");
    assert_int_equal(lab.stuck_after_s, 720);
    assert_int_equal(lab.feedback, FEEDBACK_VERDICTS);
    assert_int_equal(lab.n_steps, 0); /* as the example has them */
    assert_true(file_exists(lab.roster) && file_exists(lab.example));
    lab_release(&lab);
    /* Again, with steps in another order. */
    draft_move_step(&draft, 1, 0);
    draft.steps[0].skip = true;
    write_lab(NULL);
    read_lab(&lab);
    assert_int_equal(lab.n_steps, 2);
    assert_string_equal(lab.steps[0].name, "table b");
    assert_true(lab.steps[0].skip);
    lab_release(&lab);
    /* Changed by hand: it is not touched any more. */
    struct error err = ERROR_INIT;
    assert_true(file_write(draft.written, "lab: x\n", 7, 0644, &err));
    write_lab("changed by hand");
    /* A name that is there is another lab's. */
    mem_free_string(&draft.written);
    mem_free_string(&draft.written_name);
    CLEANUP(mem_free_string)
    char *fault = draft_fault(&draft, DRAFT_NAME);
    assert_non_null(fault);
    assert_non_null(strstr(fault, "chinook_2_new_2"));
    write_lab("there already");
}

/* Beside a lab file elsewhere nothing that is there is overwritten. */
static void test_elsewhere(void **state)
{
    (void)state;
    draft_set(&draft, DRAFT_FILE, "Chinook-2 (new).sql");
    draft_set(&draft, DRAFT_CSV, "export.csv");
    draft_set(&draft, DRAFT_LAB_FILE, "mine.yaml");
    write_file("mine_roster.csv", "keep\n");
    write_lab("mine_roster.csv\" is there already");
    draft_set(&draft, DRAFT_LAB_FILE, "other.yaml");
    write_lab(NULL);
    struct lab lab;
    read_lab(&lab);
    assert_string_equal(path_base(lab.roster), "other_roster.csv");
    lab_release(&lab);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_defaults_follow), TEST(test_what_is_shown), TEST(test_faults),
        TEST(test_first_faults),    TEST(test_kept),          TEST(test_damaged),
        TEST(test_steps_renewed),   TEST(test_class),         TEST(test_lab_file),
        TEST(test_elsewhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
