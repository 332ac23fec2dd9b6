-- The results of lesson $1 stand: what is known of each student now is written down, with the time of the
-- measurement, and the lesson is over.  Run by lecternd when everybody was measured behind its end, or cannot be.
-- What is unknown by then has the last value that was known, and the reason.  Hands that are still up go down: nobody
-- comes any more; to whom somebody had come is not withdrawn, but how it ended nobody said.  Who asks behind the end
-- keeps the hand.  Nothing happens a second time.
WITH frozen AS (
    UPDATE public.lessons s SET frozen_at = pg_catalog.clock_timestamp()
     WHERE s.lesson_id = $1::integer AND s.frozen_at IS NULL AND s.ended_at <= pg_catalog.clock_timestamp()
    RETURNING s.lesson_id, s.lab_id, s.ended_at),
scored AS (
    SELECT c.student_id, pg_catalog.jsonb_object_agg(t.name, coalesce(c.score, c.last_score)) AS steps,
           pg_catalog.bool_or(c.score IS NULL) AS partly
      FROM frozen f JOIN public.steps t USING (lab_id) JOIN public.step_scores c USING (step_id)
     GROUP BY c.student_id),
wrote AS (
    INSERT INTO public.results (lesson_id, student_id, progress, steps_done, steps, measured_at, reason)
    SELECT f.lesson_id, s.student_id, coalesce(a.progress, p.progress),
           CASE WHEN a.progress IS NOT NULL THEN a.steps_done ELSE p.steps_done END,
           coalesce(c.steps, '{}'::pg_catalog.jsonb), a.probed_at,
           CASE WHEN a.progress IS NULL OR c.partly THEN coalesce(a.reason, '') ELSE '' END
      FROM frozen f JOIN public.students s USING (lab_id)
      LEFT JOIN public.activity a USING (student_id)
      LEFT JOIN scored c USING (student_id)
      LEFT JOIN LATERAL (SELECT o.progress, o.steps_done FROM public.progress o
                          WHERE o.student_id = s.student_id ORDER BY o.at DESC LIMIT 1) p ON true
     WHERE s.is_active
    ON CONFLICT (lesson_id, student_id) DO UPDATE SET progress = excluded.progress,
           steps_done = excluded.steps_done, steps = excluded.steps, measured_at = excluded.measured_at,
           reason = excluded.reason
    RETURNING student_id),
lowered AS (
    UPDATE public.hands h SET state = 'resolved', resolved_at = pg_catalog.clock_timestamp(),
           outcome = CASE WHEN h.state = 'claimed' THEN '' ELSE 'withdrawn' END
      FROM frozen f JOIN public.students s USING (lab_id)
     WHERE h.student_id = s.student_id AND h.resolved_at IS NULL AND h.said_at <= f.ended_at
    RETURNING f.lab_id, h.student_id, h.outcome),
told AS (
    INSERT INTO public.events (lab_id, student_id, kind, text)
    SELECT l.lab_id, l.student_id, CASE l.outcome WHEN '' THEN 'hand_resolved' ELSE 'hand_withdrawn' END,
           'the lesson is over'
      FROM lowered l)
INSERT INTO public.events (lab_id, kind, text)
SELECT f.lab_id, 'lesson_frozen', (SELECT pg_catalog.count(*) FROM wrote)::text || ' results'
  FROM frozen f
RETURNING lab_id
