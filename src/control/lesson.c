/*
 * Lessons in the control database.
 */
#include "control/lesson.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "io/pg.h"

#define UNIQUE_VIOLATION "23505"

#define MICROSECONDS(column)                                                                       \
    "coalesce((extract(epoch FROM " column ") * 1000000)::pg_catalog.int8, 0)"

/* -- reading ----------------------------------------------------------------------------------- */

static const char lesson_sql[] =
    "SELECT * FROM (SELECT s.lesson_id, s.length_s, s.close_logins, s.actor,"
    " pg_catalog.row_number() OVER (ORDER BY s.started_at, s.lesson_id) AS number,"
    " " MICROSECONDS("s.started_at") " AS started_us, " MICROSECONDS(
        "s.ended_at") " AS ended_us,"
                      " " MICROSECONDS(
                          "s.frozen_at") " AS frozen_us,"
                                         " " MICROSECONDS(
                                             "pg_catalog.clock_timestamp()") " AS now_us"
                                                                             "   FROM "
                                                                             "public.lessons s "
                                                                             "JOIN public.labs l "
                                                                             "USING (lab_id) WHERE "
                                                                             "l.name = $1::text) n"
                                                                             " WHERE $2::integer "
                                                                             "IN (0, n.number) "
                                                                             "ORDER BY n.number "
                                                                             "DESC LIMIT 1";

static const char pauses_sql[] = "SELECT " MICROSECONDS("p.from_at") " AS from_us, " MICROSECONDS(
    "p.to_at") " AS to_us"
               "  FROM public.lesson_pauses p WHERE p.lesson_id = $1::integer ORDER BY p.from_at";

static const char extras_sql[] =
    "SELECT s.login, e.seconds FROM public.extra_times e JOIN public.students s USING (student_id)"
    " WHERE e.lesson_id = $1::integer AND e.seconds <> 0 ORDER BY s.position, s.login";

static void take_lesson(const PGresult *result, const char *lab, struct arena *arena,
                        struct lesson_row *row)
{
    *row = (struct lesson_row){
        .lesson_id = (int)pg_whole(result, 0, "lesson_id", 0),
        .number = (int)pg_whole(result, 0, "number", 0),
        .lab = arena_strdup(arena, lab),
        .lesson = {.clock = {.start_us = pg_whole(result, 0, "started_us", 0)},
                   .length_s = pg_whole(result, 0, "length_s", 0),
                   .ended_us = pg_whole(result, 0, "ended_us", 0),
                   .frozen_us = pg_whole(result, 0, "frozen_us", 0)},
        .now_us = pg_whole(result, 0, "now_us", 0),
        .close_logins = pg_value(result, 0, "close_logins")[0] == 't',
        .actor = arena_strdup(arena, pg_value(result, 0, "actor")),
    };
}

static void take_pauses(const PGresult *result, struct arena *arena, struct lesson_row *row)
{
    size_t n = (size_t)PQntuples(result);
    struct lesson_pause *pauses = arena_alloc_array(arena, n + 1, sizeof(*pauses));
    for (size_t i = 0; i < n; i++)
        pauses[i] = (struct lesson_pause){pg_whole(result, (int)i, "from_us", 0),
                                          pg_whole(result, (int)i, "to_us", 0)};
    row->lesson.clock.pauses = pauses;
    row->lesson.clock.n_pauses = n;
}

static void take_extras(const PGresult *result, struct arena *arena, struct lesson_row *row)
{
    row->n_extras = (size_t)PQntuples(result);
    row->extras = arena_alloc_array(arena, row->n_extras + 1, sizeof(*row->extras));
    for (size_t i = 0; i < row->n_extras; i++)
        row->extras[i] =
            (struct lesson_extra){arena_strdup(arena, pg_value(result, (int)i, "login")),
                                  pg_whole(result, (int)i, "seconds", 0)};
}

static bool read_of_lesson(PGconn *conn, const char *sql,
                           void (*take)(const PGresult *, struct arena *, struct lesson_row *),
                           struct arena *arena, struct lesson_row *row, struct error *err)
{
    const char *params[] = {arena_printf(arena, "%d", row->lesson_id)};
    PGresult *result = NULL;
    if (!pg_query_now(conn, sql, 1, params, &result, err))
        return false;
    take(result, arena, row);
    PQclear(result);
    return true;
}

bool lessons_read(PGconn *conn, const char *lab, int number, struct arena *arena,
                  struct lesson_row *ret_row, bool *ret_found, struct error *err)
{
    const char *params[] = {lab, arena_printf(arena, "%d", number)};
    struct lesson_row row = {0};
    PGresult *result = NULL;
    if (!pg_query_now(conn, lesson_sql, 2, params, &result, err))
        return false;
    bool found = PQntuples(result) == 1;
    if (found)
        take_lesson(result, lab, arena, &row);
    PQclear(result);
    if (found && (!read_of_lesson(conn, pauses_sql, take_pauses, arena, &row, err) ||
                  !read_of_lesson(conn, extras_sql, take_extras, arena, &row, err)))
        return false;
    *ret_row = row;
    *ret_found = found;
    return true;
}

/* -- what is done to one ----------------------------------------------------------------------- */

/* Run; *ret_done tells whether it found something to do (it then gives a row). */
static bool act(PGconn *conn, const char *sql, size_t n, const char *const params[], bool *ret_done,
                struct error *err)
{
    PGresult *result = NULL;
    if (!pg_query_now(conn, sql, n, params, &result, err))
        return false;
    *ret_done = PQntuples(result) > 0;
    PQclear(result);
    return true;
}

/* What the lesson itself told the class is no longer so. */
#define END_WORDS                                                                                  \
    " silenced AS (UPDATE public.announcements a SET ended_at = pg_catalog.now() FROM done"        \
    "   WHERE a.lab_id = done.lab_id AND a.ended_at IS NULL AND a.text LIKE 'The lesson %')"

/* `done` has lesson_id and lab_id; $2 is the actor. */
#define TELL(kind, text)                                                                           \
    " told AS (INSERT INTO public.events (lab_id, kind, actor, text)"                              \
    "   SELECT done.lab_id, '" kind "', $2, " text " FROM done)"

bool lessons_start(PGconn *conn, const char *lab, int64_t length_s, bool close_logins,
                   const char *actor, struct error *err)
{
    static const char sql[] =
        "WITH done AS (INSERT INTO public.lessons (lab_id, length_s, close_logins, actor)"
        "  SELECT l.lab_id, nullif($3::integer, 0), $4::boolean, $2 FROM public.labs l"
        "   WHERE l.name = $1 AND l.is_current RETURNING lesson_id, lab_id)," END_WORDS
        "," TELL("lesson_start", "$5::text") " SELECT lesson_id FROM done";
    char length[24];
    bool done = false;
    snprintf(length, sizeof length, "%lld", (long long)length_s);
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    if (length_s > 0)
        clock_format_span(length_s, &text);
    const char *params[] = {lab, actor, length, close_logins ? "true" : "false", text.text};
    if (!act(conn, sql, 5, params, &done, err)) {
        if (strcmp(pg_sqlstate_now(conn), UNIQUE_VIOLATION) != 0)
            return false;
        error_clear(err);
        error_set(err, ERROR_EXISTS, "a lesson of lab \"%s\" is open already", lab);
        return error_hint(err, "\"lectern lesson %s status\" shows it, \"end\" ends it.", lab);
    }
    if (done)
        return true;
    error_set(err, ERROR_NOT_FOUND, "lab \"%s\" is not the current one", lab);
    return error_hint(err, "\"lectern lab use %s\" makes it so.", lab);
}

/* Run an act on lesson $1 by $2. */
static bool act_on(PGconn *conn, const char *sql, int lesson_id, const char *actor,
                   struct error *err)
{
    char id[16];
    bool done;
    snprintf(id, sizeof id, "%d", lesson_id);
    const char *params[] = {id, actor};
    return act(conn, sql, 2, params, &done, err);
}

bool lessons_pause(PGconn *conn, int lesson_id, const char *actor, struct error *err)
{
    static const char sql[] =
        "WITH paused AS (INSERT INTO public.lesson_pauses (lesson_id)"
        "  SELECT s.lesson_id FROM public.lessons s"
        "   WHERE s.lesson_id = $1::integer AND s.frozen_at IS NULL AND NOT EXISTS (SELECT FROM"
        "     public.lesson_pauses p WHERE p.lesson_id = s.lesson_id AND p.to_at IS NULL)"
        "  RETURNING lesson_id),"
        " done AS (SELECT s.lesson_id, s.lab_id FROM public.lessons s JOIN paused USING "
        "(lesson_id))"
        "," TELL("lesson_pause", "''") " SELECT lesson_id FROM done";
    return act_on(conn, sql, lesson_id, actor, err);
}

bool lessons_resume(PGconn *conn, int lesson_id, const char *actor, struct error *err)
{
    static const char sql[] =
        "WITH resumed AS (UPDATE public.lesson_pauses p SET to_at = pg_catalog.clock_timestamp()"
        "   WHERE p.lesson_id = $1::integer AND p.to_at IS NULL RETURNING p.lesson_id),"
        " done AS (SELECT s.lesson_id, s.lab_id FROM public.lessons s JOIN resumed USING "
        "(lesson_id))"
        "," TELL("lesson_resume", "''") " SELECT lesson_id FROM done";
    return act_on(conn, sql, lesson_id, actor, err);
}

bool lessons_end(PGconn *conn, int lesson_id, int64_t in_s, bool close_logins, const char *actor,
                 struct error *err)
{
    static const char sql[] =
        "WITH done AS (UPDATE public.lessons s"
        "   SET ended_at = pg_catalog.clock_timestamp() + $3::integer * '1 s'::interval,"
        "       close_logins = s.close_logins OR $4::boolean"
        "  WHERE s.lesson_id = $1::integer AND s.frozen_at IS NULL"
        "    AND (s.ended_at IS NULL OR s.ended_at > pg_catalog.clock_timestamp())"
        "  RETURNING s.lesson_id, s.lab_id, s.ended_at)," END_WORDS ","
        " warned AS (INSERT INTO public.announcements (lab_id, text, until_at, actor)"
        "  SELECT done.lab_id, $5, done.ended_at + CASE WHEN $3::integer > 0"
        "    THEN '0 s'::interval ELSE '15 min'::interval END, $2 FROM done)"
        "," TELL("lesson_end", "$6::text") " SELECT lesson_id FROM done";
    char id[16], in[24];
    bool done;
    CLEANUP(strbuf_release)
    struct strbuf span = STRBUF_INIT;
    CLEANUP(strbuf_release)
    struct strbuf words = STRBUF_INIT;
    snprintf(id, sizeof id, "%d", lesson_id);
    snprintf(in, sizeof in, "%lld", (long long)in_s);
    clock_format_span(in_s, &span);
    if (in_s > 0)
        strbuf_printf(&words, "The lesson ends in %s.", span.text);
    else
        strbuf_add_string(&words, "The lesson has ended: what stands in your database now counts.");
    CLEANUP(mem_free_string)
    char *text = in_s > 0 ? mem_printf("in %s", span.text) : mem_strdup("");
    const char *params[] = {id, actor, in, close_logins ? "true" : "false", words.text, text};
    return act(conn, sql, 6, params, &done, err);
}

bool lessons_keep(PGconn *conn, int lesson_id, const char *actor, struct error *err)
{
    static const char sql[] =
        "WITH done AS (UPDATE public.lessons s SET ended_at = NULL"
        "   WHERE s.lesson_id = $1::integer AND s.frozen_at IS NULL"
        "     AND s.ended_at > pg_catalog.clock_timestamp() RETURNING s.lesson_id, "
        "s.lab_id)," END_WORDS
        "," TELL("lesson_resume", "'the end is taken back'") " SELECT lesson_id FROM done";
    return act_on(conn, sql, lesson_id, actor, err);
}

/* -- students ---------------------------------------------------------------------------------- */

bool lessons_extra(PGconn *conn, int lesson_id, const char *login, int64_t seconds,
                   const char *actor, int64_t *ret_total_s, struct error *err)
{
    static const char sql[] =
        "WITH given AS (INSERT INTO public.extra_times AS e (lesson_id, student_id, seconds)"
        "   SELECT o.lesson_id, s.student_id, $3::integer FROM public.lessons o"
        "     JOIN public.students s USING (lab_id)"
        "    WHERE o.lesson_id = $1::integer AND o.frozen_at IS NULL AND s.login = $4"
        "   ON CONFLICT (lesson_id, student_id) DO UPDATE SET seconds = e.seconds + "
        "excluded.seconds"
        "   RETURNING e.student_id, e.seconds),"
        " told AS (INSERT INTO public.events (lab_id, student_id, kind, actor, text)"
        "   SELECT s.lab_id, s.student_id, 'extra_time', $2, $5"
        "     FROM given JOIN public.students s USING (student_id))"
        " SELECT seconds FROM given";
    char id[16], more[24];
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    PGresult *result = NULL;
    snprintf(id, sizeof id, "%d", lesson_id);
    snprintf(more, sizeof more, "%lld", (long long)seconds);
    strbuf_add_string(&text, seconds < 0 ? "-" : "+");
    clock_format_span(seconds < 0 ? -seconds : seconds, &text);
    const char *params[] = {id, actor, more, login, text.text};
    if (!pg_query_now(conn, sql, 5, params, &result, err))
        return false;
    bool found = PQntuples(result) == 1;
    if (found)
        *ret_total_s = pg_whole(result, 0, "seconds", 0);
    PQclear(result);
    return found || error_set(err, ERROR_NOT_FOUND, "the lesson is over, or not \"%s\"'s", login);
}

bool lessons_note(PGconn *conn, const char *lab, const char *login, const char *text,
                  const char *actor, struct error *err)
{
    static const char sql[] =
        "WITH noted AS (INSERT INTO public.notes (student_id, actor, text)"
        "   SELECT s.student_id, $3, $4 FROM public.students s JOIN public.labs l USING (lab_id)"
        "    WHERE l.name = $1 AND s.login = $2 RETURNING student_id)"
        " INSERT INTO public.events (lab_id, student_id, kind, actor, text)"
        " SELECT s.lab_id, s.student_id, 'note', $3, $4"
        "   FROM noted JOIN public.students s USING (student_id)";
    const char *params[] = {lab, login, actor, text};
    return pg_execute_now(conn, sql, 4, params, err);
}

bool lessons_event(PGconn *conn, const char *lab, const char *login, const char *kind,
                   const char *text, const char *actor, struct error *err)
{
    static const char sql[] =
        "INSERT INTO public.events (lab_id, student_id, kind, actor, text)"
        " SELECT l.lab_id, s.student_id, $3, $5, $4 FROM public.labs l"
        "   LEFT JOIN public.students s ON s.lab_id = l.lab_id AND s.login = $2::text"
        "  WHERE l.name = $1";
    const char *params[] = {lab, login, kind, text, actor};
    return pg_execute_now(conn, sql, 5, params, err);
}
