-- One text that changes when anything was created, changed, filled or dropped in this database, or locked and let
-- go.  Counts changed rows, of user tables and of the catalogues (any DDL).  Shared catalogues are left out: their
-- counters are the cluster's, one student's CREATE TABLE would look like a change everywhere.
SELECT pg_catalog.concat_ws('/', t.users, t.catalogues, t.files,
           (SELECT pg_catalog.count(*) FROM pg_catalog.pg_locks l
             WHERE l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock' AND l.pid <> pg_catalog.pg_backend_pid()
               AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())))
           AS fingerprint
  FROM (SELECT pg_catalog.sum(x.changes) FILTER (WHERE x.space <> 11) AS users,
               pg_catalog.sum(x.changes) FILTER (WHERE x.space = 11) AS catalogues,
               pg_catalog.sum(x.file) FILTER (WHERE x.space <> 11) AS files
          FROM (SELECT pg_catalog.int8(c.relnamespace) AS space, pg_catalog.int8(c.relfilenode) AS file,
                       pg_catalog.pg_stat_get_tuples_inserted(c.oid) + pg_catalog.pg_stat_get_tuples_updated(c.oid)
                     + pg_catalog.pg_stat_get_tuples_deleted(c.oid) AS changes
                  FROM pg_catalog.pg_class c
                 WHERE c.relkind IN ('r', 'm') AND NOT c.relisshared AND c.relpersistence <> 't'
                   AND c.relname NOT IN ('pg_statistic', 'pg_statistic_ext_data')
                   AND c.relnamespace NOT IN (SELECT n.oid FROM pg_catalog.pg_namespace n
                                               WHERE n.nspname IN ('lectern', 'information_schema'))) x) t;
