/*
 * The pulse: how old the data is, and who is to blame.  Pure.
 *
 * The exporter repeats old values for ever, so freshness is judged by lecternd's heartbeat:
 * age = time of Prometheus' answer - heartbeat, plus what has passed since.  Up to 4 s is fresh,
 * up to 10 s late, more is stale; so is a heartbeat that was missing in three answers.
 */
#ifndef LECTERN_BOARD_PULSE_H
#define LECTERN_BOARD_PULSE_H

#include <stdbool.h>
#include <stdint.h>

#include "lab/snapshot.h"

enum {
    PULSE_LATE_MS = 4000,
    PULSE_STALE_MS = 10000,
    PULSE_ABSENT_MAX = 3,     /* answers without a heartbeat */
    PULSE_PATIENCE_MS = 3000, /* what is broken for less long is not worth a sentence */
};

/* What the feed has seen.  Times are monotonic milliseconds. */
struct pulse {
    int64_t started_ms;
    bool has_data;       /* there was an answer with a heartbeat */
    int64_t data_ms;     /* when it came */
    int64_t data_age_ms; /* how old it was then */
    int absent;          /* answers without a heartbeat since */
    int64_t answer_ms;   /* when Prometheus last answered at all; 0: never */
    bool refused;        /* the last request failed */
    int exporter_up;     /* 1, 0, -1 unknown: of the last answer */
    int feed_failed;
    int64_t words_lost_ms; /* since when the control database does not answer; 0: it does */
    bool no_lab;           /* it answers that there is no lab */
};

struct pulse_verdict {
    enum freshness freshness;
    enum trouble trouble;
    double age_s; /* NAN: never had any data */
};

void pulse_init(struct pulse *pulse, int64_t now_ms);
/* An answer came; `heartbeat_us` is 0 when it had no heartbeat. */
void pulse_answer(struct pulse *pulse, int64_t now_ms, int64_t answer_us, int64_t heartbeat_us,
                  int exporter_up, int feed_failed);
/* A request failed or took too long. */
void pulse_refusal(struct pulse *pulse);
struct pulse_verdict pulse_judge(const struct pulse *pulse, int64_t now_ms);

#endif
