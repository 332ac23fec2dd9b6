-- One turn of lecternd, whole or not at all: what changed since the last turn ($2, a JSON document made by
-- src/probe/record.c) and the heartbeat of lab $1.  Rows of students, steps and checks that `apply` removed
-- in the meantime are left out by the joins.  Times are microseconds since 1970.
WITH doc AS MATERIALIZED (SELECT $2::pg_catalog.jsonb AS j),
stood AS MATERIALIZED (
    SELECT s.student_id, r.progress, r.steps_done, t.step_id, r.state, r.reason,
           'epoch'::timestamptz + r.first_seen * '1 microsecond'::interval AS first_seen_at,
           'epoch'::timestamptz + r.last_progress * '1 microsecond'::interval AS last_progress_at,
           'epoch'::timestamptz + r.last_activity * '1 microsecond'::interval AS last_activity_at,
           'epoch'::timestamptz + r.probed * '1 microsecond'::interval AS probed_at, r.sessions, r.bytes,
           r.need, r.need_reason, r.need_severity,
           'epoch'::timestamptz + r.need_since * '1 microsecond'::interval AS need_since_at,
           'epoch'::timestamptz + r.need_raised * '1 microsecond'::interval AS need_raised_at
      FROM doc, pg_catalog.jsonb_to_recordset(doc.j -> 'activity') AS r (student integer, progress float8,
                steps_done integer, current_step integer, state text, reason text, first_seen bigint,
                last_progress bigint, last_activity bigint, probed bigint, sessions integer, bytes bigint,
                need text, need_reason text, need_severity integer, need_since bigint, need_raised bigint)
      JOIN public.students s ON s.student_id = r.student
      LEFT JOIN public.steps t ON t.step_id = r.current_step),
wrote_activity AS (
    INSERT INTO public.activity AS a (student_id, progress, steps_done, current_step_id, state, reason, first_seen_at,
                                      last_progress_at, last_activity_at, probed_at, sessions, database_bytes,
                                      need, need_reason, need_severity, need_since_at, need_raised_at)
    SELECT * FROM stood
    ON CONFLICT (student_id) DO UPDATE SET
           progress = excluded.progress, steps_done = excluded.steps_done, current_step_id = excluded.current_step_id,
           state = excluded.state, reason = excluded.reason, first_seen_at = excluded.first_seen_at,
           last_progress_at = excluded.last_progress_at, last_activity_at = excluded.last_activity_at,
           probed_at = excluded.probed_at, sessions = excluded.sessions, database_bytes = excluded.database_bytes,
           need = excluded.need, need_reason = excluded.need_reason, need_severity = excluded.need_severity,
           need_since_at = excluded.need_since_at, need_raised_at = excluded.need_raised_at),
-- The history: a need that is another one than before ends the last, with its last words.
ended AS (
    UPDATE public.needs n SET ended_at = pg_catalog.now(), reason = a.need_reason
      FROM stood r JOIN public.activity a USING (student_id)
     WHERE n.student_id = r.student_id AND n.ended_at IS NULL
       AND (n.kind, n.raised_at) IS DISTINCT FROM (r.need, r.need_raised_at)
    RETURNING n.need_id),
raised AS (
    INSERT INTO public.needs (student_id, kind, reason, step_id, since_at, raised_at)
    SELECT r.student_id, r.need, r.need_reason, r.step_id, r.need_since_at, r.need_raised_at
      FROM stood r
      LEFT JOIN public.needs n ON n.student_id = r.student_id AND n.ended_at IS NULL
           AND n.kind = r.need AND n.raised_at = r.need_raised_at
     CROSS JOIN (SELECT pg_catalog.count(*) FROM ended) AS first -- there is one open need of a student at a time
     WHERE r.need <> '' AND n.need_id IS NULL),
left_over AS ( -- of students who left the roster, and of another lab that was current
    UPDATE public.needs n SET ended_at = pg_catalog.now()
      FROM doc, public.students s
     WHERE pg_catalog.jsonb_typeof(doc.j -> 'memory') = 'object' AND n.ended_at IS NULL AND s.student_id = n.student_id
       AND (s.lab_id <> $1::integer OR NOT s.is_active)),
wrote_memory AS (
    INSERT INTO public.class_memory AS m (lab_id, learnt, at)
    SELECT l.lab_id, doc.j -> 'memory', pg_catalog.now()
      FROM doc JOIN public.labs l ON l.lab_id = $1::integer WHERE pg_catalog.jsonb_typeof(doc.j -> 'memory') = 'object'
    ON CONFLICT (lab_id) DO UPDATE SET learnt = excluded.learnt, at = excluded.at),
wrote_lacks AS (
    INSERT INTO public.step_lacks AS o (step_id, here, lack, at, since_at, missed, misses, is_hardest)
    SELECT t.step_id, r.here, r.lack, r.at, 'epoch'::timestamptz + r.since * '1 microsecond'::interval, r.missed,
           r.misses, r.hardest
      FROM doc, pg_catalog.jsonb_to_recordset(doc.j -> 'lacks') AS r (step integer, here integer, lack integer,
                at integer, since bigint, missed text, misses integer, hardest boolean)
      JOIN public.steps t ON t.step_id = r.step
    ON CONFLICT (step_id) DO UPDATE SET here = excluded.here, lack = excluded.lack, at = excluded.at,
           since_at = excluded.since_at, missed = excluded.missed, misses = excluded.misses,
           is_hardest = excluded.is_hardest),
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
