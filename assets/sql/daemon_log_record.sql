-- What a turn read in the server's log, whole or not at all: how far each file was read, with what stood there
-- ($2, a JSON document made by src/probe/listen_record.c).  Nothing is read twice and nothing is lost, whenever
-- lecternd or Postgres ends.  Times are microseconds since 1970.
WITH doc AS MATERIALIZED (SELECT $2::pg_catalog.jsonb AS j),
wrote_marks AS (
    INSERT INTO public.log_marks AS m (file, read_to, modified_at, head)
    SELECT r.file, r.read_to, 'epoch'::timestamptz + r.modified * '1 microsecond'::interval,
           pg_catalog.decode(r.head, 'hex')
      FROM doc, pg_catalog.jsonb_to_recordset(doc.j -> 'marks') AS r (file text, read_to bigint, modified bigint,
                head text)
    ON CONFLICT (file) DO UPDATE SET read_to = excluded.read_to, modified_at = excluded.modified_at,
           head = excluded.head),
wrote_errors AS (
    INSERT INTO public.errors (student_id, at, kind, sqlstate, message, statement, position)
    SELECT s.student_id, 'epoch'::timestamptz + r.at * '1 microsecond'::interval, r.kind, r.sqlstate, r.message,
           r.statement, r.position
      FROM doc, pg_catalog.jsonb_to_recordset(doc.j -> 'errors') AS r (place integer, student integer,
                at bigint, kind text, sqlstate text, message text, statement text, "position" integer)
      JOIN public.students s ON s.student_id = r.student
     ORDER BY r.place),
wrote_activity AS (
    INSERT INTO public.activity AS a (student_id, errors, failed_logins)
    SELECT s.student_id, r.errors, r.failed
      FROM doc, pg_catalog.jsonb_to_recordset(doc.j -> 'students') AS r (student integer, errors bigint,
                failed integer)
      JOIN public.students s ON s.student_id = r.student
    ON CONFLICT (student_id) DO UPDATE SET errors = a.errors + excluded.errors,
           failed_logins = excluded.failed_logins)
INSERT INTO public.events (lab_id, student_id, kind, text)
SELECT l.lab_id, s.student_id, 'log', r.text
  FROM doc, pg_catalog.jsonb_to_recordset(doc.j -> 'events') AS r (student integer, text text)
  JOIN public.labs l ON l.lab_id = $1::integer
  LEFT JOIN public.students s ON s.student_id = r.student
