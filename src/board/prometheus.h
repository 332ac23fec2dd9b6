/*
 * Prometheus' query API, the pure half: which questions the console asks, and reading the answers.
 *
 * An answer is outside input: more than PROMETHEUS_SAMPLES_MAX samples, labels longer than
 * PROMETHEUS_LABEL_MAX bytes or anything that is no instant vector is an ERROR_INPUT.
 * https://prometheus.io/docs/prometheus/latest/querying/api/
 */
#ifndef LECTERN_BOARD_PROMETHEUS_H
#define LECTERN_BOARD_PROMETHEUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/memory.h"

struct error;
struct strbuf;

enum { PROMETHEUS_SAMPLES_MAX = 200000, PROMETHEUS_LABEL_MAX = 1024 };

/* One series' value.  A label that is not there is "". */
struct prometheus_sample {
    const char *name;
    const char *lab, *student, *state, *step, *feed, *job, *reason;
    double value; /* NAN, infinities included, as Prometheus gave it */
};

struct prometheus_answer {
    struct arena arena;
    int64_t at_us; /* Prometheus' clock at the answer; 0 when there is no sample */
    struct prometheus_sample *samples;
    size_t n_samples;
};

bool prometheus_parse(const char *body, size_t len, struct prometheus_answer *ret_answer,
                      struct error *err);
void prometheus_answer_release(struct prometheus_answer *answer);

/* The newest heartbeat among the samples, UTC microseconds; 0 when there is none. */
int64_t prometheus_heartbeat(const struct prometheus_answer *answer);
/* The students' exporter is up, and its last query failed: 1, 0, or -1 when nothing says so. */
int prometheus_exporter_up(const struct prometheus_answer *answer);
int prometheus_feed_failed(const struct prometheus_answer *answer);

/* The grid's question of each second ("" is any lab), and the steps'. */
void prometheus_grid_url(struct strbuf *url, const char *base, const char *lab);
void prometheus_steps_url(struct strbuf *url, const char *base, const char *lab);

/* Append "text" as a PromQL string with its quotes. */
void prometheus_add_string(struct strbuf *query, const char *text);

#endif
