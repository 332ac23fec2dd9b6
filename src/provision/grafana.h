/*
 * Grafana's files and objects (provision.h: provision_grafana).
 */
#ifndef LECTERN_PROVISION_GRAFANA_H
#define LECTERN_PROVISION_GRAFANA_H

#include <stdbool.h>
#include <stddef.h>

#include "lab/site.h"

struct error;
struct strbuf;

/* The dashboards, in the order in which they are made. */
extern const char *const grafana_dashboards[]; /* assets; NULL-terminated */

/* STATE/grafana: dashboards, provisioning, grafana.ini, ldap.toml; with `write` false only tells
 * whether one differs. */
bool grafana_files(const struct site *site, bool write, bool *ret_changed, struct error *err);

/* Prometheus as Grafana reaches it. */
const char *grafana_prometheus_url(const struct site *site);

/* How a value has to be written in a file. */
enum grafana_quoting {
    GRAFANA_PLAIN,
    GRAFANA_YAML, /* inside '...' */
    GRAFANA_TOML, /* inside "..." */
};

struct grafana_variable {
    const char *name, *value;
};

/* Append the text with each ${NAME} of the table, which ends with a NULL name, replaced.  Others
 * stay: they are for Grafana itself. */
void grafana_fill_in(const char *text, const struct grafana_variable *variables,
                     enum grafana_quoting quoting, struct strbuf *out);

#endif
