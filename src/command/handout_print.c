/*
 * The hand-out as slips to cut apart, as CSV, as JSON, and as libpq's service file.
 */
#include "command/handout.h"

#include <stdlib.h>
#include <string.h>

#include "base/csv.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "base/text.h"

static bool has_password(const struct handout_student *student)
{
    return student->state == HANDOUT_INITIAL || student->state == HANDOUT_UNSURE;
}

static const char *password_words(const struct handout_student *student)
{
    return student->state == HANDOUT_CHANGED  ? "changed by the student"
           : student->state == HANDOUT_BURNED ? "not stored any more"
                                              : student->password;
}

/* What is typed on a lab PC; logins and hosts need no quotes beyond these. */
static char *psql_line(const struct handout *handout, const char *login)
{
    return mem_printf("psql \"host=%s port=%d dbname=%s user=%s sslmode=verify-full "
                      "sslrootcert=ca.crt\"",
                      handout->host, handout->port, login, login);
}

static char *ldappasswd_line(const struct handout *handout, const char *login)
{
    return mem_printf("LDAPTLS_CACERT=ca.crt ldappasswd -x -H ldaps://%s:%d -D uid=%s,%s -W -A -S",
                      handout->host, handout->ldaps_port, login, handout->people);
}

static void add_fitted(struct strbuf *out, const char *text, int columns)
{
    CLEANUP(mem_free_string)
    char *safe = str_disarm(text);
    strbuf_add(out, safe, str_fit(safe, columns));
}

static void add_padded(struct strbuf *out, const char *text, int columns)
{
    CLEANUP(mem_free_string)
    char *safe = str_disarm(text);
    size_t len = str_fit(safe, columns);
    safe[len] = '\0';
    strbuf_printf(out, "%s%*s", safe, columns - str_width(safe), "");
}

/* What lp puts on a page of US letter, the shorter one, at six lines an inch. */
enum { SLIP_WIDTH = 76, SLIP_LEFT = 48, PAGE_LINES = 60 };

#define CUT_LINE "- - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - -\n"

/*
 * A command on paper: broken before a word where it would leave the slip, with the backslash that
 * lets it be pasted from the file as well.
 */
static void add_command(struct strbuf *out, const char *command)
{
    enum { INDENT = 3, ROOM = SLIP_WIDTH - 2 };
    int column = INDENT;
    strbuf_add_string(out, "   ");
    while (*command != '\0') {
        size_t word = strcspn(command, " ");
        if (column > INDENT && column + 1 + (int)word > ROOM) {
            strbuf_add_string(out, " \\\n     ");
            column = INDENT + 2;
        } else if (column > INDENT) {
            strbuf_add_char(out, ' ');
            column++;
        }
        strbuf_add(out, command, word);
        column += (int)word;
        command += word;
        command += strspn(command, " ");
    }
    strbuf_add_char(out, '\n');
}

static void add_slip(struct strbuf *out, const struct handout *handout,
                     const struct handout_student *student)
{
    CLEANUP(mem_free_string)
    char *psql = psql_line(handout, student->login);
    CLEANUP(mem_free_string)
    char *ldappasswd = ldappasswd_line(handout, student->login);
    CLEANUP(mem_free_string)
    char *place = mem_printf("%s%s%s%s", student->seat[0] != '\0' ? "seat " : "", student->seat,
                             student->seat[0] != '\0' && student->group[0] != '\0' ? ", " : "",
                             student->group);
    strbuf_add_char(out, ' ');
    add_padded(out, student->name[0] != '\0' ? student->name : student->login, SLIP_LEFT);
    add_fitted(out, place, SLIP_WIDTH - SLIP_LEFT - 1);
    strbuf_add_string(out, "\n ");
    add_fitted(out, handout->title, SLIP_WIDTH - 1);
    strbuf_printf(out,
                  "\n\n"
                  "   login      %s\n"
                  "   password   %s\n"
                  "   server     %s, port %d, database %s\n\n"
                  " psql (with the file ca.crt beside it):\n",
                  student->login, password_words(student), handout->host, handout->port,
                  student->login);
    add_command(out, psql);
    strbuf_printf(
        out,
        " DBeaver, a new PostgreSQL connection:\n"
        "   Host %s   Port %d   Database %s   Username %s\n"
        "   SSL: Use SSL, CA Certificate ca.crt, SSL mode verify-full\n"
        " Change your password (it asks for the old one, twice, then the new one, twice,\n"
        " then for the old one to log in):\n",
        handout->host, handout->port, student->login, student->login);
    add_command(out, ldappasswd);
    strbuf_printf(out, " SHA-256 of ca.crt:\n   %s\n", handout->ca_sha256);
}

static int count_lines(const char *text)
{
    int lines = 0;
    for (; *text != '\0'; text++)
        lines += *text == '\n';
    return lines;
}

/* As many slips on a page as it has room for whole, a line to cut along between them; a form feed
 * begins the next. */
void handout_add_slips(struct strbuf *out, const struct handout *handout)
{
    int used = 0;
    for (size_t i = 0; i < handout->n_students; i++) {
        struct strbuf slip = STRBUF_INIT;
        add_slip(&slip, handout, &handout->students[i]);
        int lines = count_lines(slip.text) + 1;
        bool same_page = used + lines <= PAGE_LINES;
        if (i > 0)
            strbuf_add_string(out, same_page ? CUT_LINE : "\f");
        used = (same_page ? used : 0) + lines;
        strbuf_add(out, slip.text, slip.len);
        strbuf_wipe(&slip);
    }
}

static void add_csv_row(struct strbuf *out, const char *const *fields, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            strbuf_add_char(out, ',');
        csv_add_field(out, fields[i]);
    }
    strbuf_add_string(out, "\r\n");
}

void handout_add_csv(struct strbuf *out, const struct handout *handout)
{
    static const char *const header[] = {"login",    "name",    "seat",       "group",
                                         "password", "changed", "host",       "port",
                                         "database", "psql",    "ldappasswd", "ca_sha256"};
    enum { N = sizeof header / sizeof header[0] };
    add_csv_row(out, header, N);
    CLEANUP(mem_free_string)
    char *port = mem_printf("%d", handout->port);
    for (size_t i = 0; i < handout->n_students; i++) {
        const struct handout_student *s = &handout->students[i];
        CLEANUP(mem_free_string)
        char *psql = psql_line(handout, s->login);
        CLEANUP(mem_free_string)
        char *ldappasswd = ldappasswd_line(handout, s->login);
        const char *changed = s->state == HANDOUT_CHANGED   ? "yes"
                              : s->state == HANDOUT_INITIAL ? "no"
                                                            : "unknown";
        const char *const fields[N] = {
            s->login,   s->name,           s->seat, s->group, has_password(s) ? s->password : "",
            changed,    handout->host,     port,    s->login, psql,
            ldappasswd, handout->ca_sha256};
        add_csv_row(out, fields, N);
    }
}

static json_t *words(const char *text)
{
    json_t *value = json_string(text);
    if (value != NULL)
        return value;
    CLEANUP(mem_free_string)
    char *safe = str_disarm(text);
    return json_string(safe);
}

static json_t *student_json(const struct handout *handout, const struct handout_student *student)
{
    CLEANUP(mem_free_string)
    char *psql = psql_line(handout, student->login);
    CLEANUP(mem_free_string)
    char *ldappasswd = ldappasswd_line(handout, student->login);
    json_t *object = json_object();
    json_object_set_new(object, "login", words(student->login));
    json_object_set_new(object, "name", words(student->name));
    json_object_set_new(object, "seat", words(student->seat));
    json_object_set_new(object, "group", words(student->group));
    json_object_set_new(object, "database", words(student->login));
    json_object_set_new(object, "password",
                        has_password(student) ? json_string(student->password) : json_null());
    json_object_set_new(object, "changed",
                        student->state == HANDOUT_CHANGED   ? json_true()
                        : student->state == HANDOUT_INITIAL ? json_false()
                                                            : json_null());
    json_object_set_new(object, "psql", words(psql));
    json_object_set_new(object, "ldappasswd", words(ldappasswd));
    json_object_set_new(object, "dbeaver",
                        json_pack("{s:s, s:i, s:s, s:s, s:s, s:s}", "Host", handout->host, "Port",
                                  handout->port, "Database", student->login, "Username",
                                  student->login, "SSL mode", "verify-full", "CA Certificate",
                                  "ca.crt"));
    return object;
}

json_t *handout_json(const struct handout *handout)
{
    json_t *object = json_object();
    json_object_set_new(object, "lab", words(handout->lab));
    json_object_set_new(object, "title", words(handout->title));
    json_object_set_new(object, "host", words(handout->host));
    json_object_set_new(object, "port", json_integer(handout->port));
    json_object_set_new(object, "ldaps_port", json_integer(handout->ldaps_port));
    json_object_set_new(object, "ca_file", words(handout->ca_file));
    json_object_set_new(object, "ca_sha256", words(handout->ca_sha256));
    json_t *students = json_array();
    for (size_t i = 0; i < handout->n_students; i++)
        json_array_append_new(students, student_json(handout, &handout->students[i]));
    json_object_set_new(object, "students", students);
    return object;
}

void handout_add_service(struct strbuf *out, const struct handout *handout, const char *ca_file)
{
    strbuf_printf(out,
                  "# libpq's services for the lab PCs: ~/.pg_service.conf, or name the file in\n"
                  "# PGSERVICEFILE.  Then: psql \"service=%s user=LOGIN dbname=LOGIN\"\n"
                  "# sslrootcert must be the path of ca.crt on that PC.\n"
                  "[%s]\nhost=%s\nport=%d\nsslmode=verify-full\nsslrootcert=%s\n",
                  handout->lab, handout->lab, handout->host, handout->port, ca_file);
}
