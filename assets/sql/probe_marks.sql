-- Has anything changed in this database?  Reads catalogues only and runs nothing of the student's.
-- One row for the structure (place NULL): `mark` changes with any DDL, at its commit and without the delay of the
-- statistics, because every catalogue row carries the transaction that wrote it; and with the set of relations
-- that others hold ACCESS EXCLUSIVE, which is what makes facts unknown.
-- One row for each of the lab's tables that is there ($1, in any case; place: which of them): `mark` changes with its
-- rows, as soon as the writing
-- session reports them (at once, or up to 10 s later), and at once with TRUNCATE, rights and row security.
-- One row with place 0 for the rows of all relations, when $2 asks for it: what results may depend on.
-- One row with place -1 once the student said something: `mark` is the number that was given last in lectern.hands,
-- which is known before the row can be seen, and also when it never will be.
WITH mark (h) AS (
    SELECT pg_catalog.hashtextextended('class ' || c.xmin::text || ' ' || c.oid::text, 0) FROM pg_catalog.pg_class c WHERE c.oid >= 16384
    UNION ALL SELECT pg_catalog.hashtextextended('attribute ' || a.xmin::text || ' ' || a.attnum::text, a.attrelid::bigint) FROM pg_catalog.pg_attribute a WHERE a.attrelid >= 16384 AND a.attnum > 0
    UNION ALL SELECT pg_catalog.hashtextextended('default ' || x.xmin::text || ' ' || x.oid::text, 0) FROM pg_catalog.pg_attrdef x WHERE x.oid >= 16384
    UNION ALL SELECT pg_catalog.hashtextextended('constraint ' || x.xmin::text || ' ' || x.oid::text, 0) FROM pg_catalog.pg_constraint x WHERE x.oid >= 16384
    UNION ALL SELECT pg_catalog.hashtextextended('index ' || x.xmin::text || ' ' || x.indexrelid::text, 0) FROM pg_catalog.pg_index x WHERE x.indexrelid >= 16384
    UNION ALL SELECT pg_catalog.hashtextextended('inherits ' || x.xmin::text || ' ' || x.inhrelid::text, 0) FROM pg_catalog.pg_inherits x WHERE x.inhrelid >= 16384
    UNION ALL SELECT pg_catalog.hashtextextended('type ' || x.xmin::text || ' ' || x.oid::text, 0) FROM pg_catalog.pg_type x WHERE x.oid >= 16384
    UNION ALL SELECT pg_catalog.hashtextextended('enum ' || x.xmin::text || ' ' || x.oid::text, 0) FROM pg_catalog.pg_enum x WHERE x.oid >= 16384
    UNION ALL SELECT pg_catalog.hashtextextended('function ' || x.xmin::text || ' ' || x.oid::text, 0) FROM pg_catalog.pg_proc x WHERE x.oid >= 16384
    UNION ALL SELECT pg_catalog.hashtextextended('trigger ' || x.xmin::text || ' ' || x.oid::text, 0) FROM pg_catalog.pg_trigger x WHERE x.oid >= 16384
    UNION ALL SELECT pg_catalog.hashtextextended('rule ' || x.xmin::text || ' ' || x.oid::text, 0) FROM pg_catalog.pg_rewrite x WHERE x.oid >= 16384
    UNION ALL SELECT pg_catalog.hashtextextended('policy ' || x.xmin::text || ' ' || x.oid::text, 0) FROM pg_catalog.pg_policy x WHERE x.oid >= 16384
    UNION ALL SELECT pg_catalog.hashtextextended('schema ' || x.xmin::text || ' ' || x.oid::text, 0) FROM pg_catalog.pg_namespace x WHERE x.oid >= 16384 OR x.nspname = 'public'
    UNION ALL SELECT pg_catalog.hashtextextended('extension ' || x.xmin::text || ' ' || x.oid::text, 0) FROM pg_catalog.pg_extension x
    UNION ALL SELECT pg_catalog.hashtextextended('lock ' || l.relation::text, 0)
      FROM (SELECT DISTINCT k.relation FROM pg_catalog.pg_locks k
             WHERE k.mode = 'AccessExclusiveLock' AND k.granted AND k.pid <> pg_catalog.pg_backend_pid() AND k.relation >= 16384
               AND k.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())) l)
SELECT NULL::bigint AS place, pg_catalog.count(*) || '/' || pg_catalog.sum(mark.h::numeric) AS mark,
       (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()) AS database_id
  FROM mark
UNION ALL
SELECT t.place,
       pg_catalog.sum(pg_catalog.pg_stat_get_tuples_inserted(r.oid) + pg_catalog.pg_stat_get_tuples_updated(r.oid)
                    + pg_catalog.pg_stat_get_tuples_deleted(r.oid)) || '/' || pg_catalog.sum(c.relfilenode::bigint)
       || '/' || pg_catalog.sum(c.xmin::text::bigint), NULL
  FROM pg_catalog.unnest($1::text[]) WITH ORDINALITY AS t (name, place)
  JOIN pg_catalog.pg_class c ON pg_catalog.lower(c.relname::text) = pg_catalog.lower(t.name)
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 CROSS JOIN LATERAL (SELECT c.oid UNION ALL SELECT i.inhrelid FROM pg_catalog.pg_inherits i WHERE i.inhparent = c.oid) r
 WHERE c.oid >= 16384 AND c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'lectern')
 GROUP BY t.place
UNION ALL
SELECT 0, coalesce(pg_catalog.sum(pg_catalog.pg_stat_get_tuples_inserted(c.oid) + pg_catalog.pg_stat_get_tuples_updated(c.oid)
                    + pg_catalog.pg_stat_get_tuples_deleted(c.oid)), 0) || '/' || coalesce(pg_catalog.sum(c.relfilenode::bigint), 0), NULL
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE $2::boolean AND c.oid >= 16384 AND c.relkind IN ('r', 'm') AND n.nspname !~ '^pg_'
   AND n.nspname NOT IN ('information_schema', 'lectern')
UNION ALL
SELECT -1, CASE WHEN pg_catalog.has_sequence_privilege(c.oid, 'SELECT') THEN pg_catalog.pg_sequence_last_value(c.oid) END::text,
       NULL
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relname = 'hands_hand_id_seq' AND c.relkind = 'S' AND n.nspname = 'lectern'
