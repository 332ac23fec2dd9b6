/*
 * The plan: wanted against found, per student and target.  Pure.
 */
#include "provision/plan.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/text.h"

enum {
    IDENTIFIER_MAX = 63,
    PROBE_CONNECTIONS = 3,  /* per student: facts, eval, one that is about to close */
    FIXED_CONNECTIONS = 40, /* lectern's own roles, the administrator, superuser_reserved */
    CONNECTIONS_STEP = 100, /* rounded up, for raising them costs everybody's sessions */
};

static int compare_names(const void *key, const void *item)
{
    return strcmp(key, *(const char *const *)item);
}

/* The item of that name in an array ordered by its first member, a name; or NULL. */
static const void *find(const char *name, const void *items, size_t count, size_t size)
{
    return count == 0 ? NULL : bsearch(name, items, count, size, compare_names);
}

#define FIND(found, array, name)                                                                   \
    find(name, (found)->array, (found)->n_##array, sizeof *(found)->array)

static const struct found_student *find_student(const struct found *found, const char *login)
{
    return FIND(found, students, login); /* struct student begins with the login */
}

/* Is `name` one of the names in "a,b,c"? */
static bool list_contains(const char *list, const char *name)
{
    size_t len = strlen(name);
    for (const char *at = list; *at != '\0';) {
        size_t n = strcspn(at, ",");
        if (n == len && memcmp(at, name, n) == 0)
            return true;
        at += n + (at[n] == ',');
    }
    return false;
}

/* -- names ------------------------------------------------------------------------------------- */

const char *plan_probe_role(struct arena *arena, const char *login)
{
    return arena_printf(arena, "probe_%s", login);
}

const char *plan_grants(struct arena *arena, const char *login)
{
    const char *probe = plan_probe_role(arena, login);
    const char *student =
        arena_printf(arena, "%s CONNECT,%s CREATE,%s TEMPORARY", login, login, login);
    return strcmp(probe, login) < 0 ? arena_printf(arena, "%s CONNECT,%s", probe, student)
                                    : arena_printf(arena, "%s,%s CONNECT", student, probe);
}

const char *plan_settings(struct arena *arena, const struct lab *lab)
{
    return arena_printf(arena, "statement_timeout=%ds,temp_file_limit=%dMB",
                        lab->statement_timeout_s, lab->temp_file_mb);
}

const char *plan_aside_name(struct arena *arena, const char *login, const char *lab)
{
    if (strlen(login) + 1 + strlen(lab) <= IDENTIFIER_MAX)
        return arena_printf(arena, "%s~%s", login, lab);
    uint64_t hash = digest_fnv(DIGEST_FNV_START, lab, strlen(lab));
    return arena_printf(arena, "%s~%05x", login, (unsigned)(hash & 0xfffff));
}

const char *plan_reset_name(struct arena *arena, const char *login, const char *lab, int n)
{
    const char *name = arena_printf(arena, "%s~%s~%d", login, lab, n);
    if (strlen(name) <= IDENTIFIER_MAX)
        return name;
    enum { DIGITS = 5 };
    uint64_t hash = digest_fnv(DIGEST_FNV_START, lab, strlen(lab));
    char digits[DIGITS + 1];
    snprintf(digits, sizeof digits, "%05x", (unsigned)(hash & 0xfffff));
    size_t others = strlen(login) + strlen(arena_printf(arena, "~~%d", n));
    size_t room = others < IDENTIFIER_MAX ? IDENTIFIER_MAX - others : 1;
    return arena_printf(arena, "%s~%.*s~%d", login, (int)room, digits, n);
}

const char *plan_entry_name(const struct student *student)
{
    return student->name[0] != '\0' ? student->name : student->login;
}

const char *plan_entry_email(const struct student *student)
{
    for (const char *p = student->email; *p != '\0'; p++)
        if (*p <= ' ' || *p > '~')
            return "";
    return student->email;
}

const char *plan_target_name(enum plan_target target)
{
    static const char *const names[PLAN_TARGETS] = {
        [PLAN_CONTROL] = "control",   [PLAN_ROLES] = "roles",
        [PLAN_LDAP] = "ldap",         [PLAN_DATABASES] = "databases",
        [PLAN_EXPORTER] = "exporter", [PLAN_PROMETHEUS] = "prometheus",
        [PLAN_GRAFANA] = "grafana",
    };
    return names[target];
}

const char *plan_verb_name(enum plan_verb verb)
{
    static const char *const names[PLAN_VERBS] = {
        [PLAN_CREATE] = "create",         [PLAN_FINISH] = "finish",
        [PLAN_UPDATE] = "update",         [PLAN_ENABLE] = "enable",
        [PLAN_DISABLE] = "disable",       [PLAN_SET_ASIDE] = "set aside",
        [PLAN_BRING_BACK] = "bring back",
    };
    return names[verb];
}

/* -- building ---------------------------------------------------------------------------------- */

struct planning {
    const struct plan_wanted *wanted;
    const struct found *found;
    struct plan *plan;
};

static void add(struct planning *p, enum plan_target target, enum plan_verb verb,
                const char *object, const char *login, const char *to)
{
    struct plan *plan = p->plan;
    plan->actions =
        mem_grow(plan->actions, plan->n_actions, &plan->actions_capacity, sizeof *plan->actions);
    plan->actions[plan->n_actions++] = (struct plan_action){
        .target = target,
        .verb = verb,
        .object = arena_strdup(&plan->arena, object),
        .login = arena_strdup(&plan->arena, login),
        .to = arena_strdup(&plan->arena, to),
    };
    plan->changes[target]++;
}

void plan_add(struct plan *plan, enum plan_target target, enum plan_verb verb, const char *object)
{
    struct planning p = {.plan = plan};
    add(&p, target, verb, object, "", "");
}

void plan_add_note(struct plan *plan, enum plan_target target, const char *text)
{
    plan->notes = mem_grow(plan->notes, plan->n_notes, &plan->notes_capacity, sizeof *plan->notes);
    plan->notes[plan->n_notes++] = (struct plan_note){target, arena_strdup(&plan->arena, text)};
}

static void refuse(struct planning *p, const char *kind, const char *name)
{
    struct plan *plan = p->plan;
    plan->refusals = mem_grow(plan->refusals, plan->n_refusals, &plan->refusals_capacity,
                              sizeof *plan->refusals);
    plan->refusals[plan->n_refusals++] =
        (struct plan_refusal){kind, arena_strdup(&plan->arena, name)};
}

/* -- per student ------------------------------------------------------------------------------- */

static void plan_role(struct planning *p, const char *name, const char *login, int limit,
                      const char *group, const char *verifier)
{
    p->plan->wanted[PLAN_ROLES]++;
    const struct found_role *role = FIND(p->found, roles, name);
    if (role == NULL)
        add(p, PLAN_ROLES, PLAN_CREATE, name, login, "");
    else if (!role->ours)
        refuse(p, "role", name);
    else if (!role->can_login)
        add(p, PLAN_ROLES, PLAN_ENABLE, name, login, "");
    else if (role->connection_limit != limit || !list_contains(role->member_of, group) ||
             (verifier != NULL &&
              (strcmp(role->verifier, verifier) != 0 || !list_contains(role->member_of, login))))
        add(p, PLAN_ROLES, PLAN_UPDATE, name, login, "");
}

static void plan_roles(struct planning *p, const char *login)
{
    const char *probe = plan_probe_role(&p->plan->arena, login);
    plan_role(p, login, login, p->wanted->lab->connections, "lectern_student", NULL);
    plan_role(p, probe, login, PROBE_CONNECTIONS, "lectern_probe",
              p->wanted->verifier(probe, p->wanted->data));
}

static void plan_entry(struct planning *p, const struct student *student)
{
    p->plan->wanted[PLAN_LDAP]++;
    const struct found_entry *entry = FIND(p->found, entries, student->login);
    if (entry == NULL)
        add(p, PLAN_LDAP, PLAN_CREATE, student->login, student->login, "");
    else if (!entry->ours)
        refuse(p, "LDAP entry", student->login);
    else if (entry->disabled)
        add(p, PLAN_LDAP, PLAN_ENABLE, student->login, student->login, "");
    else if (strcmp(entry->name, plan_entry_name(student)) != 0 ||
             strcmp(entry->email, plan_entry_email(student)) != 0)
        add(p, PLAN_LDAP, PLAN_UPDATE, student->login, student->login, "");
}

bool plan_lags(const struct plan_wanted *wanted, const struct found_database *database)
{
    return wanted->template_stamp != NULL && strcmp(database->stamp, wanted->template_stamp) != 0;
}

static void plan_database(struct planning *p, const char *login)
{
    struct arena *arena = &p->plan->arena;
    const struct lab *lab = p->wanted->lab;
    const char *aside = plan_aside_name(arena, login, lab->name);
    const struct found_database *set_aside = FIND(p->found, databases, aside);
    const struct found_database *database = FIND(p->found, databases, login);
    p->plan->wanted[PLAN_DATABASES]++;
    if (database != NULL && !database->ours) {
        refuse(p, "database", login);
        return;
    }
    if (database == NULL || (database->lab[0] != '\0' && strcmp(database->lab, lab->name) != 0)) {
        /* another lab's of that name is set aside by plan_other_labs(), before */
        if (set_aside != NULL && set_aside->ours)
            add(p, PLAN_DATABASES, PLAN_BRING_BACK, login, login, aside);
        else if (set_aside != NULL)
            refuse(p, "database", aside);
        else
            add(p, PLAN_DATABASES, PLAN_CREATE, login, login, "");
    } else if (!database->open) {
        add(p, PLAN_DATABASES, PLAN_FINISH, login, login, "");
    } else if (strcmp(database->grants, plan_grants(arena, login)) != 0 ||
               strcmp(database->settings, plan_settings(arena, lab)) != 0 ||
               database->lab[0] == '\0' || plan_lags(p->wanted, database)) {
        add(p, PLAN_DATABASES, PLAN_UPDATE, login, login, "");
    }
}

static void plan_student_row(struct planning *p, const struct student *student, int position)
{
    p->plan->wanted[PLAN_CONTROL]++;
    const struct found_student *row = find_student(p->found, student->login);
    if (row == NULL)
        add(p, PLAN_CONTROL, PLAN_CREATE, student->login, student->login, "");
    else if (!row->is_active)
        add(p, PLAN_CONTROL, PLAN_ENABLE, student->login, student->login, "");
    else if (strcmp(row->student.name, student->name) != 0 ||
             strcmp(row->student.email, student->email) != 0 ||
             strcmp(row->student.seat, student->seat) != 0 ||
             strcmp(row->student.group, student->group) != 0 ||
             fabs(row->student.time_factor - student->time_factor) > 1e-9 ||
             row->position != position)
        add(p, PLAN_CONTROL, PLAN_UPDATE, student->login, student->login, "");
}

/* -- those who left ---------------------------------------------------------------------------- */

static void disable(struct planning *p, const struct found_student *row)
{
    const char *login = row->student.login;
    const char *probe = plan_probe_role(&p->plan->arena, login);
    const struct found_role *roles[] = {FIND(p->found, roles, login), FIND(p->found, roles, probe)};
    const struct found_entry *entry = FIND(p->found, entries, login);
    if (row->is_active)
        add(p, PLAN_CONTROL, PLAN_DISABLE, login, login, "");
    for (size_t i = 0; i < 2; i++)
        if (roles[i] != NULL && roles[i]->ours && roles[i]->can_login)
            add(p, PLAN_ROLES, PLAN_DISABLE, roles[i]->name, login, "");
    if (entry != NULL && entry->ours && !entry->disabled)
        add(p, PLAN_LDAP, PLAN_DISABLE, login, login, "");
}

static void plan_left(struct planning *p)
{
    const struct roster *roster = p->wanted->roster;
    const char **logins = mem_alloc_array(roster->count + 1, sizeof *logins);
    for (size_t i = 0; i < roster->count; i++)
        logins[i] = roster->students[i].login;
    qsort(logins, roster->count, sizeof *logins, str_compare);
    for (size_t i = 0; i < p->found->n_students; i++)
        if (find(p->found->students[i].student.login, logins, roster->count, sizeof *logins) ==
            NULL)
            disable(p, &p->found->students[i]);
    free(logins);
}

/* Other labs' databases that still bear their students' names. */
static void plan_other_labs(struct planning *p)
{
    struct arena *arena = &p->plan->arena;
    for (size_t i = 0; i < p->found->n_databases; i++) {
        const struct found_database *database = &p->found->databases[i];
        if (!database->ours || database->lab[0] == '\0' ||
            strcmp(database->lab, p->wanted->lab->name) == 0 || strchr(database->name, '~') != NULL)
            continue;
        const char *aside = plan_aside_name(arena, database->name, database->lab);
        if (FIND(p->found, databases, aside) != NULL)
            refuse(p, "database", aside);
        else
            add(p, PLAN_DATABASES, PLAN_SET_ASIDE, database->name, database->name, aside);
    }
}

/* -- the whole --------------------------------------------------------------------------------- */

static void plan_lab_rows(struct planning *p)
{
    const struct found *found = p->found;
    p->plan->wanted[PLAN_CONTROL] += 2;
    if (!found->lab_exists)
        add(p, PLAN_CONTROL, PLAN_CREATE, "lab", "", "");
    else if (!found->lab_is_current || strcmp(found->lab_digest, p->wanted->lab_digest) != 0)
        add(p, PLAN_CONTROL, PLAN_UPDATE, "lab", "", "");
    if (!found->lab_exists)
        add(p, PLAN_CONTROL, PLAN_CREATE, "checks", "", "");
    else if (p->wanted->checks_digest[0] != '\0' &&
             strcmp(found->checks_digest, p->wanted->checks_digest) != 0)
        add(p, PLAN_CONTROL, PLAN_UPDATE, "checks", "", "");
}

static int compare_actions(const void *a, const void *b)
{
    const struct plan_action *x = a, *y = b;
    if (x->target != y->target)
        return x->target < y->target ? -1 : 1;
    /* Databases are set aside before others take their names. */
    bool x_aside = x->verb == PLAN_SET_ASIDE, y_aside = y->verb == PLAN_SET_ASIDE;
    if (x_aside != y_aside)
        return x_aside ? -1 : 1;
    return strcmp(x->object, y->object);
}

void plan_compute(const struct plan_wanted *wanted, const struct found *found,
                  struct plan *ret_plan)
{
    *ret_plan = (struct plan){.arena = ARENA_INIT};
    struct planning p = {wanted, found, ret_plan};
    const struct roster *roster = wanted->roster;
    ret_plan->lab = arena_strdup(&ret_plan->arena, wanted->lab->name);
    plan_lab_rows(&p);
    plan_other_labs(&p);
    for (size_t i = 0; i < roster->count; i++) {
        const struct student *student = &roster->students[i];
        plan_student_row(&p, student, (int)i + 1);
        plan_roles(&p, student->login);
        plan_entry(&p, student);
        plan_database(&p, student->login);
    }
    plan_left(&p);
    ret_plan->wanted[PLAN_EXPORTER] = ret_plan->wanted[PLAN_PROMETHEUS] = 1;
    ret_plan->wanted[PLAN_GRAFANA] = 1;
    if (found->exporter_files_differ)
        add(&p, PLAN_EXPORTER, PLAN_UPDATE, "exporter files", "", "");
    if (found->prometheus_files_differ)
        add(&p, PLAN_PROMETHEUS, PLAN_UPDATE, "prometheus files", "", "");
    if (found->grafana_files_differ)
        add(&p, PLAN_GRAFANA, PLAN_UPDATE, "grafana files", "", "");
    int needed =
        (int)roster->count * (wanted->lab->connections + PROBE_CONNECTIONS) + FIXED_CONNECTIONS;
    ret_plan->connections_needed =
        (needed + CONNECTIONS_STEP - 1) / CONNECTIONS_STEP * CONNECTIONS_STEP;
    if (ret_plan->n_actions > 0)
        qsort(ret_plan->actions, ret_plan->n_actions, sizeof *ret_plan->actions, compare_actions);
}

size_t plan_changes(const struct plan *plan)
{
    return plan->n_actions;
}

void plan_release(struct plan *plan)
{
    free(plan->actions);
    free(plan->refusals);
    free(plan->notes);
    arena_release(&plan->arena);
    *plan = (struct plan){.arena = ARENA_INIT};
}

void found_release(struct found *found)
{
    free(found->roles);
    free(found->databases);
    free(found->entries);
    free(found->students);
    arena_release(&found->arena);
    *found = (struct found){.arena = ARENA_INIT};
}
