-- Per table (partitions folded into their root) a mark that changes when its rows may have changed: the number of
-- changed rows, and the sum of its files' numbers, which TRUNCATE and rewrites change.
WITH RECURSIVE tree (oid, root) AS (
    SELECT c.oid, c.oid FROM pg_catalog.pg_class c WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence <> 't'
    UNION ALL
    SELECT i.inhrelid, t.root FROM tree t JOIN pg_catalog.pg_inherits i ON i.inhparent = t.oid
)
SELECT n.nspname::text AS schema, r.relname::text AS relation,
       pg_catalog.concat_ws('/', pg_catalog.sum(pg_catalog.pg_stat_get_tuples_inserted(c.oid)
                                              + pg_catalog.pg_stat_get_tuples_updated(c.oid)
                                              + pg_catalog.pg_stat_get_tuples_deleted(c.oid)),
                            pg_catalog.sum(pg_catalog.int8(c.relfilenode))) AS mark
  FROM tree t
  JOIN pg_catalog.pg_class c ON c.oid = t.oid
  JOIN pg_catalog.pg_class r ON r.oid = t.root
  JOIN pg_catalog.pg_namespace n ON n.oid = r.relnamespace
 WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'lectern')
 GROUP BY n.nspname, r.relname
 LIMIT 20001;
