/*
 * The plan: a class that stands is left alone, each single difference is one action, and what
 * lectern did not make is refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/strbuf.h"
#include "provision/plan.h"

enum { CLASS = 2 };

static struct student class[CLASS] = {
    {.login = "ada", .name = "Ada L.", .email = "ada@x.org", .seat = "1", .group = "a"},
    {.login = "zoe", .name = "", .email = "zo\xc3\xab@x.org", .seat = "", .group = ""},
};

struct fixture {
    struct lab lab;
    struct roster roster;
    struct plan_wanted wanted;
    struct found found;
    struct plan plan;
};

static const char *verifier(const char *role, void *data)
{
    (void)data;
    return strcmp(role, "probe_ada") == 0 ? "v_ada" : "v_zoe";
}

static void add_student(struct fixture *f, size_t i)
{
    struct arena *arena = &f->found.arena;
    const char *login = class[i].login, *probe = plan_probe_role(arena, login);
    f->found.roles[i == 0 ? 0 : 3] =
        (struct found_role){login, true, true, 8, "lectern_student", ""};
    f->found.roles[1 + i] = (struct found_role){probe,
                                                true,
                                                true,
                                                3,
                                                arena_printf(arena, "%s,lectern_probe", login),
                                                verifier(probe, NULL)};
    f->found.databases[i] = (struct found_database){
        login, true,  true, plan_grants(arena, login), plan_settings(arena, &f->lab),
        "l1",  "new", ""};
    f->found.entries[i] = (struct found_entry){login, true, false, plan_entry_name(&class[i]),
                                               plan_entry_email(&class[i])};
    f->found.students[i] = (struct found_student){class[i], (int)i + 1, true, 0};
}

/* A class of two that stands.  The roles, as strcmp orders them: ada, probe_ada, probe_zoe, zoe. */
static int set_up(void **state)
{
    struct fixture *f = mem_alloc(sizeof *f);
    class[0].time_factor = class[1].time_factor = 1;
    f->lab = (struct lab){.name = "l1", .connections = 8, .statement_timeout_s = 60};
    f->lab.temp_file_mb = 200;
    f->roster = (struct roster){.students = class, .count = CLASS};
    f->wanted = (struct plan_wanted){&f->lab, &f->roster, "d1", "c1", "new", verifier, NULL};
    f->found.roles = mem_alloc_array(8, sizeof *f->found.roles);
    f->found.databases = mem_alloc_array(8, sizeof *f->found.databases);
    f->found.entries = mem_alloc_array(8, sizeof *f->found.entries);
    f->found.students = mem_alloc_array(8, sizeof *f->found.students);
    for (size_t i = 0; i < CLASS; i++)
        add_student(f, i);
    f->found.n_roles = 4;
    f->found.n_databases = f->found.n_entries = f->found.n_students = CLASS;
    f->found.lab_exists = f->found.lab_is_current = true;
    f->found.lab_digest = "d1";
    f->found.checks_digest = "c1";
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    found_release(&f->found);
    plan_release(&f->plan);
    free(f);
    return 0;
}

static void compute(struct fixture *f)
{
    plan_release(&f->plan);
    plan_compute(&f->wanted, &f->found, &f->plan);
}

static void expect(struct fixture *f, size_t i, enum plan_target target, enum plan_verb verb,
                   const char *object)
{
    assert_true(i < f->plan.n_actions);
    assert_string_equal(plan_target_name(f->plan.actions[i].target), plan_target_name(target));
    assert_string_equal(plan_verb_name(f->plan.actions[i].verb), plan_verb_name(verb));
    assert_string_equal(f->plan.actions[i].object, object);
}

static void expect_one(struct fixture *f, enum plan_target target, enum plan_verb verb,
                       const char *object)
{
    compute(f);
    assert_int_equal(f->plan.n_actions, 1);
    assert_int_equal(f->plan.n_refusals, 0);
    expect(f, 0, target, verb, object);
}

static void expect_refused(struct fixture *f, const char *kind, const char *name)
{
    compute(f);
    assert_int_equal(f->plan.n_refusals, 1);
    assert_string_equal(f->plan.refusals[0].kind, kind);
    assert_string_equal(f->plan.refusals[0].name, name);
}

static void test_nothing_to_do(void **state)
{
    struct fixture *f = *state;
    compute(f);
    assert_int_equal(plan_changes(&f->plan), 0);
    assert_int_equal(f->plan.n_refusals, 0);
    assert_int_equal(f->plan.wanted[PLAN_ROLES], 4);
    assert_int_equal(f->plan.connections_needed, 100);
}

static void test_bare_servers(void **state)
{
    struct fixture *f = *state;
    f->found.n_roles = f->found.n_databases = f->found.n_entries = f->found.n_students = 0;
    f->found.lab_exists = false;
    f->found.exporter_files_differ = f->found.prometheus_files_differ = true;
    compute(f);
    assert_int_equal(f->plan.changes[PLAN_ROLES], 4);
    assert_int_equal(f->plan.changes[PLAN_LDAP], 2);
    assert_int_equal(f->plan.changes[PLAN_DATABASES], 2);
    assert_int_equal(f->plan.changes[PLAN_CONTROL], 4);
    assert_int_equal(f->plan.changes[PLAN_EXPORTER], 1);
    assert_int_equal(f->plan.changes[PLAN_PROMETHEUS], 1);
}

static void test_roles(void **state)
{
    struct fixture *f = *state;
    f->found.roles[0].connection_limit = 9;
    expect_one(f, PLAN_ROLES, PLAN_UPDATE, "ada");
    f->found.roles[0].connection_limit = 8;
    f->found.roles[0].member_of = "lectern_students"; /* no substring counts */
    expect_one(f, PLAN_ROLES, PLAN_UPDATE, "ada");
    f->found.roles[0].member_of = "lectern_student,something";
    f->found.roles[1].verifier = "old";
    expect_one(f, PLAN_ROLES, PLAN_UPDATE, "probe_ada");
    f->found.roles[1].verifier = "v_ada";
    f->found.roles[1].member_of = "lectern_probe";
    expect_one(f, PLAN_ROLES, PLAN_UPDATE, "probe_ada");
    f->found.roles[1].member_of = "ada,lectern_probe";
    f->found.roles[3].can_login = false;
    expect_one(f, PLAN_ROLES, PLAN_ENABLE, "zoe");
}

static void test_entries(void **state)
{
    struct fixture *f = *state;
    assert_string_equal(f->found.entries[1].name, "zoe"); /* LDAP requires a name */
    assert_string_equal(f->found.entries[1].email, "");   /* and takes ASCII for the address */
    f->found.entries[0].name = "Ada";
    expect_one(f, PLAN_LDAP, PLAN_UPDATE, "ada");
    f->found.entries[0].disabled = true;
    expect_one(f, PLAN_LDAP, PLAN_ENABLE, "ada");
}

static void test_databases(void **state)
{
    struct fixture *f = *state;
    f->found.databases[1].grants = " CONNECT,probe_zoe CONNECT";
    expect_one(f, PLAN_DATABASES, PLAN_UPDATE, "zoe");
    f->found.databases[1].open = false;
    expect_one(f, PLAN_DATABASES, PLAN_FINISH, "zoe");
    f->found.databases[1].open = true;
    f->found.databases[1].grants = plan_grants(&f->found.arena, "zoe");
    f->found.databases[1].settings = "";
    expect_one(f, PLAN_DATABASES, PLAN_UPDATE, "zoe");
    f->found.databases[1].settings = f->found.databases[0].settings;
    f->found.databases[1].stamp = "old"; /* schema lectern in it is an older template's */
    expect_one(f, PLAN_DATABASES, PLAN_UPDATE, "zoe");
}

static void test_other_lab(void **state)
{
    struct fixture *f = *state;
    f->found.databases[0].lab = "l0";
    compute(f);
    assert_int_equal(f->plan.n_actions, 2);
    expect(f, 0, PLAN_DATABASES, PLAN_SET_ASIDE, "ada");
    assert_string_equal(f->plan.actions[0].to, "ada~l0");
    expect(f, 1, PLAN_DATABASES, PLAN_CREATE, "ada");
    f->found.databases[2] = f->found.databases[1]; /* ada, ada~l1, zoe */
    f->found.databases[1] = f->found.databases[0];
    f->found.databases[1].name = "ada~l1";
    f->found.databases[1].lab = "l1";
    f->found.databases[1].open = false;
    f->found.n_databases = 3;
    compute(f);
    assert_int_equal(f->plan.n_actions, 2);
    expect(f, 0, PLAN_DATABASES, PLAN_SET_ASIDE, "ada");
    expect(f, 1, PLAN_DATABASES, PLAN_BRING_BACK, "ada");
    assert_string_equal(f->plan.actions[1].to, "ada~l1");
}

/* A name is free before anything is made, whichever sorts first. */
static void test_set_aside_first(void **state)
{
    struct fixture *f = *state;
    f->found.databases[0] = f->found.databases[1];
    f->found.databases[0].lab = "l0";
    f->found.n_databases = 1;
    compute(f);
    assert_int_equal(f->plan.n_actions, 3);
    expect(f, 0, PLAN_DATABASES, PLAN_SET_ASIDE, "zoe");
    expect(f, 1, PLAN_DATABASES, PLAN_CREATE, "ada");
    expect(f, 2, PLAN_DATABASES, PLAN_CREATE, "zoe");
}

static void test_left(void **state)
{
    struct fixture *f = *state;
    f->roster.count = 1;
    compute(f);
    assert_int_equal(f->plan.n_actions, 4);
    expect(f, 0, PLAN_CONTROL, PLAN_DISABLE, "zoe");
    expect(f, 1, PLAN_ROLES, PLAN_DISABLE, "probe_zoe");
    expect(f, 2, PLAN_ROLES, PLAN_DISABLE, "zoe");
    expect(f, 3, PLAN_LDAP, PLAN_DISABLE, "zoe");
    f->found.students[1].is_active = false;
    f->found.roles[2].can_login = f->found.roles[3].can_login = false;
    f->found.entries[1].disabled = true;
    compute(f);
    assert_int_equal(f->plan.n_actions, 0);
}

static void test_refused(void **state)
{
    struct fixture *f = *state;
    f->found.roles[1].ours = false;
    expect_refused(f, "role", "probe_ada");
    f->found.roles[1].ours = true;
    f->found.databases[0].ours = false;
    expect_refused(f, "database", "ada");
    f->found.databases[0].ours = true;
    f->found.entries[1].ours = false;
    expect_refused(f, "LDAP entry", "zoe");
    f->roster.count = 1; /* what is not wanted is not refused, and not disabled either */
    compute(f);
    assert_int_equal(f->plan.n_refusals, 0);
    assert_int_equal(f->plan.changes[PLAN_LDAP], 0);
}

static void test_rows(void **state)
{
    struct fixture *f = *state;
    f->found.students[0].student.seat = "2";
    expect_one(f, PLAN_CONTROL, PLAN_UPDATE, "ada");
    f->found.students[0].student.seat = "1";
    f->found.students[0].position = 7;
    expect_one(f, PLAN_CONTROL, PLAN_UPDATE, "ada");
    f->found.students[0].position = 1;
    f->found.students[0].is_active = false;
    expect_one(f, PLAN_CONTROL, PLAN_ENABLE, "ada");
    f->found.students[0].is_active = true;
    f->found.lab_is_current = false;
    expect_one(f, PLAN_CONTROL, PLAN_UPDATE, "lab");
    f->found.lab_is_current = true;
    f->found.checks_digest = "c0";
    expect_one(f, PLAN_CONTROL, PLAN_UPDATE, "checks");
    f->wanted.checks_digest = ""; /* a live example has to be read to know */
    compute(f);
    assert_int_equal(f->plan.n_actions, 0);
}

static void test_names(void **state)
{
    struct fixture *f = *state;
    struct arena *arena = &f->found.arena;
    char login[58];
    memset(login, 'x', 57);
    login[57] = '\0';
    assert_string_equal(plan_aside_name(arena, "ada", "l0"), "ada~l0");
    assert_int_equal(strlen(plan_aside_name(arena, login, "a_lab_with_a_long_name")), 63);
    assert_string_not_equal(plan_aside_name(arena, login, "a_lab_with_a_long_name"),
                            plan_aside_name(arena, login, "another_lab_with_a_name"));
    assert_string_equal(plan_reset_name(arena, "ada", "l0", 12), "ada~l0~12");
    assert_int_equal(strlen(plan_reset_name(arena, login, "a_lab_with_a_long_name", 7)), 63);
    assert_int_equal(strlen(plan_reset_name(arena, login, "a_lab_with_a_long_name", 123)), 63);
    assert_string_equal(strrchr(plan_reset_name(arena, login, "a_lab_with_a_long_name", 7), '~'),
                        "~7");
    assert_string_equal(plan_grants(arena, "ada"),
                        "ada CONNECT,ada CREATE,ada TEMPORARY,probe_ada CONNECT");
    assert_string_equal(plan_grants(arena, "zoe"),
                        "probe_zoe CONNECT,zoe CONNECT,zoe CREATE,zoe TEMPORARY");
}

static void test_print(void **state)
{
    struct fixture *f = *state;
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    f->found.roles[0].can_login = false;
    compute(f);
    plan_print(&f->plan, &text);
    assert_non_null(strstr(text.text, "roles          4 wanted,     1 to change\n"
                                      "    enable ada\n"));
    json_t *json = plan_json(&f->plan);
    assert_int_equal(json_integer_value(json_object_get(json, "changes")), 1);
    json_decref(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_nothing_to_do, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_bare_servers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_roles, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_entries, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_databases, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_other_lab, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_set_aside_first, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_left, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_rows, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_names, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_print, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
