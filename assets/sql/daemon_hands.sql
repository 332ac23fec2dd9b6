-- How the hands of lab $1 stand: one row per student who ever said something, in the order of the watch.
SELECT m.student_id,
       coalesce((extract(epoch FROM m.said_at) * 1000000)::bigint, 0) AS heard_us,
       coalesce(m.database_oid, 0) AS database_id, coalesce(m.source_id, 0) AS source_id,
       coalesce(t.helped, 0) AS helped,
       coalesce(q.state, '') AS state, q.place,
       coalesce((extract(epoch FROM q.raised_at) * 1000000)::bigint, 0) AS raised_us,
       coalesce(q.message, '') AS message, coalesce(q.helper, '') AS helper, coalesce(q.not_found, 0) AS not_found
  FROM public.hand_marks m
  JOIN public.students s USING (student_id)
  LEFT JOIN public.hand_queue q USING (student_id)
  LEFT JOIN public.helped_today t USING (student_id)
 WHERE s.lab_id = $1::integer AND s.is_active
 ORDER BY s.position, s.student_id
