/*
 * Watch: two looks at a student, compared.
 */
#include "probe/watch.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/strbuf.h"
#include "io/pg.h"

static void words(const PGresult *result, int row, const char *column, char *ret, size_t size)
{
    const char *text = pg_value(result, row, column);
    snprintf(ret, size, "%s", text != NULL ? text : "");
}

void watch_read(const PGresult *result, int row, struct watch_row *ret_row)
{
    const char *absence = pg_value(result, row, "absence");
    *ret_row = (struct watch_row){
        .student_id = (int)pg_whole(result, row, "student_id", 0),
        .absence = strcmp(absence, "gone") == 0     ? WATCH_GONE
                   : strcmp(absence, "closed") == 0 ? WATCH_CLOSED
                   : strcmp(absence, "aside") == 0  ? WATCH_ASIDE
                                                    : WATCH_PRESENT,
        .database_id = pg_whole(result, row, "database_id", 0),
        .sessions = (int)pg_whole(result, row, "sessions", 0),
        .waiting = (int)pg_whole(result, row, "waiting", 0),
        .moved_us = pg_whole(result, row, "moved_us", 0),
        .active_us = pg_whole(result, row, "active_us", 0),
        .began_us = pg_whole(result, row, "began_us", 0),
        .open_us = pg_whole(result, row, "open_us", 0),
        .failed_us = pg_whole(result, row, "failed_us", 0),
        .counters = pg_whole(result, row, "counters", 0),
    };
    struct watch_holder *holder = &ret_row->holder;
    words(result, row, "holder", holder->who, sizeof(holder->who));
    words(result, row, "holder_from", holder->from, sizeof(holder->from));
    words(result, row, "keeps", ret_row->keeps, sizeof(ret_row->keeps));
    holder->own = pg_whole(result, row, "holder_own", 0) != 0;
    holder->open_us = pg_whole(result, row, "holder_open_us", 0);
}

void watch_add_holder(struct strbuf *out, const struct watch_holder *holder)
{
    strbuf_add_string(out, holder->own ? "another session of this login" : holder->who);
    if (holder->from[0] != '\0')
        strbuf_printf(out, " at %s", holder->from);
    if (holder->open_us != 0) {
        strbuf_add_string(out, ", transaction open since ");
        clock_format_minute(holder->open_us, out);
    }
}

void watch_keep_open(const struct watch_row *before, struct watch_row *now)
{
    if (now->failed_us == 0)
        return;
    int64_t since_us =
        before->open_us != 0 && before->open_us < now->failed_us ? before->open_us : now->failed_us;
    if (now->open_us == 0 || since_us < now->open_us)
        now->open_us = since_us;
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
