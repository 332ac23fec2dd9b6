-- What was learnt of the current lab's class, when lecternd begins to measure it.
SELECT m.learnt::text AS learnt, (extract(epoch FROM m.at) * 1000000)::bigint AS at_us
  FROM public.class_memory m
  JOIN public.labs l USING (lab_id)
 WHERE l.is_current
