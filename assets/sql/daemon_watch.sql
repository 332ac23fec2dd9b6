-- lecternd's look at the class, each half second on the control connection: one row per student of lab $1.
-- Everything comes from the cluster's own statistics; no student's database is opened for it.
-- absence      why it is not measured: gone; closed; aside, under another name because another lab becomes
--              the current one (what has the student's name then is that lab's)
-- moved_us     the latest change of state of any session in the student's database but the probe's
-- active_us    the latest change of state of the student's own sessions
-- began_us     when the student logged in last, of the sessions that are there
-- open_us      since when the oldest of them sits idle in an open transaction
-- call         the statement of a call for help or thanks in an open or failed transaction, the latest one
-- called_us    when it began
-- counters     row changes in the database, catalogues included: immediate when a session ends, up to
--              10 s late while it stays
WITH session AS MATERIALIZED (
    SELECT a.datname,
           pg_catalog.count(*) FILTER (WHERE a.usename = a.datname) AS sessions,
           pg_catalog.count(*) FILTER (WHERE a.usename = a.datname AND a.wait_event_type = 'Lock') AS waiting,
           pg_catalog.max(a.state_change) AS moved,
           pg_catalog.max(a.state_change) FILTER (WHERE a.usename = a.datname) AS active,
           pg_catalog.max(a.backend_start) FILTER (WHERE a.usename = a.datname) AS began,
           pg_catalog.min(a.xact_start) FILTER (WHERE a.usename = a.datname
               AND a.state IN ('idle in transaction', 'idle in transaction (aborted)')) AS opened,
           (pg_catalog.array_agg(a.query ORDER BY a.query_start DESC) FILTER (WHERE c.calls))[1] AS call,
           pg_catalog.max(a.query_start) FILTER (WHERE c.calls) AS called
      FROM pg_catalog.pg_stat_activity a
     CROSS JOIN LATERAL (SELECT CASE WHEN a.usename = a.datname
               AND a.state IN ('idle in transaction', 'idle in transaction (aborted)')
               THEN a.query ~* 'lectern"?\s*\.\s*"?(help|thanks)' END AS calls) c
     WHERE a.backend_type = 'client backend' AND NOT pg_catalog.starts_with(a.usename::text, 'probe_')
     GROUP BY a.datname),
aside AS MATERIALIZED (
    SELECT DISTINCT pg_catalog.split_part(p.name, '~', 1) AS login
      FROM public.provisioned p
      JOIN pg_catalog.pg_database d ON d.datname = p.name::name
     WHERE p.kind = 'database' AND p.lab_id = $1::integer
       AND pg_catalog.split_part(p.name, '~', 2) <> '' AND pg_catalog.split_part(p.name, '~', 3) = '')
SELECT s.student_id,
       CASE WHEN w.login IS NOT NULL THEN 'aside' WHEN d.oid IS NULL THEN 'gone'
            WHEN NOT d.datallowconn THEN 'closed' ELSE '' END AS absence,
       d.oid AS database_id,
       coalesce(a.sessions, 0) AS sessions,
       coalesce(a.waiting, 0) AS waiting,
       coalesce((extract(epoch FROM a.moved) * 1000000)::bigint, 0) AS moved_us,
       coalesce((extract(epoch FROM a.active) * 1000000)::bigint, 0) AS active_us,
       coalesce((extract(epoch FROM a.began) * 1000000)::bigint, 0) AS began_us,
       coalesce((extract(epoch FROM a.opened) * 1000000)::bigint, 0) AS open_us,
       a.call,
       coalesce((extract(epoch FROM a.called) * 1000000)::bigint, 0) AS called_us,
       coalesce(pg_catalog.pg_stat_get_db_tuples_inserted(d.oid) + pg_catalog.pg_stat_get_db_tuples_updated(d.oid)
              + pg_catalog.pg_stat_get_db_tuples_deleted(d.oid), 0) AS counters
  FROM public.students s
  LEFT JOIN pg_catalog.pg_database d ON d.datname = s.login::name
  LEFT JOIN aside w ON w.login = s.login
  LEFT JOIN session a ON a.datname = s.login::name
 WHERE s.lab_id = $1::integer AND s.is_active
 ORDER BY s.position, s.student_id
