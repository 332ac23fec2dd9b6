-- The current lab's students with what was measured of them so far.  Times are microseconds UTC, 0 when unknown.
-- timeline     the latest progress on record
SELECT s.student_id, s.login, s.seat, s.time_factor, a.progress,
       (SELECT p.progress FROM public.progress p WHERE p.student_id = s.student_id ORDER BY p.at DESC LIMIT 1)
           AS timeline,
       coalesce(a.steps_done, 0) AS steps_done, a.current_step_id,
       coalesce(a.state, 'unknown') AS state, coalesce(a.reason, '') AS reason,
       coalesce(a.need, '') AS need, coalesce(a.need_reason, '') AS need_reason,
       coalesce((extract(epoch FROM a.need_since_at) * 1000000)::bigint, 0) AS need_since_us,
       coalesce((extract(epoch FROM a.need_raised_at) * 1000000)::bigint, 0) AS need_raised_us,
       coalesce((extract(epoch FROM a.first_seen_at) * 1000000)::bigint, 0) AS first_seen_us,
       coalesce((extract(epoch FROM a.last_progress_at) * 1000000)::bigint, 0) AS last_progress_us,
       coalesce((extract(epoch FROM a.last_activity_at) * 1000000)::bigint, 0) AS last_activity_us,
       coalesce((extract(epoch FROM a.probed_at) * 1000000)::bigint, 0) AS probed_us,
       coalesce(a.sessions, 0) AS sessions, coalesce(a.failed_logins, 0) AS failed_logins, a.database_bytes
  FROM public.students s
  JOIN public.labs l USING (lab_id)
  LEFT JOIN public.activity a USING (student_id)
 WHERE l.is_current AND s.is_active
 ORDER BY s.position, s.student_id
