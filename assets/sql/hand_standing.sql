-- How the student's hand stands ($1, made by src/probe/hands.c), and a word to the sessions that listen (the psqlrc
-- of the hand-out does) when that is news: somebody comes, came in vain, put it off, or not many are before it any more.
WITH new AS (
    SELECT r.* FROM pg_catalog.jsonb_to_record($1::pg_catalog.jsonb) AS r (heard bigint, state text, place integer,
           raised bigint, message text, helper text, not_found integer, helped_today integer)),
old AS (SELECT s.state, s.place, s.helper, s.not_found FROM lectern.standing s),
wrote AS (
    INSERT INTO lectern.standing AS s (heard_at, state, place, raised_at, message, helper, not_found, helped_today)
    SELECT 'epoch'::timestamptz + n.heard * '1 microsecond'::interval, n.state, n.place,
           CASE WHEN n.raised > 0 THEN 'epoch'::timestamptz + n.raised * '1 microsecond'::interval END,
           n.message, n.helper, n.not_found, n.helped_today
      FROM new n
    ON CONFLICT (one) DO UPDATE SET heard_at = excluded.heard_at, state = excluded.state, place = excluded.place,
           raised_at = excluded.raised_at, message = excluded.message, helper = excluded.helper,
           not_found = excluded.not_found, helped_today = excluded.helped_today
     WHERE (s.heard_at, s.state, s.place, s.raised_at, s.message, s.helper, s.not_found, s.helped_today)
           IS DISTINCT FROM (excluded.heard_at, excluded.state, excluded.place, excluded.raised_at, excluded.message,
           excluded.helper, excluded.not_found, excluded.helped_today))
SELECT pg_catalog.pg_notify('lectern', news.text)
  FROM (SELECT CASE WHEN n.state = 'claimed' AND (o.state, o.helper) IS DISTINCT FROM (n.state, n.helper)
                    THEN n.helper || ' comes to help you'
                    WHEN n.not_found > coalesce(o.not_found, 0)
                    THEN 'they came and did not find you: say lectern.help() again'
                    WHEN n.state = 'paused' AND o.state IS DISTINCT FROM 'paused'
                    THEN 'your call is put off for a while; your place is kept'
                    WHEN n.state = 'waiting' AND n.place < o.place
                    THEN CASE WHEN n.place = 1 THEN 'you are next' WHEN n.place <= 3 THEN 'you have place ' || n.place END
                    END AS text
          FROM new n LEFT JOIN old o ON true) news
 WHERE news.text IS NOT NULL
