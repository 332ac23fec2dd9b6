/*
 * Merging Prometheus' numbers and the control database's words into a snapshot of the class.  Pure.
 */
#ifndef LECTERN_BOARD_MERGE_H
#define LECTERN_BOARD_MERGE_H

#include "board/prometheus.h"
#include "board/pulse.h"
#include "control/words.h"
#include "lab/snapshot.h"

struct merge_input {
    const struct words *words;             /* NULL: none came yet */
    const struct prometheus_answer *grid;  /* the last one that had a heartbeat; NULL: none */
    const struct prometheus_answer *steps; /* NULL: none */
    const char *open_login;                /* the student that is open; NULL: none */
    bool all_steps;                        /* give every student the steps, not only the open one */
    struct pulse_verdict verdict;
    int64_t now_us;
};

/*
 * A new snapshot, which the caller frees with merge_free().  A value that is stale keeps its
 * number, but the state becomes unknown, so that nothing old can be taken for new.
 */
struct snapshot *merge(const struct merge_input *input);
void merge_free(struct snapshot *snapshot);

#endif
