-- The student's own mirror of the grid ($1, made by src/probe/feedback.c): touches schema lectern alone, and only
-- the rows that changed.
WITH row AS (
    SELECT r.position, r.step, r.object, r.title, r.score, r.verdict
      FROM pg_catalog.jsonb_to_recordset($1::pg_catalog.jsonb) AS r (position integer, step text, object text,
           title text, score float8, verdict text)),
removed AS (
    DELETE FROM lectern.progress p WHERE NOT EXISTS (SELECT FROM row WHERE row.position = p.position))
INSERT INTO lectern.progress AS p (position, step, object, title, score, verdict)
SELECT row.position, row.step, row.object, row.title, row.score, row.verdict FROM row
ON CONFLICT (position) DO UPDATE SET step = excluded.step, object = excluded.object, title = excluded.title,
       score = excluded.score, verdict = excluded.verdict, measured_at = pg_catalog.now()
 WHERE (p.step, p.object, p.title, p.score, p.verdict) IS DISTINCT FROM (excluded.step, excluded.object,
       excluded.title, excluded.score, excluded.verdict)
