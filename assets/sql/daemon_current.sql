-- At each beat of lecternd: which lab is current, what time it is, and its lesson.  Times are microseconds UTC.
-- ending_*     a lesson that has ended, of whichever lab, whose results do not stand yet
-- lesson       the lab's last lesson, with its pauses and extra times, as src/lab/lesson_plan.h takes it
SELECT l.lab_id, l.generation, (extract(epoch FROM pg_catalog.clock_timestamp()) * 1000000)::bigint AS now_us,
       e.lesson_id AS ending_id, e.lab_id AS ending_lab, (extract(epoch FROM e.ended_at) * 1000000)::bigint AS ending_us,
       (SELECT pg_catalog.jsonb_build_object(
                   'lesson', o.lesson_id, 'length', o.length_s,
                   'start', (extract(epoch FROM o.started_at) * 1000000)::bigint,
                   'ended', (extract(epoch FROM o.ended_at) * 1000000)::bigint,
                   'pauses', (SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_array(
                                         (extract(epoch FROM p.from_at) * 1000000)::bigint,
                                         (extract(epoch FROM p.to_at) * 1000000)::bigint) ORDER BY p.from_at)
                                FROM public.lesson_pauses p WHERE p.lesson_id = o.lesson_id),
                   'extra', (SELECT pg_catalog.jsonb_object_agg(x.student_id, x.seconds)
                               FROM public.extra_times x WHERE x.lesson_id = o.lesson_id))::text
          FROM public.lessons o
         WHERE o.lab_id = l.lab_id
         ORDER BY o.started_at DESC, o.lesson_id DESC
         LIMIT 1) AS lesson
  FROM public.labs l
  LEFT JOIN LATERAL (SELECT o.lesson_id, o.lab_id, o.ended_at
                       FROM public.lessons o
                      WHERE o.frozen_at IS NULL AND o.ended_at <= pg_catalog.clock_timestamp()
                      ORDER BY o.lab_id = l.lab_id, o.lesson_id
                      LIMIT 1) e ON true
 WHERE l.is_current
