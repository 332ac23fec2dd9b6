-- The class's words for the console, one JSON document each second: the lesson's clock, the announcement, hands,
-- what the class lacks, what happened.  $1: the lab's name, or '' for the current one.  Times are
-- microseconds of UTC.  What ended more than 12 hours ago is of another day.
WITH lab AS (
    SELECT l.lab_id FROM public.labs l
     WHERE CASE WHEN $1::text = '' THEN l.is_current ELSE l.name = $1::text END),
lesson AS (
    SELECT n.* FROM public.lessons n JOIN lab USING (lab_id)
     WHERE n.frozen_at IS NULL OR n.frozen_at > pg_catalog.now() - interval '12 hours'
     ORDER BY n.lesson_id DESC LIMIT 1),
hand AS (
    SELECT h.*, s.login
      FROM public.hands h JOIN public.students s USING (student_id) JOIN lab USING (lab_id)
     WHERE s.is_active
       AND (h.resolved_at IS NULL OR h.resolved_at > pg_catalog.now() - interval '12 hours')),
shown AS (
    SELECT * FROM hand ORDER BY resolved_at DESC NULLS FIRST, hand_id DESC LIMIT 1000),
event AS (
    SELECT e.event_id, e.at, e.kind, e.actor, e.text, s.login
      FROM public.events e JOIN lab USING (lab_id) LEFT JOIN public.students s USING (student_id)
     ORDER BY e.event_id DESC LIMIT 200)
SELECT pg_catalog.json_build_object(
    'lesson', (
        SELECT pg_catalog.json_build_object(
                   'started', (extract(epoch FROM n.started_at) * 1000000)::bigint,
                   'length_s', n.length_s,
                   'ended', (extract(epoch FROM n.ended_at) * 1000000)::bigint,
                   'frozen', n.frozen_at IS NOT NULL,
                   'pauses', (
                       SELECT pg_catalog.json_agg(pg_catalog.json_build_array(
                                  (extract(epoch FROM p.from_at) * 1000000)::bigint,
                                  (extract(epoch FROM p.to_at) * 1000000)::bigint) ORDER BY p.from_at)
                         FROM public.lesson_pauses p WHERE p.lesson_id = n.lesson_id),
                   'extra', (
                       SELECT pg_catalog.json_object_agg(s.login, x.seconds)
                         FROM public.extra_times x JOIN public.students s USING (student_id)
                        WHERE x.lesson_id = n.lesson_id))
          FROM lesson n),
    'announcement', (
        SELECT a.text FROM public.announcements a JOIN lab USING (lab_id)
         WHERE a.ended_at IS NULL AND (a.until_at IS NULL OR a.until_at > pg_catalog.now())
         ORDER BY a.announcement_id DESC LIMIT 1),
    'helped', (
        SELECT pg_catalog.json_object_agg(c.login, c.n)
          FROM (SELECT login, pg_catalog.count(*) AS n FROM hand
                 WHERE outcome IN ('helped', 'thanks') AND helper <> '' GROUP BY login) AS c),
    'hands', (
        SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
                   'id', h.hand_id, 'login', h.login, 'message', h.message, 'state', h.state,
                   'helper', h.helper, 'outcome', h.outcome, 'note', h.note, 'not_found', h.not_found,
                   'raised', (extract(epoch FROM h.raised_at) * 1000000)::bigint,
                   'claimed', (extract(epoch FROM h.claimed_at) * 1000000)::bigint,
                   'resolved', (extract(epoch FROM h.resolved_at) * 1000000)::bigint))
          FROM shown h),
    'lacks', (
        SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
                   'step', p.name, 'here', k.here, 'lack', k.lack, 'at', k.at,
                   'since', (extract(epoch FROM k.since_at) * 1000000)::bigint,
                   'missed', k.missed, 'misses', k.misses, 'hardest', k.is_hardest))
          FROM public.step_lacks k JOIN public.steps p USING (step_id) JOIN lab USING (lab_id)),
    'events', (
        SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
                   'at', (extract(epoch FROM e.at) * 1000000)::bigint, 'kind', e.kind,
                   'login', e.login, 'actor', e.actor, 'text', pg_catalog."left"(e.text, 500))
                   ORDER BY e.event_id DESC)
          FROM event e))::text
