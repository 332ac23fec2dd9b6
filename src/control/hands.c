/*
 * Hands and announcements: the queries, and their rows as plain structs.
 */
#include "control/hands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/asset.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"

enum { QUERY_TIMEOUT_MS = 5000, HANDS_MAX = 5000, COMES_POLL_MS = 100, COMES_MAX_MS = 10000 };

static const char *words(struct arena *arena, const PGresult *result, int row, const char *column)
{
    const char *text = pg_value(result, row, column);
    return arena_strdup(arena, text != NULL ? text : "");
}

/* -- lecternd ---------------------------------------------------------------------------------- */

static const char publish_sql[] =
    "SELECT public.publish_board() AS changed, a.announcement_id, a.text"
    "  FROM (VALUES (1)) AS one (row) LEFT JOIN LATERAL ("
    "    SELECT x.announcement_id, x.text FROM public.announcements x"
    "      JOIN public.labs l USING (lab_id)"
    "     WHERE l.is_current AND x.ended_at IS NULL"
    "       AND (x.until_at IS NULL OR x.until_at > pg_catalog.clock_timestamp())"
    "     ORDER BY x.announcement_id DESC LIMIT 1) a ON true";

void control_hands_prepare(struct pg *pg, pg_result_cb on_result, void *data)
{
    pg_prepare(pg, "hands_take", "SELECT public.take_hand_calls($1::pg_catalog.jsonb)",
               QUERY_TIMEOUT_MS, on_result, data);
    pg_prepare(pg, "hands_look", asset_get("assets/sql/daemon_hands.sql")->text, QUERY_TIMEOUT_MS,
               on_result, data);
    pg_prepare(pg, "hands_publish", publish_sql, QUERY_TIMEOUT_MS, on_result, data);
}

void control_hands_take(struct pg *pg, const char *calls, pg_result_cb on_result, void *data)
{
    const char *params[] = {calls};
    pg_query_prepared(pg, "hands_take", 1, params, QUERY_TIMEOUT_MS, on_result, data);
}

void control_hands_look(struct pg *pg, int lab_id, pg_result_cb on_result, void *data)
{
    char id[16];
    snprintf(id, sizeof(id), "%d", lab_id);
    const char *params[] = {id};
    pg_query_prepared(pg, "hands_look", 1, params, QUERY_TIMEOUT_MS, on_result, data);
}

void control_hands_publish(struct pg *pg, pg_result_cb on_result, void *data)
{
    pg_query_prepared(pg, "hands_publish", 0, NULL, QUERY_TIMEOUT_MS, on_result, data);
}

/* -- lists ------------------------------------------------------------------------------------- */

static const char list_sql[] =
    "SELECT x.login, x.name, x.seat, x.message, x.state, x.helper, x.outcome, x.note, x.place,"
    " (extract(epoch FROM x.raised_at) * 1000000)::bigint AS raised_us,"
    " (extract(epoch FROM x.claimed_at) * 1000000)::bigint AS claimed_us,"
    " (extract(epoch FROM x.resolved_at) * 1000000)::bigint AS resolved_us,"
    " extract(epoch FROM coalesce(x.resolved_at, pg_catalog.clock_timestamp()) - x.raised_at)"
    "   ::bigint AS waiting_s, x.not_found, x.helped_today"
    "  FROM (SELECT q.login, q.name, q.seat, q.message, q.state, q.helper, '' AS outcome,"
    "               h.note, q.place, q.raised_at, q.claimed_at, NULL::timestamptz AS resolved_at,"
    "               q.not_found, q.helped_today, q.lab_id, q.turn"
    "          FROM public.hand_queue q JOIN public.hands h USING (hand_id)"
    "        UNION ALL"
    "        SELECT s.login, s.name, s.seat, h.message, h.state, h.helper, h.outcome, h.note, NULL,"
    "               h.raised_at, h.claimed_at, h.resolved_at, h.not_found, coalesce(t.helped, 0),"
    "               s.lab_id, NULL"
    "          FROM public.hands h JOIN public.students s USING (student_id)"
    "          LEFT JOIN public.helped_today t USING (student_id)"
    "         WHERE $2::boolean AND h.resolved_at >= pg_catalog.date_trunc('day', pg_catalog.now(),"
    "               pg_catalog.current_setting('log_timezone'))) x"
    "  JOIN public.labs l USING (lab_id)"
    " WHERE l.name = $1"
    " ORDER BY x.turn NULLS LAST, x.resolved_at DESC, x.login LIMIT 5000";

bool control_list_hands(PGconn *conn, struct arena *arena, const char *lab, bool resolved,
                        struct hand_row **ret_rows, size_t *ret_n, struct error *err)
{
    const char *params[] = {lab, resolved ? "true" : "false"};
    PGresult *result = NULL;
    if (!pg_query_now(conn, list_sql, 2, params, &result, err))
        return error_wrap(err, "hands");
    size_t n = (size_t)PQntuples(result);
    struct hand_row *rows = arena_alloc_array(arena, n + 1, sizeof(*rows));
    for (int i = 0; i < (int)n; i++)
        rows[i] = (struct hand_row){
            .login = words(arena, result, i, "login"),
            .name = words(arena, result, i, "name"),
            .seat = words(arena, result, i, "seat"),
            .message = words(arena, result, i, "message"),
            .state = words(arena, result, i, "state"),
            .helper = words(arena, result, i, "helper"),
            .outcome = words(arena, result, i, "outcome"),
            .note = words(arena, result, i, "note"),
            .place = (int)pg_whole(result, i, "place", 0),
            .raised_us = pg_whole(result, i, "raised_us", 0),
            .claimed_us = pg_whole(result, i, "claimed_us", 0),
            .resolved_us = pg_whole(result, i, "resolved_us", 0),
            .waiting_s = pg_whole(result, i, "waiting_s", 0),
            .not_found = (int)pg_whole(result, i, "not_found", 0),
            .helped_today = (int)pg_whole(result, i, "helped_today", 0),
        };
    PQclear(result);
    *ret_rows = rows;
    *ret_n = n;
    return true;
}

/* -- acts -------------------------------------------------------------------------------------- */

static const char *const act_names[HAND_ACTS] = {
    [HAND_CLAIM] = "claim",         [HAND_PAUSE] = "pause",     [HAND_RESUME] = "resume",
    [HAND_NOT_FOUND] = "not-found", [HAND_RESOLVE] = "resolve", [HAND_WITHDRAW] = "withdraw",
};

const char *hand_act_name(enum hand_act act)
{
    return act_names[act];
}

bool hand_act_parse(const char *name, enum hand_act *ret_act)
{
    for (size_t i = 0; i < HAND_ACTS; i++)
        if (strcmp(act_names[i], name) == 0) {
            *ret_act = (enum hand_act)i;
            return true;
        }
    return false;
}

/* What stood in the way, in words. */
static bool refuse(const char *problem, const char *lab, const char *login, enum hand_act act,
                   const struct hand_row *hand, struct error *err)
{
    CLEANUP(mem_free_string)
    char *helper = str_disarm(hand->helper);
    if (strcmp(problem, "no student") == 0)
        return error_set(err, ERROR_NOT_FOUND, "there is no student \"%s\" in lab \"%s\"", login,
                         lab);
    if (strcmp(problem, "no hand") == 0) {
        error_set(err, ERROR_NOT_FOUND, "the hand of \"%s\" is not up", login);
        return error_hint(err, "\"lectern hands %s\" lists those that are.", lab);
    }
    if (strcmp(problem, "claimed") == 0) {
        error_set(err, ERROR_EXISTS, "%s has claimed the hand of \"%s\" already", helper, login);
        return error_hint(err, "\"lectern hands %s resume %s\" gives it back to the queue.", lab,
                          login);
    }
    return error_set(err, ERROR_EXISTS, "the hand of \"%s\" is %s", login,
                     act == HAND_PAUSE ? "put off already" : "waiting already");
}

/* One try; `ret_problem`: "" when it was done. */
static bool try_act(PGconn *conn, struct arena *arena, const char *const params[5],
                    struct hand_row *ret_hand, const char **ret_problem, struct error *err)
{
    PGresult *result = NULL;
    if (!pg_query_now(conn,
                      "SELECT a.problem, a.state, a.helper, a.outcome,"
                      " (extract(epoch FROM a.raised_at) * 1000000)::bigint AS raised_us"
                      "  FROM public.act_on_hand($1, $2, $3, $4, $5) a",
                      5, params, &result, err))
        return error_wrap(err, "hands");
    *ret_hand = (struct hand_row){
        .login = arena_strdup(arena, params[1]),
        .state = words(arena, result, 0, "state"),
        .helper = words(arena, result, 0, "helper"),
        .outcome = words(arena, result, 0, "outcome"),
        .raised_us = pg_whole(result, 0, "raised_us", 0),
    };
    *ret_problem = words(arena, result, 0, "problem");
    PQclear(result);
    return true;
}

/*
 * A call is in the student's database at once and here when lecternd has looked there.  It has
 * heard all that was said before `asked` when it has looked at the class since (and had the time
 * to read the log) and measured what it saw of the student.  When it does not beat, nothing comes.
 */
static const char comes_sql[] =
    "SELECT asked.at::text AS asked,"
    " b.beat_at > asked.at + '1.5 seconds' AND (a.last_activity_at IS NULL"
    "   OR a.probed_at >= least(a.last_activity_at, asked.at)) AS heard,"
    " b.beat_at > pg_catalog.clock_timestamp() - '5 seconds'::interval AS beats"
    "  FROM public.labs l JOIN public.students s USING (lab_id)"
    "  JOIN public.heartbeats b USING (lab_id) JOIN public.activity a USING (student_id),"
    "  LATERAL (SELECT coalesce($3::timestamptz, pg_catalog.clock_timestamp()) AS at) asked"
    " WHERE l.name = $1 AND s.login = $2";

/* Wait a moment for a call that is on its way; whether one may still come, in `ret_more`.
 * `asked`: NULL at first. */
static bool wait_for_call(PGconn *conn, struct arena *arena, const char *lab, const char *login,
                          const char **asked, bool *ret_more, struct error *err)
{
    const char *params[] = {lab, login, *asked};
    PGresult *result = NULL;
    if (*asked != NULL)
        clock_sleep_ms(COMES_POLL_MS);
    if (!pg_query_now(conn, comes_sql, 3, params, &result, err))
        return error_wrap(err, "hands");
    bool known = PQntuples(result) == 1;
    *ret_more = known && strcmp(words(arena, result, 0, "beats"), "t") == 0 &&
                strcmp(words(arena, result, 0, "heard"), "t") != 0;
    if (known)
        *asked = words(arena, result, 0, "asked");
    PQclear(result);
    return true;
}

bool control_act_on_hand(PGconn *conn, struct arena *arena, const char *lab, const char *login,
                         enum hand_act act, const char *who, const char *note,
                         struct hand_row *ret_hand, struct error *err)
{
    CLEANUP(mem_free_string)
    char *by = str_disarm(who);
    CLEANUP(mem_free_string)
    char *kept = str_disarm(note);
    const char *const params[] = {lab, login, act_names[act], by, kept};
    const char *problem = "", *asked = NULL;
    int64_t latest_ms = clock_monotonic_ms() + COMES_MAX_MS;
    struct hand_row hand;
    for (bool more = true;;) {
        if (!try_act(conn, arena, params, &hand, &problem, err))
            return false;
        if (strcmp(problem, "no hand") != 0 || !more || clock_monotonic_ms() >= latest_ms)
            break;
        if (!wait_for_call(conn, arena, lab, login, &asked, &more, err))
            return false;
    }
    if (*problem != '\0')
        return refuse(problem, lab, login, act, &hand, err);
    *ret_hand = hand;
    return true;
}

/* -- announcements ----------------------------------------------------------------------------- */

bool control_list_announcements(PGconn *conn, struct arena *arena, const char *lab,
                                struct announcement_row **ret_rows, size_t *ret_n,
                                struct error *err)
{
    PGresult *result = NULL;
    if (!pg_query_now(conn,
                      "SELECT a.announcement_id, a.text, a.actor,"
                      " (extract(epoch FROM a.made_at) * 1000000)::bigint AS made_us,"
                      " (extract(epoch FROM a.until_at) * 1000000)::bigint AS until_us"
                      "  FROM public.announcements a JOIN public.labs l USING (lab_id)"
                      " WHERE l.name = $1 AND a.ended_at IS NULL"
                      "   AND (a.until_at IS NULL OR a.until_at > pg_catalog.clock_timestamp())"
                      " ORDER BY a.announcement_id DESC",
                      1, &lab, &result, err))
        return error_wrap(err, "announcements");
    size_t n = (size_t)PQntuples(result);
    struct announcement_row *rows = arena_alloc_array(arena, n + 1, sizeof(*rows));
    for (int i = 0; i < (int)n; i++)
        rows[i] = (struct announcement_row){
            .id = (int)pg_whole(result, i, "announcement_id", 0),
            .text = words(arena, result, i, "text"),
            .actor = words(arena, result, i, "actor"),
            .made_us = pg_whole(result, i, "made_us", 0),
            .until_us = pg_whole(result, i, "until_us", 0),
        };
    PQclear(result);
    *ret_rows = rows;
    *ret_n = n;
    return true;
}

/* Tell the students' databases at once, whether lecternd runs or not. */
static bool publish(PGconn *conn, struct error *err)
{
    return pg_execute_now(conn, "SELECT public.publish_board()", 0, NULL, err);
}

bool control_announce(PGconn *conn, const char *lab, const char *text, int64_t until_us,
                      const char *who, struct error *err)
{
    CLEANUP(mem_free_string)
    char *disarmed = str_disarm(text);
    CLEANUP(mem_free_string)
    char *by = str_disarm(who);
    CLEANUP(mem_free_string)
    char *until = until_us != 0 ? mem_printf("%lld", (long long)until_us) : NULL;
    const char *params[] = {lab, disarmed, until, by};
    PGresult *result = NULL;
    if (!pg_query_now(conn,
                      "WITH made AS (INSERT INTO public.announcements (lab_id, text, until_at,"
                      "   actor) SELECT l.lab_id, $2, 'epoch'::timestamptz + $3::bigint *"
                      "   '1 microsecond'::interval, $4 FROM public.labs l WHERE l.name = $1"
                      "   RETURNING lab_id)"
                      " INSERT INTO public.events (lab_id, kind, actor, text)"
                      " SELECT m.lab_id, 'announcement', $4, $2 FROM made m RETURNING lab_id",
                      4, params, &result, err))
        return error_wrap(err, "announcements");
    bool there = PQntuples(result) == 1;
    PQclear(result);
    return there ? publish(conn, err)
                 : error_set(err, ERROR_NOT_FOUND, "no lab \"%s\" was applied", lab);
}

bool control_end_announcements(PGconn *conn, const char *lab, const char *who, size_t *ret_ended,
                               struct error *err)
{
    CLEANUP(mem_free_string)
    char *by = str_disarm(who);
    const char *params[] = {lab, by};
    PGresult *result = NULL;
    if (!pg_query_now(conn,
                      "WITH over AS (UPDATE public.announcements a"
                      "   SET ended_at = pg_catalog.clock_timestamp() FROM public.labs l"
                      "  WHERE l.lab_id = a.lab_id AND l.name = $1 AND a.ended_at IS NULL"
                      "  RETURNING a.lab_id, a.text)"
                      " INSERT INTO public.events (lab_id, kind, actor, text)"
                      " SELECT o.lab_id, 'announcement_end', $2, o.text FROM over o",
                      2, params, &result, err))
        return error_wrap(err, "announcements");
    *ret_ended = strtoul(PQcmdTuples(result), NULL, 10);
    PQclear(result);
    return publish(conn, err);
}
