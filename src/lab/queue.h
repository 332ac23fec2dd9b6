/*
 * The queue: in which order a class is looked after.  Pure.
 */
#ifndef LECTERN_LAB_QUEUE_H
#define LECTERN_LAB_QUEUE_H

#include "lab/snapshot.h"

/*
 * Sort the hands, point the students at theirs, and fill the queue from the students' needs and
 * hands: hands that wait, by need_compare(), then the other needs; behind them those whom somebody
 * helps already, and hands that are paused.  Who is absent is not in it: there is nobody to help.
 */
void queue_order(struct snapshot *snapshot);

#endif
