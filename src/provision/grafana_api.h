/*
 * Grafana's HTTP API, versions 9 to 13: one way to ask for folders, data sources and dashboards
 * over both generations of it.  The older (/api) is asked first; where it is gone (404, 410) the
 * newer (/apis/GROUP.grafana.app/VERSION/namespaces/NAMESPACE) is.  Blocking: for commands only.
 *
 * Sources: Grafana's "HTTP API reference", its pages dashboard, folder, data_source, other
 * (health), org, folder_dashboard_search, and "API structure".
 */
#ifndef LECTERN_PROVISION_GRAFANA_API_H
#define LECTERN_PROVISION_GRAFANA_API_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/strbuf.h"
#include "lab/site.h"

struct error;

enum {
    GRAFANA_OLDEST = 9,
    GRAFANA_NEWEST = 13, /* that its documentation was read for */
    GRAFANA_TOKEN_MAX = 4096,
};

struct grafana {
    const struct site *site;
    char *base;             /* the URL without a slash at its end */
    const char *token_file; /* borrowed from token_path or the site */
    char *token_path;
    char token[GRAFANA_TOKEN_MAX + 1];
    int major;            /* of its version; 0: it does not tell */
    bool new_dashboards;  /* the newer generation serves them */
    bool new_folders;     /* the same */
    char *namespace_name; /* of the token's organisation, once the newer generation is in use */
    const char *dashboards_version, *folders_version; /* "v1" */
};

/* An answer; `json` is NULL when the body is none. */
struct grafana_answer {
    int status;
    json_t *json;
};
void grafana_answer_release(struct grafana_answer *answer);

/* Read the token, reach Grafana, and find out which generation serves what. */
bool grafana_open(struct grafana *grafana, const struct site *site, struct error *err);
void grafana_close(struct grafana *grafana); /* wipes the token */

/* One request; false only when there was no answer.  `body` is borrowed and may be NULL. */
bool grafana_ask(struct grafana *grafana, const char *method, const char *path, const json_t *body,
                 struct grafana_answer *ret_answer, struct error *err);

/* The same for one folder or dashboard, whichever generation serves it; `uid` "" is all of them. */
enum grafana_kind { GRAFANA_FOLDER, GRAFANA_DASHBOARD };
char *grafana_new_path(const struct grafana *grafana, enum grafana_kind kind, const char *uid);
/* Go over to the newer generation for this kind; fails where there is none. */
bool grafana_use_new(struct grafana *grafana, enum grafana_kind kind, struct error *err);

/* Is it gone for good, so that the newer generation has to be asked? */
bool grafana_is_gone(int status);

/*
 * Say in `err` why Grafana did not do `what` ("make the folder \"lectern\""), with what to do about
 * it.  ERROR_AUTH for a token that is refused: everything else will be refused as well.
 */
bool grafana_refused(const struct grafana *grafana, const char *what,
                     const struct grafana_answer *answer, struct error *err);

/* -- pure ---------------------------------------------------------------------------------------
 */

/* The text of a token file without the line's end; NULL and `err` for what can be no token. */
bool grafana_parse_token(const char *text, size_t len, char ret_token[GRAFANA_TOKEN_MAX + 1],
                         struct error *err);
/* "10.2.3", "11.0.0-pre": 10, 11; 0 for what is no version. */
int grafana_major(const char *version);
/* Does the URL hold together: http or https, a host, no login, no blank, no query? */
bool grafana_check_url(const char *key, const char *url, struct error *err);

#endif
