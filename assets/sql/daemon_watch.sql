-- lecternd's look at the class, each half second on the control connection: one row per student of lab $1.
-- Everything comes from the cluster's own statistics; no student's database is opened for it.
-- absence      why it is not measured: gone; closed; aside, under another name because another lab becomes
--              the current one (what has the student's name then is that lab's)
-- moved_us     the latest change of state of any session in the student's database but the probe's
-- active_us    the latest change of state of the student's own sessions
-- began_us     when the student logged in last, of the sessions that are there
-- open_us      since when the oldest of them sits idle in an open transaction
-- failed_us    since when one sits in a transaction that an error aborted: of that the server no longer says when
--              it began, and each further statement that it refuses counts anew
-- call         the statement of a call for help or thanks in an open or failed transaction, the latest one
-- called_us    when it began
-- holder       who holds the lock that the student waits for: a login, or what it is; holder_own: 1 when that is
--              another session of the student's own login; holder_from: its address, if it is not the waiting one's;
--              holder_open_us: since when its transaction is open, if it does nothing in it
-- keeps        who waits for a lock of the student's
-- counters     row changes in the database, catalogues included: immediate when a session ends, up to
--              10 s late while it stays
WITH activity AS MATERIALIZED (
    SELECT a.pid, a.datname, a.usename, a.client_addr, a.backend_type, a.state, a.state_change, a.xact_start,
           a.query_start, a.backend_start, a.query, a.wait_event_type,
           pg_catalog.starts_with(a.usename::text, 'probe_') AS probes
      FROM pg_catalog.pg_stat_activity a),
session AS MATERIALIZED (
    SELECT a.datname,
           pg_catalog.count(*) FILTER (WHERE a.usename = a.datname) AS sessions,
           pg_catalog.count(*) FILTER (WHERE a.usename = a.datname AND a.wait_event_type = 'Lock') AS waiting,
           pg_catalog.max(a.state_change) AS moved,
           pg_catalog.max(a.state_change) FILTER (WHERE a.usename = a.datname) AS active,
           pg_catalog.max(a.backend_start) FILTER (WHERE a.usename = a.datname) AS began,
           pg_catalog.min(a.xact_start) FILTER (WHERE a.usename = a.datname
               AND a.state IN ('idle in transaction', 'idle in transaction (aborted)')) AS opened,
           pg_catalog.min(a.state_change) FILTER (WHERE a.usename = a.datname
               AND a.state = 'idle in transaction (aborted)' AND a.xact_start IS NULL) AS failed,
           (pg_catalog.array_agg(a.query ORDER BY a.query_start DESC) FILTER (WHERE c.calls))[1] AS call,
           pg_catalog.max(a.query_start) FILTER (WHERE c.calls) AS called
      FROM activity a
     CROSS JOIN LATERAL (SELECT CASE WHEN a.usename = a.datname
               AND a.state IN ('idle in transaction', 'idle in transaction (aborted)')
               THEN a.query ~* 'lectern"?\s*\.\s*"?(help|thanks)' END AS calls) c
     WHERE a.backend_type = 'client backend' AND NOT a.probes
     GROUP BY a.datname),
-- Who waits for whom.  Asking takes a lock on the whole table of locks: only for those who wait, and for the
-- sixty who wait longest when there are more.
wait AS MATERIALIZED (
    SELECT w.datname, w.usename, w.client_addr, w.probes, b.pid AS holder
      FROM (SELECT a.* FROM activity a WHERE a.backend_type = 'client backend' AND a.wait_event_type = 'Lock'
             ORDER BY a.query_start LIMIT 60) w
     CROSS JOIN LATERAL pg_catalog.unnest(pg_catalog.pg_blocking_pids(w.pid)) AS b(pid)),
held AS (
    SELECT DISTINCT ON (w.datname) w.datname,
           CASE WHEN w.holder = 0 THEN 'a prepared transaction' WHEN h.probes THEN 'the measuring'
                ELSE coalesce(h.usename::text, h.backend_type) END AS who,
           h.usename = w.usename AS own,
           CASE WHEN h.client_addr <> w.client_addr THEN pg_catalog.host(h.client_addr) END AS address,
           CASE WHEN h.state IN ('idle in transaction', 'idle in transaction (aborted)') THEN h.xact_start END AS opened
      FROM wait w
      LEFT JOIN activity h ON h.pid = w.holder
     WHERE w.usename = w.datname
     ORDER BY w.datname, h.wait_event_type = 'Lock' NULLS FIRST, h.xact_start),
keeping AS (
    SELECT h.datname, pg_catalog.string_agg(DISTINCT CASE WHEN w.probes THEN 'the measuring'
               WHEN w.usename = h.usename THEN 'another session of this login' ELSE w.usename::text END, ', ') AS whom
      FROM wait w
      JOIN activity h ON h.pid = w.holder
     WHERE h.usename = h.datname
     GROUP BY h.datname),
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
       coalesce((extract(epoch FROM a.failed) * 1000000)::bigint, 0) AS failed_us,
       a.call,
       coalesce((extract(epoch FROM a.called) * 1000000)::bigint, 0) AS called_us,
       held.who AS holder, held.own::integer AS holder_own, held.address AS holder_from,
       coalesce((extract(epoch FROM held.opened) * 1000000)::bigint, 0) AS holder_open_us, keeping.whom AS keeps,
       coalesce(pg_catalog.pg_stat_get_db_tuples_inserted(d.oid) + pg_catalog.pg_stat_get_db_tuples_updated(d.oid)
              + pg_catalog.pg_stat_get_db_tuples_deleted(d.oid), 0) AS counters
  FROM public.students s
  LEFT JOIN pg_catalog.pg_database d ON d.datname = s.login::name
  LEFT JOIN aside w ON w.login = s.login
  LEFT JOIN session a ON a.datname = s.login::name
  LEFT JOIN held ON held.datname = s.login::name
  LEFT JOIN keeping ON keeping.datname = s.login::name
 WHERE s.lab_id = $1::integer AND s.is_active
 ORDER BY s.position, s.student_id
