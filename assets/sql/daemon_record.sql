-- One turn of lecternd, whole or not at all: what changed since the last turn ($2, a JSON document made by
-- src/probe/record.c) and the heartbeat of lab $1.  Rows of students, steps and checks that `apply` removed
-- in the meantime are left out by the joins.  Times are microseconds since 1970.
WITH doc AS MATERIALIZED (SELECT $2::pg_catalog.jsonb AS j),
wrote_activity AS (
    INSERT INTO public.activity AS a (student_id, progress, steps_done, current_step_id, state, reason, first_seen_at,
                                      last_progress_at, last_activity_at, probed_at, sessions, database_bytes)
    SELECT s.student_id, r.progress, r.steps_done, t.step_id, r.state, r.reason,
           'epoch'::timestamptz + r.first_seen * '1 microsecond'::interval,
           'epoch'::timestamptz + r.last_progress * '1 microsecond'::interval,
           'epoch'::timestamptz + r.last_activity * '1 microsecond'::interval,
           'epoch'::timestamptz + r.probed * '1 microsecond'::interval, r.sessions, r.bytes
      FROM doc, pg_catalog.jsonb_to_recordset(doc.j -> 'activity') AS r (student integer, progress float8,
                steps_done integer, current_step integer, state text, reason text, first_seen bigint,
                last_progress bigint, last_activity bigint, probed bigint, sessions integer, bytes bigint)
      JOIN public.students s ON s.student_id = r.student
      LEFT JOIN public.steps t ON t.step_id = r.current_step
    ON CONFLICT (student_id) DO UPDATE SET
           progress = excluded.progress, steps_done = excluded.steps_done, current_step_id = excluded.current_step_id,
           state = excluded.state, reason = excluded.reason, first_seen_at = excluded.first_seen_at,
           last_progress_at = excluded.last_progress_at, last_activity_at = excluded.last_activity_at,
           probed_at = excluded.probed_at, sessions = excluded.sessions, database_bytes = excluded.database_bytes),
wrote_steps AS (
    INSERT INTO public.step_scores AS o (student_id, step_id, score, last_score, measured_at)
    SELECT s.student_id, t.step_id, r.score, r.last_score, 'epoch'::timestamptz + r.at * '1 microsecond'::interval
      FROM doc, pg_catalog.jsonb_to_recordset(doc.j -> 'steps') AS r (student integer, step integer, score float8,
                last_score float8, at bigint)
      JOIN public.students s ON s.student_id = r.student
      JOIN public.steps t ON t.step_id = r.step
    ON CONFLICT (student_id, step_id) DO UPDATE SET score = excluded.score, last_score = excluded.last_score,
           measured_at = excluded.measured_at),
wrote_scores AS (
    INSERT INTO public.scores AS o (student_id, lab_id, check_id, score, verdict, measured_at)
    SELECT s.student_id, c.lab_id, c.check_id, r.score, r.verdict,
           'epoch'::timestamptz + r.at * '1 microsecond'::interval
      FROM doc, pg_catalog.jsonb_to_recordset(doc.j -> 'scores') AS r (student integer, "check" text, score float8,
                verdict text, at bigint)
      JOIN public.students s ON s.student_id = r.student
      JOIN public.checks c ON c.lab_id = $1::integer AND c.check_id = r."check"
    ON CONFLICT (student_id, check_id) DO UPDATE SET lab_id = excluded.lab_id, score = excluded.score,
           verdict = excluded.verdict, measured_at = excluded.measured_at),
wrote_progress AS (
    INSERT INTO public.progress (student_id, at, progress, steps_done)
    SELECT s.student_id, 'epoch'::timestamptz + r.at * '1 microsecond'::interval, r.progress, r.steps_done
      FROM doc, pg_catalog.jsonb_to_recordset(doc.j -> 'progress') AS r (student integer, at bigint, progress float8,
                steps_done integer)
      JOIN public.students s ON s.student_id = r.student
    ON CONFLICT (student_id, at) DO NOTHING),
wrote_events AS (
    INSERT INTO public.events (lab_id, student_id, at, kind, text)
    SELECT s.lab_id, s.student_id, 'epoch'::timestamptz + r.at * '1 microsecond'::interval, r.kind, r.text
      FROM doc, pg_catalog.jsonb_to_recordset(doc.j -> 'events') AS r (student integer, at bigint, kind text, text text)
      JOIN public.students s ON s.student_id = r.student)
INSERT INTO public.heartbeats AS h (lab_id, beat_at, turn)
SELECT l.lab_id, pg_catalog.clock_timestamp(), 1 FROM public.labs l WHERE l.lab_id = $1::integer
ON CONFLICT (lab_id) DO UPDATE SET beat_at = excluded.beat_at, turn = h.turn + 1
