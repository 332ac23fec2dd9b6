/*
 * Looking.  A handful of queries for the whole class, whatever its size.
 */
#include "provision/look.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/secret.h"
#include "base/strbuf.h"
#include "base/text.h"
#include "control/connect.h"
#include "io/pg.h"
#include "provision/grafana.h"
#include "provision/ground.h"

enum { SEARCH_GROUP = 100 }; /* entries per LDAP search: servers limit a search's size */

struct looking {
    const struct site *site;
    PGconn *conn;
    bool control;
    const struct lab *lab;
    const struct roster *roster;
    struct found *found;
    struct error *err;
    const char **logins; /* of the roster and of the lab's students, each once */
    size_t n_logins;
};

static char *keep(struct looking *l, const PGresult *result, int row, const char *column)
{
    const char *value = pg_value(result, row, column);
    return arena_strdup(&l->found->arena, value != NULL ? value : "");
}

/* -- the control database ---------------------------------------------------------------------- */

static bool look_lab(struct looking *l)
{
    struct found *found = l->found;
    found->lab_digest = found->checks_digest = "";
    if (!l->control)
        return true;
    PGresult *result = NULL;
    if (!pg_query_now(l->conn,
                      "SELECT is_current, definition, checks_from FROM public.labs"
                      " WHERE name = $1",
                      1, &l->lab->name, &result, l->err))
        return false;
    if (PQntuples(result) == 1) {
        found->lab_exists = true;
        found->lab_is_current = pg_is_true(result, 0, "is_current");
        found->lab_digest = keep(l, result, 0, "definition");
        found->checks_digest = keep(l, result, 0, "checks_from");
    }
    PQclear(result);
    return true;
}

static bool look_students(struct looking *l)
{
    struct found *found = l->found;
    PGresult *result = NULL;
    if (!l->control)
        return true;
    if (!pg_query_now(l->conn,
                      "SELECT s.login, s.name, s.email, s.seat, s.group_name, s.time_factor,"
                      "       s.position, s.is_active, s.password_generation"
                      "  FROM public.students s JOIN public.labs l USING (lab_id)"
                      " WHERE l.name = $1 ORDER BY s.login COLLATE \"C\"",
                      1, &l->lab->name, &result, l->err))
        return false;
    found->n_students = (size_t)PQntuples(result);
    found->students = mem_alloc_array(found->n_students + 1, sizeof *found->students);
    for (int i = 0; i < PQntuples(result); i++)
        found->students[i] = (struct found_student){
            .student = {.login = keep(l, result, i, "login"),
                        .name = keep(l, result, i, "name"),
                        .email = keep(l, result, i, "email"),
                        .seat = keep(l, result, i, "seat"),
                        .group = keep(l, result, i, "group_name"),
                        .time_factor = strtod(pg_value(result, i, "time_factor"), NULL)},
            .position = (int)pg_whole(result, i, "position", 0),
            .is_active = pg_is_true(result, i, "is_active"),
            .password_generation = (unsigned)(int)pg_whole(result, i, "password_generation", 0),
        };
    PQclear(result);
    return true;
}

static void collect_logins(struct looking *l)
{
    size_t n = 0, most = l->roster->count + l->found->n_students;
    const char **logins = arena_alloc_array(&l->found->arena, most + 1, sizeof *logins);
    for (size_t i = 0; i < l->roster->count; i++)
        logins[n++] = l->roster->students[i].login;
    for (size_t i = 0; i < l->found->n_students; i++)
        logins[n++] = l->found->students[i].student.login;
    qsort(logins, n, sizeof *logins, str_compare);
    for (size_t i = 0; i < n; i++)
        if (l->n_logins == 0 || strcmp(logins[l->n_logins - 1], logins[i]) != 0)
            logins[l->n_logins++] = logins[i];
    l->logins = logins;
}

/* -- PostgreSQL -------------------------------------------------------------------------------- */

/* JSON array of "PREFIXlogin" or "login~lab" for each login. */
static void add_names(struct looking *l, json_t *names, const char *prefix, bool aside)
{
    for (size_t i = 0; i < l->n_logins; i++) {
        const char *name = aside ? plan_aside_name(&l->found->arena, l->logins[i], l->lab->name)
                                 : arena_printf(&l->found->arena, "%s%s", prefix, l->logins[i]);
        json_array_append_new(names, json_string(name));
    }
}

static bool query_names(struct looking *l, const char *sql, json_t *names, PGresult **ret_result)
{
    char *text = json_dumps(names, JSON_COMPACT);
    const char *params[] = {text};
    bool ok = pg_query_now(l->conn, sql, 1, params, ret_result, l->err);
    free(text);
    json_decref(names);
    return ok;
}

static bool look_roles(struct looking *l)
{
    struct found *found = l->found;
    json_t *names = json_array();
    add_names(l, names, "", false);
    add_names(l, names, "probe_", false);
    PGresult *result = NULL;
    if (!query_names(l,
                     "SELECT a.rolname AS name, a.rolcanlogin AS login, a.rolconnlimit AS limit,"
                     "       a.rolpassword AS verifier,"
                     "       COALESCE(pg_catalog.shobj_description(a.oid, 'pg_authid'), '')"
                     "         LIKE '" PROVISION_MARK "%' AS ours,"
                     "       (SELECT pg_catalog.string_agg(g.rolname, ',' ORDER BY g.rolname)"
                     "          FROM pg_catalog.pg_auth_members m"
                     "          JOIN pg_catalog.pg_authid g ON g.oid = m.roleid"
                     "         WHERE m.member = a.oid) AS member_of"
                     "  FROM pg_catalog.pg_authid a"
                     " WHERE a.rolname IN"
                     "   (SELECT pg_catalog.jsonb_array_elements_text($1::jsonb)::name)"
                     " ORDER BY a.rolname COLLATE \"C\"",
                     names, &result))
        return false;
    found->n_roles = (size_t)PQntuples(result);
    found->roles = mem_alloc_array(found->n_roles + 1, sizeof *found->roles);
    for (int i = 0; i < PQntuples(result); i++)
        found->roles[i] = (struct found_role){
            .name = keep(l, result, i, "name"),
            .ours = pg_is_true(result, i, "ours"),
            .can_login = pg_is_true(result, i, "login"),
            .connection_limit = (int)pg_whole(result, i, "limit", 0),
            .member_of = keep(l, result, i, "member_of"),
            .verifier = keep(l, result, i, "verifier"),
        };
    PQclear(result);
    return true;
}

/* Those of wanted names, and all of ours.  `grants` and `settings` are texts to be compared.  (An
 * older control database has no column "template".) */
#define DATABASES(lab, template, join)                                                             \
    "SELECT d.datname AS name, o.rolname = '" PROVISION_OWNER "' AS ours,"                         \
    "       d.datallowconn AS open, " lab " AS lab, a.grants, a.grantees,"                         \
    "       " template " AS stamp,"                                                                \
                       "       (SELECT pg_catalog.string_agg(c, ',' ORDER BY c COLLATE \"C\")"     \
                       "          FROM pg_catalog.pg_db_role_setting s, "                          \
                       "pg_catalog.unnest(s.setconfig) c"                                          \
                       "         WHERE s.setdatabase = d.oid AND s.setrole = 0) AS settings"       \
                       "  FROM pg_catalog.pg_database d"                                           \
                       "  JOIN pg_catalog.pg_roles o ON o.oid = d.datdba" join                     \
                       " CROSS JOIN LATERAL ("                                                     \
                       "   SELECT pg_catalog.string_agg(g.who || ' ' || g.what, ',' ORDER BY "     \
                       "g.who, g.what) grants,"                                                    \
                       "          pg_catalog.string_agg(DISTINCT pg_catalog.quote_ident(g.who), "  \
                       "', ')"                                                                     \
                       "            FILTER (WHERE g.who <> '') AS grantees"                        \
                       "     FROM (SELECT COALESCE(u.rolname::text, '') COLLATE \"C\" AS who,"     \
                       "                  x.privilege_type COLLATE \"C\" AS what"                  \
                       "             FROM pg_catalog.aclexplode(COALESCE(d.datacl,"                \
                       "                    pg_catalog.acldefault('d', d.datdba))) x"              \
                       "             LEFT JOIN pg_catalog.pg_roles u ON u.oid = x.grantee"         \
                       "            WHERE x.grantee <> d.datdba) g) a"                             \
                       " WHERE o.rolname = '" PROVISION_OWNER "' OR d.datname IN"                  \
                       "   (SELECT pg_catalog.jsonb_array_elements_text($1::jsonb)::name)"         \
                       " ORDER BY d.datname COLLATE \"C\""

static bool look_databases(struct looking *l)
{
    static const char with_labs[] = DATABASES("l.name", "pg_catalog.to_jsonb(p) ->> 'template'",
                                              " LEFT JOIN public.provisioned p"
                                              "   ON p.kind = 'database' AND p.name = d.datname"
                                              " LEFT JOIN public.labs l ON l.lab_id = p.lab_id");
    static const char without[] = DATABASES("''", "''", "");
    struct found *found = l->found;
    json_t *names = json_array();
    add_names(l, names, "", false);
    add_names(l, names, "", true);
    PGresult *result = NULL;
    if (!query_names(l, l->control ? with_labs : without, names, &result))
        return false;
    found->n_databases = (size_t)PQntuples(result);
    found->databases = mem_alloc_array(found->n_databases + 1, sizeof *found->databases);
    for (int i = 0; i < PQntuples(result); i++)
        found->databases[i] = (struct found_database){
            .name = keep(l, result, i, "name"),
            .ours = pg_is_true(result, i, "ours"),
            .open = pg_is_true(result, i, "open"),
            .grants = keep(l, result, i, "grants"),
            .settings = keep(l, result, i, "settings"),
            .lab = keep(l, result, i, "lab"),
            .stamp = keep(l, result, i, "stamp"),
            .grantees = keep(l, result, i, "grantees"),
        };
    PQclear(result);
    return true;
}

/* -- LDAP -------------------------------------------------------------------------------------- */

bool look_connect_ldap(const struct site *site, struct ldap_connection **ret_ldap,
                       struct error *err)
{
    CLEANUP(secret_free_line)
    char *password = NULL;
    if (!connect_admin_password(site, "ldap", "prov", &password, err))
        return error_wrap(err, "LDAP");
    struct ldap_address address = {.uri = site->ldap_uri, .ca_file = site->ca_file};
    bool ok = ldap_connect_to(&address, site->ldap_admin_dn, password, ret_ldap, err);
    if (ok)
        return true;
    if (site->embedded && err->code == ERROR_CONNECTION && err->hint == NULL)
        error_hint(err, "See \"lectern ps\"; \"lectern up\" starts what is not running.");
    return error_wrap(err, "LDAP");
}

char *look_entry_dn(const struct site *site, const char *login)
{
    CLEANUP(mem_free_string)
    char *uid = ldap_escape_dn(login);
    return mem_printf("uid=%s,%s", uid, site->ldap_people);
}

/* The attribute's first value, in the arena; "" when it has none. */
static const char *first_value(struct looking *l, struct ldap_entry *entry, const char *attribute)
{
    char **values = ldap_entry_values(entry, attribute);
    const char *value = values != NULL && values[0] != NULL ? values[0] : "";
    value = arena_strdup(&l->found->arena, value);
    ldap_values_free(values);
    return value;
}

static bool has_value(struct ldap_entry *entry, const char *attribute, const char *wanted)
{
    bool has = false;
    char **values = ldap_entry_values(entry, attribute);
    for (char **v = values; v != NULL && *v != NULL; v++)
        has = has || strcmp(*v, wanted) == 0;
    ldap_values_free(values);
    return has;
}

static bool each_entry(struct ldap_entry *entry, void *data)
{
    struct looking *l = data;
    struct found *found = l->found;
    found->entries[found->n_entries++] = (struct found_entry){
        .login = first_value(l, entry, "uid"),
        .ours = has_value(entry, "description", LOOK_ENTRY_MARK),
        .disabled = has_value(entry, "pwdAccountLockedTime", LOOK_LOCKED),
        .name = first_value(l, entry, "cn"),
        .email = first_value(l, entry, "mail"),
    };
    return found->n_entries < l->n_logins;
}

static bool look_entries(struct looking *l)
{
    static const char *const attributes[] = {
        "uid", "cn", "mail", "description", "pwdAccountLockedTime", NULL};
    struct found *found = l->found;
    struct ldap_connection *ldap = NULL;
    found->entries = mem_alloc_array(l->n_logins + 1, sizeof *found->entries);
    if (!look_connect_ldap(l->site, &ldap, l->err))
        return false;
    bool ok = true;
    for (size_t from = 0; ok && from < l->n_logins; from += SEARCH_GROUP) {
        CLEANUP(strbuf_release)
        struct strbuf filter = STRBUF_INIT;
        strbuf_add_string(&filter, "(|");
        for (size_t i = from; i < from + SEARCH_GROUP && i < l->n_logins; i++) {
            CLEANUP(mem_free_string)
            char *uid = ldap_escape_filter(l->logins[i]);
            strbuf_printf(&filter, "(uid=%s)", uid);
        }
        strbuf_add_char(&filter, ')');
        ok = ldap_search_each(ldap, l->site->ldap_people, true, filter.text, attributes, each_entry,
                              l, l->err);
    }
    ldap_disconnect(ldap);
    if (!ok)
        return error_wrap(l->err, "LDAP");
    qsort(found->entries, found->n_entries, sizeof *found->entries, str_compare);
    return true;
}

/* -- the whole --------------------------------------------------------------------------------- */

static bool look_files(struct looking *l)
{
    CLEANUP(mem_free_string)
    char *secret = site_secret_path(l->site, "exporter");
    struct provision_changes changes = {true, true, true};
    if (access(secret, F_OK) == 0) {
        changes = (struct provision_changes){false, false, false};
        if (!ground_files(l->site, false, &changes, l->err) ||
            !grafana_files(l->site, false, &changes.grafana, l->err))
            return false;
    }
    l->found->exporter_files_differ = changes.exporters;
    l->found->prometheus_files_differ = changes.prometheus;
    l->found->grafana_files_differ = changes.grafana;
    return true;
}

bool look(const struct site *site, PGconn *conn, bool control, const struct lab *lab,
          const struct roster *roster, struct found *ret_found, struct error *err)
{
    *ret_found = (struct found){.arena = ARENA_INIT};
    struct looking l = {site, conn, control, lab, roster, ret_found, err, NULL, 0};
    bool ok = look_lab(&l) && look_students(&l);
    if (ok)
        collect_logins(&l);
    ok = ok && look_roles(&l) && look_databases(&l) && look_entries(&l) && look_files(&l);
    if (!ok)
        found_release(ret_found);
    return ok;
}
