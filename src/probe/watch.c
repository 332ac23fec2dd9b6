/*
 * Watch: two looks at a student, compared.
 */
#include "probe/watch.h"

#include <stdlib.h>
#include <string.h>

#include "io/pg.h"

static int64_t whole(const PGresult *result, int row, const char *column)
{
    const char *text = pg_value(result, row, column);
    return text != NULL ? strtoll(text, NULL, 10) : 0;
}

void watch_read(const PGresult *result, int row, struct watch_row *ret_row)
{
    const char *absence = pg_value(result, row, "absence");
    *ret_row = (struct watch_row){
        .student_id = (int)whole(result, row, "student_id"),
        .absence = strcmp(absence, "gone") == 0     ? WATCH_GONE
                   : strcmp(absence, "closed") == 0 ? WATCH_CLOSED
                   : strcmp(absence, "aside") == 0  ? WATCH_ASIDE
                                                    : WATCH_PRESENT,
        .database_id = whole(result, row, "database_id"),
        .sessions = (int)whole(result, row, "sessions"),
        .waiting = (int)whole(result, row, "waiting"),
        .moved_us = whole(result, row, "moved_us"),
        .active_us = whole(result, row, "active_us"),
        .began_us = whole(result, row, "began_us"),
        .open_us = whole(result, row, "open_us"),
        .counters = whole(result, row, "counters"),
    };
}

unsigned watch_moved(const struct watch_row *before, const struct watch_row *now)
{
    unsigned moved = 0;
    /* Not only forwards: when the session that moved last has left, the latest of the others is
     * older, and what the one that left did last was not looked at yet. */
    if (now->moved_us != before->moved_us || now->sessions != before->sessions)
        moved |= WATCH_SESSION;
    if (now->counters != before->counters)
        moved |= WATCH_COUNTERS;
    if (now->absence != before->absence || now->database_id != before->database_id)
        moved |= WATCH_PLACE;
    return moved;
}
