/*
 * The site: where this installation's servers are.  Written by `lectern up` as site.yaml in the
 * state directory, read by every other command and by lecternd.  No secrets: those are files of
 * their own in the directory `secrets`.
 */
#ifndef LECTERN_LAB_SITE_H
#define LECTERN_LAB_SITE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/memory.h"

struct error;
struct strbuf;

/* What a student's database takes on the disk while it is empty: 7.2 MB. */
enum { SITE_STUDENT_KB = 7200 };

struct site {
    struct arena arena;
    const char *state;   /* the state directory, absolute; not in the file */
    bool embedded;       /* the servers are ours: lectern up, down */
    bool containers;     /* they are docker-compose.yml's */
    const char *project; /* its project, for who speaks to the engine; "" within the containers */

    /* PostgreSQL: how this machine's commands reach it, and what students are told. */
    const char *pg_host; /* socket directory or numeric address */
    int pg_port;
    const char *pg_admin;      /* the administrator's role, "postgres"; peer on the socket, or the
                                  password of secrets/postgres where there is one, or
                                  of others' servers in secrets/postgres.password */
    const char *room_host;     /* name or address that students connect to ("localhost") */
    const char *room_hostaddr; /* numeric address for commands on this machine ("127.0.0.1") */
    int room_port;             /* students' port where it differs from pg_port; 0: it does not */
    bool room_open;            /* up --room: open to the room */

    /* LDAP */
    const char *ldap_uri;    /* for administration, ldapi:// or ldaps:// */
    const char *ldap_host;   /* what PostgreSQL connects to: a name in the certificate */
    int ldap_port;           /* plain with StartTLS, loopback only */
    int ldaps_port;          /* for the room: password changes */
    const char *ldap_people; /* "ou=people,dc=lab" */
    const char *ldap_groups; /* "ou=groups,dc=lab" */
    const char *
        ldap_admin_dn; /* "cn=prov,dc=lab"; password of secrets/ldap, or in secrets/ldap.password */

    const char *prometheus_url; /* "http://127.0.0.1:19090" */
    int prometheus_port;
    int exporter_students_port;
    int exporter_steps_port;

    /* An existing Grafana; all "" when there is none.  STATE/grafana is written without it, too. */
    const char *grafana_url;            /* "https://grafana.school.example" */
    const char *grafana_token_file;     /* mode 0600; "": STATE/secrets/grafana */
    const char *grafana_folder;         /* the dashboards' folder, its uid; "": "lectern" */
    const char *grafana_ca_file;        /* whom https trusts; "": the system's authorities */
    const char *grafana_prometheus_url; /* as Grafana reaches it; "": prometheus_url */

    const char *ca_file; /* absolute path of ca.crt */

    /* The system users that the servers run as when root started them; "" otherwise. */
    const char *postgres_user, *slapd_user, *prometheus_user, *daemon_user;
};

bool site_parse(const char *file, const char *text, size_t len, struct site *ret_site,
                struct error *err);
void site_print(const struct site *site, struct strbuf *out);
void site_release(struct site *site);

/* Nobody else keeps anything on these servers. */
bool site_is_ours(const struct site *site);
int site_room_port(const struct site *site);
/* What opens the servers to the room, for hints. */
const char *site_room_command(const struct site *site);

/* The files of the state directory; malloc'd. */
char *site_path(const struct site *site, const char *relative);
char *site_secret_path(const struct site *site, const char *name); /* STATE/secrets/NAME */

#endif
