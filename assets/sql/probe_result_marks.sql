-- What the lab's views depend on ($1: their names in lower case; place: which of them).  `mark` changes with their
-- text, the relations that they read however deep, those relations' rows, and with any function.  Catalogues only.
WITH RECURSIVE
functions (h) AS MATERIALIZED (
    SELECT coalesce(pg_catalog.sum(pg_catalog.hashtextextended(p.xmin::text || ' ' || p.oid::text, 0)), 0)
      FROM pg_catalog.pg_proc p WHERE p.oid >= 16384
),
reads (place, oid) AS (
    SELECT t.place, c.oid
      FROM pg_catalog.unnest($1::text[]) WITH ORDINALITY AS t (name, place)
      JOIN pg_catalog.pg_class c ON pg_catalog.lower(c.relname::text) = t.name
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE c.oid >= 16384 AND c.relkind IN ('v', 'm') AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'lectern')
    UNION
    SELECT r.place, x.oid
      FROM reads r
     CROSS JOIN LATERAL (
           SELECT d.refobjid AS oid
             FROM pg_catalog.pg_rewrite w
             JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND d.objid = w.oid
                                        AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid <> r.oid
            WHERE w.ev_class = r.oid
           UNION ALL
           SELECT i.inhrelid FROM pg_catalog.pg_inherits i WHERE i.inhparent = r.oid) x
)
SELECT r.place,
       pg_catalog.sum(pg_catalog.hashtextextended(pg_catalog.concat_ws(' ', c.oid, c.xmin, c.relfilenode,
           (SELECT pg_catalog.sum(w.xmin::text::bigint) FROM pg_catalog.pg_rewrite w WHERE w.ev_class = c.oid),
           pg_catalog.pg_stat_get_tuples_inserted(c.oid), pg_catalog.pg_stat_get_tuples_updated(c.oid),
           pg_catalog.pg_stat_get_tuples_deleted(c.oid)), 0)) || '/' || f.h AS mark
  FROM reads r
  JOIN pg_catalog.pg_class c ON c.oid = r.oid
 CROSS JOIN functions f
 GROUP BY r.place, f.h
