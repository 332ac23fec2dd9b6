-- What the console shows of the student who is open, one JSON document: errors, sessions, his progress over
-- the lesson and the class's median beside it, his history with the notes.  $1: the lab's name, or '' for
-- the current one; $2: the login; $3: with the medians, which cost most and change slowest.
WITH student AS (
    SELECT s.student_id, s.lab_id, s.login
      FROM public.labs l JOIN public.students s USING (lab_id)
     WHERE CASE WHEN $1::text = '' THEN l.is_current ELSE l.name = $1::text END AND s.login = $2::text),
-- Since the lesson began; without one since he began today.
since AS (
    SELECT coalesce(
        (SELECT n.started_at FROM public.lessons n JOIN student USING (lab_id)
          WHERE n.frozen_at IS NULL OR n.frozen_at > pg_catalog.now() - interval '12 hours'
          ORDER BY n.lesson_id DESC LIMIT 1),
        (SELECT pg_catalog.min(p.at) FROM public.progress p JOIN student USING (student_id)
          WHERE p.at > pg_catalog.now() - interval '12 hours'),
        pg_catalog.now() - interval '1 hour') AS at),
point AS (
    (SELECT greatest(p.at, since.at) AS at, p.progress
       FROM public.progress p JOIN student USING (student_id), since
      WHERE p.at <= since.at ORDER BY p.at DESC LIMIT 1)
    UNION ALL
    (SELECT p.at, p.progress
       FROM public.progress p JOIN student USING (student_id), since
      WHERE p.at > since.at ORDER BY p.at DESC LIMIT 1000)),
moment AS (
    SELECT since.at + (pg_catalog.now() - since.at) * i / 40 AS at
      FROM since, pg_catalog.generate_series(0, 40) AS i WHERE $3::boolean),
median AS (
    SELECT m.at, pg_catalog.percentile_cont(0.5) WITHIN GROUP (ORDER BY v.progress) AS progress
      FROM moment m
      JOIN public.students s ON s.lab_id = (SELECT lab_id FROM student) AND s.is_active
     CROSS JOIN LATERAL (
           SELECT p.progress FROM public.progress p
            WHERE p.student_id = s.student_id AND p.at <= m.at ORDER BY p.at DESC LIMIT 1) AS v
     GROUP BY m.at),
-- A note is an event, too.
happened AS (
    SELECT e.at, e.kind, e.actor, e.text FROM public.events e JOIN student USING (student_id)
     ORDER BY e.at DESC LIMIT 200)
SELECT pg_catalog.json_build_object(
    'login', s.login,
    'errors', (
        SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
                   'at', (extract(epoch FROM e.at) * 1000000)::bigint, 'kind', e.kind, 'sqlstate', e.sqlstate,
                   'message', pg_catalog."left"(e.message, 500), 'statement', e.statement, 'position', e.position)
                   ORDER BY e.at DESC, e.error_id DESC)
          FROM (SELECT * FROM public.errors x WHERE x.student_id = s.student_id
                 ORDER BY x.at DESC, x.error_id DESC LIMIT 50) AS e),
    'sessions', (
        SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
                   'pid', x.pid, 'state', x.state, 'application', x.application, 'query', x.query,
                   'since', (extract(epoch FROM x.since_at) * 1000000)::bigint, 'waits_for', x.waits_for)
                   ORDER BY x.pid)
          FROM public.student_sessions(s.login) AS x),
    'points', (
        SELECT pg_catalog.json_agg(pg_catalog.json_build_array(
                   (extract(epoch FROM p.at) * 1000000)::bigint, p.progress) ORDER BY p.at)
          FROM point p),
    'medians', (
        SELECT pg_catalog.json_agg(pg_catalog.json_build_array(
                   (extract(epoch FROM m.at) * 1000000)::bigint, m.progress) ORDER BY m.at)
          FROM median m),
    'events', (
        SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
                   'at', (extract(epoch FROM h.at) * 1000000)::bigint, 'kind', h.kind, 'actor', h.actor,
                   'text', pg_catalog."left"(h.text, 500)) ORDER BY h.at DESC)
          FROM happened h))::text
  FROM student s
