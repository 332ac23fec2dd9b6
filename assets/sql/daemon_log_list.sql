-- The files of the server's JSON log that have something new, the oldest first.  Times are microseconds UTC.
-- begun        the log was read before: a file that is not known is a new one
-- moved        written to since it was read
-- head         its first bytes when it was read last, to know a file that was written anew under its old name
SELECT f.name AS file, f.size, (extract(epoch FROM f.modification) * 1000000)::bigint AS modified_us,
       coalesce(m.read_to, 0) AS read_to, m.modified_at IS DISTINCT FROM f.modification AS moved,
       (extract(epoch FROM pg_catalog.clock_timestamp()) * 1000000)::bigint AS now_us,
       coalesce(pg_catalog.encode(m.head, 'hex'), '') AS head, EXISTS (SELECT FROM public.log_marks) AS begun
  FROM pg_catalog.pg_ls_logdir() f
  LEFT JOIN public.log_marks m ON m.file = f.name
 WHERE f.name ~ '^[A-Za-z0-9_.-]{1,100}\.json$' AND f.name !~ '\.\.'
   AND (m.file IS NULL OR m.read_to <> f.size OR m.modified_at IS DISTINCT FROM f.modification)
 ORDER BY f.modification, f.name
