-- The students of lab $1 with what came of lesson $2 (0: none was held) between $3 and $4, microseconds.  Of a
-- lesson whose results stand ($5) they are those, else what was measured last.
WITH span AS MATERIALIZED (
    SELECT 'epoch'::timestamptz + $3::bigint * '1 microsecond'::interval AS from_at,
           'epoch'::timestamptz + $4::bigint * '1 microsecond'::interval AS to_at),
happened AS MATERIALIZED (
    SELECT e.student_id, pg_catalog.count(*) FILTER (WHERE e.kind = 'reset') AS resets
      FROM span, public.events e
     WHERE e.at >= span.from_at AND e.at < span.to_at AND e.student_id IS NOT NULL
     GROUP BY e.student_id),
failed AS MATERIALIZED (
    SELECT x.student_id, pg_catalog.count(*) AS errors
      FROM span, public.errors x
     WHERE x.kind = 'error' AND x.at >= span.from_at AND x.at < span.to_at
     GROUP BY x.student_id),
noted AS MATERIALIZED (
    SELECT n.student_id, pg_catalog.count(*) AS notes
      FROM span, public.notes n
     WHERE n.at >= span.from_at AND n.at < span.to_at
     GROUP BY n.student_id)
SELECT s.student_id, s.login, s.name, s.email, s.seat, s.group_name, s.time_factor,
       CASE WHEN $5::boolean THEN r.progress ELSE a.progress END AS progress,
       CASE WHEN $5::boolean THEN r.steps_done WHEN a.progress IS NOT NULL THEN a.steps_done END AS steps_done,
       coalesce((extract(epoch FROM CASE WHEN $5::boolean THEN r.measured_at ELSE a.probed_at END) * 1000000)::bigint, 0)
           AS measured_us,
       coalesce((extract(epoch FROM a.first_seen_at) * 1000000)::bigint, 0) AS first_seen_us,
       coalesce(CASE WHEN $5::boolean THEN r.reason ELSE a.reason END, '') AS reason,
       coalesce(h.resets, 0) AS resets, coalesce(x.errors, 0) AS errors, coalesce(n.notes, 0) AS notes,
       coalesce(t.seconds, 0) AS extra_s
  FROM public.labs l
  JOIN public.students s USING (lab_id)
  LEFT JOIN public.activity a USING (student_id)
  LEFT JOIN public.results r ON r.student_id = s.student_id AND r.lesson_id = $2::integer
  LEFT JOIN public.extra_times t ON t.student_id = s.student_id AND t.lesson_id = $2::integer
  LEFT JOIN happened h ON h.student_id = s.student_id
  LEFT JOIN failed x ON x.student_id = s.student_id
  LEFT JOIN noted n ON n.student_id = s.student_id
 WHERE l.name = $1::text AND CASE WHEN $5::boolean THEN r.student_id IS NOT NULL ELSE s.is_active END
 ORDER BY s.position, s.student_id
