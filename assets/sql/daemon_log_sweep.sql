-- Students' errors are kept no longer than a lesson needs them: a day, the latest 200 of each, and once a lesson
-- is over none from before it.  And marks of files that are gone.
-- has_json     the server writes the log that lecternd reads
WITH forgot AS (
    DELETE FROM public.log_marks m WHERE NOT EXISTS
           (SELECT FROM pg_catalog.pg_ls_logdir() f WHERE f.name = m.file)),
ranked AS MATERIALIZED (
    SELECT e.error_id, pg_catalog.row_number() OVER (PARTITION BY e.student_id ORDER BY e.at DESC, e.error_id DESC) AS n
      FROM public.errors e),
over AS MATERIALIZED (
    SELECT l.lab_id, pg_catalog.max(l.started_at) AS started_at FROM public.lessons l
     WHERE l.frozen_at IS NOT NULL GROUP BY l.lab_id),
swept AS (
    DELETE FROM public.errors e USING ranked r, public.students s
     WHERE r.error_id = e.error_id AND s.student_id = e.student_id
       AND (r.n > 200 OR e.at < pg_catalog.clock_timestamp() - '24 hours'::interval
            OR e.at < (SELECT o.started_at FROM over o WHERE o.lab_id = s.lab_id)))
SELECT pg_catalog.current_setting('logging_collector') = 'on'
       AND pg_catalog.current_setting('log_destination') LIKE '%jsonlog%' AS has_json
