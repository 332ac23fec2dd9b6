-- The facts of the current database, from pg_catalog alone: one row per fact, as lab/fact.h has them.
--   kind, schema (real name), relation (lower case), name (canonical key), def (jsonb), locked
-- No parameters.  Names no user object, calls nothing of a user's (no casts or operators on user types), and
-- cannot fail because something is missing.  Run it with search_path = pg_catalog, pg_temp and jit = off (its
-- estimated cost is far above its real one).  Schema lectern and members of extensions are left out.
--
-- pg_get_expr() and pg_get_indexdef() wait for whoever holds, or waits for, ACCESS EXCLUSIVE on the table.  They
-- are not asked about such tables: their facts come without expressions, marked `locked`; lock_timeout catches the rest.
--
-- Where upper-case names are in use, the lower-case one of two twins counts.  Partitions are folded into their
-- root: a constraint, index or trigger that stands on the root, or on all partitions, is the root's own; one on
-- some of them says so in def.parts.
--
-- def, keys that do not apply are left out:
--   enum       labels []              domain    type, fam, nn, exprs [] (of its checks), d   composite  cols [], types []
--   sequence   inc (when not 1), cycle
--   table      id (real name when it is not in lower case), part (partition key), nparts, rls, unlogged, inh [] (parents)
--   view, matview   id, cols [], fams [], types [], uses [] (relations it reads), unpop (not populated)
--   column     id, n (position), type, fam (family of types, of arrays with []), base (built-in type under it; '' for others), nn
--              (not null), dk ('auto' serial or identity, 'generated', 'default'), d (the default, as the server prints it)
--   pk, unique cols [] sorted; the name is them joined by ','
--              nnd (nulls not distinct)
--   fk         cols [] sorted, ref, del, upd (letters of pg_constraint); delcols [] (when del sets only these columns);
--              the name is ref:col=refcol,...
--   pk, unique, fk, trigger   defer, initd (initially deferred); check, fk   nv (not validated)
--   check      cols [] sorted, expr (facts/read adds all [], what it demands)   exclude   expr      policy   cmd, expr, check, restrictive   (facts/read makes the name of expr)
--   index      am, u (unique), keys [] in order, pred, opts [] (operator class and order, per key)  (facts/read makes the name of them,
--              and adds for people `said`, the server's own words, to check, exclude, policy and index)
--   trigger    fn, args, of [] (columns), when, off (disabled, or for replicas only)
--   function   ret, set, kind (prokind), nargs, outs [] (of OUT and TABLE)
--   rule       instead, act (kinds of its commands), uses []        comment  text; the name is the kind of object, and which
--   pk ... trigger  parts: on how many partitions, when not on all; nm: its own name; policies and rules have one, too
WITH RECURSIVE
spaces AS MATERIALIZED (
    SELECT n.oid, n.nspname::text AS schema
      FROM pg_catalog.pg_namespace n
     WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'lectern')
),
busy AS MATERIALIZED (
    SELECT DISTINCT l.relation AS oid
      FROM pg_catalog.pg_locks l
     WHERE l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock' AND l.pid <> pg_catalog.pg_backend_pid()
       AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())
),
members AS MATERIALIZED (
    SELECT d.classid, d.objid FROM pg_catalog.pg_depend d WHERE d.deptype = 'e'
),
-- Every partition with the root of its tree.
tree (oid, root) AS (
    SELECT c.oid, c.oid FROM pg_catalog.pg_class c WHERE c.relkind = 'p' AND NOT c.relispartition
    UNION ALL
    SELECT i.inhrelid, t.root FROM tree t JOIN pg_catalog.pg_inherits i ON i.inhparent = t.oid
),
relations AS MATERIALIZED (
    SELECT DISTINCT ON (s.schema, pg_catalog.lower(c.relname))
           c.oid, s.schema, pg_catalog.lower(c.relname) AS relation, c.relname::text AS id, c.relkind, c.relrowsecurity AS rls,
           c.relpersistence = 'u' AS unlogged, c.relkind = 'm' AND NOT c.relispopulated AS unpop,
           EXISTS (SELECT FROM busy b WHERE b.oid = c.oid
                   UNION ALL SELECT FROM busy b JOIN tree t ON t.oid = b.oid WHERE t.root = c.oid) AS locked,
           (SELECT pg_catalog.count(*) FROM tree t JOIN pg_catalog.pg_class p ON p.oid = t.oid
             WHERE t.root = c.oid AND p.relkind <> 'p') AS leaves
      FROM pg_catalog.pg_class c
      JOIN spaces s ON s.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
       AND NOT EXISTS (SELECT FROM members m WHERE m.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND m.objid = c.oid)
     ORDER BY s.schema, pg_catalog.lower(c.relname), c.relname <> pg_catalog.lower(c.relname), c.relname
),
-- Where a relation's constraints, indexes and triggers may stand: on itself, or on its leaves.
places AS MATERIALIZED (
    SELECT r.oid, r.oid AS root, true AS at_root FROM relations r
    UNION ALL
    SELECT t.oid, t.root, false FROM tree t JOIN relations r ON r.oid = t.root JOIN pg_catalog.pg_class c ON c.oid = t.oid
     WHERE t.oid <> t.root AND c.relkind <> 'p'
),
-- The type under a domain, however deep.
bases (oid, base) AS (
    SELECT t.oid, t.typbasetype FROM pg_catalog.pg_type t WHERE t.typtype = 'd'
    UNION ALL
    SELECT b.oid, t.typbasetype FROM bases b JOIN pg_catalog.pg_type t ON t.oid = b.base WHERE t.typtype = 'd'
),
types AS MATERIALIZED (
    SELECT t.oid, t.typtype, t.typnamespace, t.typbasetype, t.typtypmod, t.typnotnull, t.typdefault, t.typrelid, t.typelem,
           t.typcategory, pg_catalog.lower(t.typname) AS typname,
           -- A type of the user's without its schema; NULL for built-in ones, which format_type() names.
           CASE WHEN n.nspname = 'pg_catalog' THEN NULL
                WHEN e.oid IS NOT NULL THEN pg_catalog.lower(e.typname) || '[]'
                ELSE pg_catalog.lower(t.typname) END AS own,
           CASE WHEN v.typname IN ('int2', 'int4', 'int8') THEN 'integer'
                WHEN v.typname IN ('numeric', 'float4', 'float8', 'money') THEN 'number'
                WHEN v.typname IN ('text', 'varchar', 'bpchar', 'name', 'citext') THEN 'text'
                WHEN v.typname IN ('timestamp', 'timestamptz') THEN 'timestamp'
                WHEN v.typname IN ('time', 'timetz') THEN 'time'
                WHEN v.typname IN ('json', 'jsonb') THEN 'json'
                WHEN v.typtype = 'e' THEN 'enum'
                ELSE pg_catalog.lower(v.typname) END || CASE WHEN v.oid <> u.oid THEN '[]' ELSE '' END AS fam,
           CASE WHEN u.typnamespace = 'pg_catalog'::pg_catalog.regnamespace THEN u.typname::text ELSE '' END AS base
      FROM pg_catalog.pg_type t
      JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
      LEFT JOIN pg_catalog.pg_type e ON e.oid = t.typelem AND e.typarray = t.oid
      LEFT JOIN (SELECT b.oid, b.base FROM bases b JOIN pg_catalog.pg_type x ON x.oid = b.base WHERE x.typtype <> 'd') d
        ON d.oid = t.oid
      JOIN pg_catalog.pg_type u ON u.oid = coalesce(d.base, t.oid)
      -- Arrays are of their elements' family.
      JOIN pg_catalog.pg_type v ON v.oid = CASE WHEN u.typcategory = 'A' AND u.typelem <> 0 THEN u.typelem ELSE u.oid END
),
columns AS MATERIALIZED (
    SELECT DISTINCT ON (r.oid, pg_catalog.lower(a.attname))
           r.oid, r.schema, r.relation, r.relkind, r.locked, a.attnum, a.attname::text AS id, pg_catalog.lower(a.attname) AS name,
           a.attnotnull AS nn, t.fam, t.base,
           coalesce(t.own || coalesce(pg_catalog.substring(pg_catalog.format_type(a.atttypid, a.atttypmod), '\([^)]*\)$'), ''),
                    pg_catalog.format_type(a.atttypid, a.atttypmod)) AS type,
           CASE WHEN a.attidentity <> '' THEN 'auto' WHEN a.attgenerated <> '' THEN 'generated'
                WHEN a.atthasdef THEN 'default' END AS dk,
           CASE WHEN NOT r.locked AND a.atthasdef THEN pg_catalog.pg_get_expr(d.adbin, d.adrelid) END AS d
      FROM relations r
      JOIN pg_catalog.pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
      JOIN types t ON t.oid = a.atttypid
      LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
     ORDER BY r.oid, pg_catalog.lower(a.attname), a.attname <> pg_catalog.lower(a.attname), a.attnum
),
-- Constraints, on roots and leaves alike, their columns by lower-case name.
constraints AS MATERIALIZED (
    SELECT k.oid, k.conrelid AS place, k.contype, p.root, p.at_root, r.locked, k.confdeltype, k.confupdtype, k.conindid,
           k.conname::text AS nm, nullif(k.condeferrable, false) AS defer, nullif(k.condeferred, false) AS initd, nullif(NOT k.convalidated, false) AS nv,
           (SELECT nullif(pg_catalog.to_jsonb(i) ->> 'indnullsnotdistinct', 'false')::pg_catalog.bool
              FROM pg_catalog.pg_index i WHERE i.indexrelid = k.conindid AND k.contype = 'u') AS nnd,
           x.cols, x.pairs, f.relation AS ref,
           CASE WHEN k.contype = 'f' AND k.confdeltype IN ('n', 'd') THEN
               (SELECT nullif(pg_catalog.array_agg(pg_catalog.lower(a.attname) ORDER BY pg_catalog.lower(a.attname)), x.cols)
                  FROM pg_catalog.jsonb_array_elements_text(
                           CASE pg_catalog.jsonb_typeof(pg_catalog.to_jsonb(k) -> 'confdelsetcols')
                                WHEN 'array' THEN pg_catalog.to_jsonb(k) -> 'confdelsetcols' ELSE '[]' END) AS c (n)
                  JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = c.n::pg_catalog.int2) END AS delcols,
           CASE WHEN r.locked THEN NULL
                WHEN k.contype = 'c' THEN pg_catalog.pg_get_expr(k.conbin, k.conrelid)
                WHEN k.contype = 'x' THEN pg_catalog.pg_get_constraintdef(k.oid) END AS expr
      FROM pg_catalog.pg_constraint k
      JOIN places p ON p.oid = k.conrelid
      JOIN relations r ON r.oid = p.root
      LEFT JOIN tree ft ON ft.oid = k.confrelid
      LEFT JOIN relations f ON f.oid = coalesce(ft.root, k.confrelid)
     CROSS JOIN LATERAL (
           SELECT pg_catalog.array_agg(pg_catalog.lower(a.attname) ORDER BY pg_catalog.lower(a.attname)) AS cols,
                  pg_catalog.string_agg(pg_catalog.lower(a.attname) || '=' || pg_catalog.lower(b.attname), ','
                                        ORDER BY pg_catalog.lower(a.attname)) AS pairs
             FROM ROWS FROM (pg_catalog.unnest(k.conkey), pg_catalog.unnest(k.confkey)) AS u (a, b)
             JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.a
             LEFT JOIN pg_catalog.pg_attribute b ON b.attrelid = k.confrelid AND b.attnum = u.b) x
     WHERE k.contype IN ('p', 'u', 'f', 'c', 'x') AND NOT (p.at_root AND k.conparentid <> 0)
),
indexes AS MATERIALIZED (
    SELECT i.indexrelid, i.indrelid AS place, p.root, p.at_root, i.indisunique AS u, am.amname::text AS am, c.relname::text AS nm,
           nullif(pg_catalog.to_jsonb(i) ->> 'indnullsnotdistinct', 'false')::pg_catalog.bool AS nnd,
           (SELECT CASE WHEN pg_catalog.bool_or(o.opt <> '') THEN pg_catalog.array_agg(o.opt ORDER BY o.k) END
              FROM (SELECT k.k, pg_catalog.concat_ws(' ', CASE WHEN NOT oc.opcdefault THEN oc.opcname END,
                               CASE i.indoption[k.k - 1] WHEN 1 THEN 'desc nulls last' WHEN 2 THEN 'nulls first' WHEN 3 THEN 'desc' END) AS opt
                      FROM pg_catalog.generate_series(1, i.indnkeyatts) AS k (k)
                      JOIN pg_catalog.pg_opclass oc ON oc.oid = i.indclass[k.k - 1]) o) AS opts,
           i.indisunique AND i.indpred IS NULL AND i.indexprs IS NULL AS plain_unique,
           (SELECT pg_catalog.array_agg(CASE WHEN a.attname IS NOT NULL THEN pg_catalog.lower(a.attname)
                                             WHEN NOT r.locked THEN pg_catalog.pg_get_indexdef(i.indexrelid, k.k, true) END
                                        ORDER BY k.k)
              FROM pg_catalog.generate_series(1, i.indnkeyatts) AS k (k)
              LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[k.k - 1] AND a.attnum <> 0) AS keys,
           CASE WHEN NOT r.locked THEN pg_catalog.pg_get_expr(i.indpred, i.indrelid) END AS pred
      FROM pg_catalog.pg_index i
      JOIN places p ON p.oid = i.indrelid
      JOIN relations r ON r.oid = p.root
      JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
      JOIN pg_catalog.pg_am am ON am.oid = c.relam
     WHERE i.indislive AND (i.indisvalid OR c.relkind = 'I')
       AND NOT EXISTS (SELECT FROM constraints k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))
),
triggers AS MATERIALIZED (
    SELECT t.tgrelid AS place, p.root, p.at_root, pg_catalog.lower(f.proname) AS fn, pg_catalog.encode(t.tgargs, 'escape') AS args,
           t.tgname::text AS nm, nullif(t.tgenabled IN ('D', 'R'), false) AS off,
           nullif(t.tgdeferrable, false) AS defer, nullif(t.tginitdeferred, false) AS initd,
           (SELECT pg_catalog.array_agg(pg_catalog.lower(a.attname) ORDER BY pg_catalog.lower(a.attname))
              FROM pg_catalog.pg_attribute a WHERE a.attrelid = t.tgrelid AND a.attnum = ANY (t.tgattr::pg_catalog.int2[])) AS "of",
           CASE WHEN t.tgqual IS NOT NULL THEN
               pg_catalog.substring(pg_catalog.pg_get_triggerdef(t.oid, true), ' WHEN \((.*)\) EXECUTE (?:FUNCTION|PROCEDURE) ') END AS "when",
           pg_catalog.concat(
               CASE WHEN t.tgtype & 2 <> 0 THEN 'before' WHEN t.tgtype & 64 <> 0 THEN 'instead' ELSE 'after' END,
               CASE WHEN t.tgtype & 4 <> 0 THEN ' insert' END, CASE WHEN t.tgtype & 8 <> 0 THEN ' delete' END,
               CASE WHEN t.tgtype & 16 <> 0 THEN ' update' END, CASE WHEN t.tgtype & 32 <> 0 THEN ' truncate' END,
               CASE WHEN t.tgtype & 1 <> 0 THEN ' row ' ELSE ' statement ' END, pg_catalog.lower(f.proname)) AS name
      FROM pg_catalog.pg_trigger t
      JOIN places p ON p.oid = t.tgrelid
      JOIN pg_catalog.pg_proc f ON f.oid = t.tgfoid
     WHERE NOT t.tgisinternal
),
-- What may stand on partitions, each once per root.
standing AS MATERIALIZED (
    SELECT x.kind, x.root, x.name, x.def, pg_catalog.bool_or(x.at_root) AS at_root, pg_catalog.count(DISTINCT x.place) AS parts,
           coalesce(pg_catalog.min(x.nm) FILTER (WHERE x.at_root), pg_catalog.min(x.nm)) AS nm
      FROM (
        SELECT CASE contype WHEN 'p' THEN 'pk' WHEN 'u' THEN 'unique' WHEN 'f' THEN 'fk' WHEN 'c' THEN 'check' ELSE 'exclude' END AS kind,
               root, at_root, place,
               CASE contype WHEN 'f' THEN ref || ':' || pairs
                            WHEN 'p' THEN pg_catalog.array_to_string(cols, ',')
                            WHEN 'u' THEN pg_catalog.array_to_string(cols, ',')
                            ELSE pg_catalog.md5(coalesce(expr, '')) END AS name,
               pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object('cols', CASE WHEN contype <> 'x' THEN cols END,
                   'ref', ref, 'del', CASE WHEN contype = 'f' THEN confdeltype END, 'upd', CASE WHEN contype = 'f' THEN confupdtype END,
                   'delcols', delcols,
                   'defer', defer, 'initd', initd, 'nv', nv, 'nnd', nnd, 'expr', pg_catalog.left(expr, 4000))) AS def, nm
          FROM constraints
         WHERE (contype <> 'f' OR ref IS NOT NULL) AND (contype NOT IN ('c', 'x') OR expr IS NOT NULL)
        UNION ALL
        SELECT 'unique', root, at_root, place,
               (SELECT pg_catalog.string_agg(k, ',' ORDER BY k) FROM pg_catalog.unnest(keys) AS k),
               pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object(
                   'cols', (SELECT pg_catalog.jsonb_agg(k ORDER BY k) FROM pg_catalog.unnest(keys) AS k), 'nnd', nnd)), nm
          FROM indexes WHERE plain_unique
        UNION ALL
        SELECT 'index', root, at_root, place, pg_catalog.md5(pg_catalog.concat_ws('/', am, u, pg_catalog.array_to_string(keys, ',', '?'), pred)),
               pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object('am', am, 'u', nullif(u, false),
                   'keys', keys, 'pred', pg_catalog.left(pred, 4000), 'opts', opts)), nm
          FROM indexes WHERE NOT plain_unique
        UNION ALL
        SELECT 'trigger', root, at_root, place, name, pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object(
                   'fn', fn, 'args', pg_catalog.left(args, 1000), 'of', "of", 'when', pg_catalog.left("when", 1000), 'off', off,
                   'defer', defer, 'initd', initd)), nm
          FROM triggers
      ) x
     GROUP BY x.kind, x.root, x.name, x.def
),
facts (kind, schema, relation, name, def, locked) AS (
    SELECT 'schema', schema, pg_catalog.lower(schema), pg_catalog.lower(schema), '{}'::pg_catalog.jsonb, false FROM spaces WHERE schema <> 'public'
    UNION ALL
    SELECT 'extension', '', pg_catalog.lower(extname), pg_catalog.lower(extname), '{}', false
      FROM pg_catalog.pg_extension WHERE extname <> 'plpgsql'
    UNION ALL
    SELECT 'enum', s.schema, t.typname, t.typname, pg_catalog.jsonb_build_object('labels',
               (SELECT pg_catalog.jsonb_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid)), false
      FROM types t JOIN spaces s ON s.oid = t.typnamespace
     WHERE t.typtype = 'e'
       AND NOT EXISTS (SELECT FROM members m WHERE m.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND m.objid = t.oid)
    UNION ALL
    SELECT 'domain', s.schema, t.typname, t.typname, pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object(
               'type', coalesce((SELECT b.own FROM types b WHERE b.oid = t.typbasetype), pg_catalog.format_type(t.typbasetype, t.typtypmod)),
               'fam', t.fam, 'nn', nullif(t.typnotnull, false), 'd', pg_catalog.left(t.typdefault, 1000),
               'exprs', (SELECT pg_catalog.jsonb_agg(pg_catalog.left(pg_catalog.pg_get_expr(k.conbin, 0), 1000) ORDER BY k.oid)
                           FROM pg_catalog.pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'c'))), false
      FROM types t JOIN spaces s ON s.oid = t.typnamespace
     WHERE t.typtype = 'd'
       AND NOT EXISTS (SELECT FROM members m WHERE m.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND m.objid = t.oid)
    UNION ALL
    SELECT 'composite', s.schema, t.typname, t.typname,
           (SELECT pg_catalog.jsonb_build_object('cols', pg_catalog.jsonb_agg(pg_catalog.lower(a.attname) ORDER BY a.attnum),
                       'types', pg_catalog.jsonb_agg(coalesce(u.own, pg_catalog.format_type(a.atttypid, a.atttypmod)) ORDER BY a.attnum))
              FROM pg_catalog.pg_attribute a JOIN types u ON u.oid = a.atttypid
             WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped), false
      FROM types t JOIN spaces s ON s.oid = t.typnamespace JOIN pg_catalog.pg_class c ON c.oid = t.typrelid AND c.relkind = 'c'
     WHERE t.typtype = 'c'
       AND NOT EXISTS (SELECT FROM members m WHERE m.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND m.objid = t.oid)
    UNION ALL
    -- Sequences that stand for themselves: not owned by a column, not behind a default.
    SELECT 'sequence', s.schema, pg_catalog.lower(c.relname), pg_catalog.lower(c.relname),
           pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object('inc', nullif(q.seqincrement::pg_catalog.text, '1'), 'cycle', nullif(q.seqcycle, false))), false
      FROM pg_catalog.pg_class c JOIN spaces s ON s.oid = c.relnamespace LEFT JOIN pg_catalog.pg_sequence q ON q.seqrelid = c.oid
     WHERE c.relkind = 'S'
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
                          AND d.objid = c.oid AND d.deptype IN ('a', 'i', 'e'))
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass
                          AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid = c.oid)
    UNION ALL
    SELECT CASE r.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'matview' ELSE 'table' END, r.schema, r.relation, r.relation,
           pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object('id', nullif(r.id, r.relation), 'rls', nullif(r.rls, false),
               'part', CASE WHEN r.relkind = 'p' AND NOT r.locked THEN pg_catalog.pg_get_partkeydef(r.oid) END,
               'nparts', CASE WHEN r.relkind = 'p' THEN r.leaves END,
               'unlogged', nullif(r.unlogged, false), 'unpop', nullif(r.unpop, false),
               'inh', CASE WHEN r.relkind = 'r' THEN
                   (SELECT pg_catalog.jsonb_agg(u.relation ORDER BY u.relation)
                      FROM pg_catalog.pg_inherits i JOIN relations u ON u.oid = i.inhparent WHERE i.inhrelid = r.oid) END,
               'cols', v.cols, 'fams', v.fams, 'types', v.types,
               'uses', CASE WHEN r.relkind IN ('v', 'm') THEN
                   (SELECT pg_catalog.jsonb_agg(DISTINCT u.relation)
                      FROM pg_catalog.pg_rewrite w
                      JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND d.objid = w.oid
                                                 AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
                      JOIN relations u ON u.oid = d.refobjid AND u.oid <> r.oid
                     WHERE w.ev_class = r.oid) END)),
           r.locked
      FROM relations r
      LEFT JOIN (SELECT c.oid, pg_catalog.jsonb_agg(c.name ORDER BY c.attnum) AS cols, pg_catalog.jsonb_agg(c.fam ORDER BY c.attnum) AS fams,
                        pg_catalog.jsonb_agg(c.type ORDER BY c.attnum) AS types
                   FROM columns c WHERE c.relkind IN ('v', 'm') GROUP BY c.oid) v ON v.oid = r.oid
    UNION ALL
    SELECT 'column', schema, relation, name, pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object('id', nullif(id, name),
               'n', attnum, 'type', type, 'fam', fam, 'base', base, 'nn', nullif(nn, false),
               'dk', CASE WHEN d ~ '^nextval\(' THEN 'auto' ELSE dk END,
               'd', CASE WHEN d !~ '^nextval\(' THEN pg_catalog.left(d, 1000) END)), locked
      FROM columns WHERE relkind IN ('r', 'p', 'f')
    UNION ALL
    SELECT x.kind, r.schema, r.relation, x.name,
           x.def || CASE WHEN x.at_root OR x.parts >= r.leaves THEN pg_catalog.jsonb_build_object('nm', x.nm)
                         ELSE pg_catalog.jsonb_build_object('parts', x.parts, 'nm', x.nm) END, r.locked
      FROM standing x JOIN relations r ON r.oid = x.root
    UNION ALL
    SELECT 'policy', r.schema, r.relation, pg_catalog.concat(p.polcmd, ' ', p.oid),
           pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object('cmd', p.polcmd, 'nm', p.polname, 'restrictive', nullif(NOT p.polpermissive, false),
               'expr', CASE WHEN NOT r.locked
                   THEN pg_catalog.left(coalesce(pg_catalog.pg_get_expr(p.polqual, p.polrelid), pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid), ''), 4000)
                   ELSE '' END,
               'check', CASE WHEN NOT r.locked AND p.polqual IS NOT NULL
                   THEN pg_catalog.left(pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid), 4000) END)), r.locked
      FROM pg_catalog.pg_policy p JOIN relations r ON r.oid = p.polrelid
    UNION ALL
    SELECT 'rule', r.schema, r.relation,
           CASE w.ev_type WHEN '1' THEN 'select ' WHEN '2' THEN 'update ' WHEN '3' THEN 'insert ' ELSE 'delete ' END || pg_catalog.lower(w.rulename),
           pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object('nm', w.rulename, 'instead', nullif(w.is_instead, false),
               'act', (SELECT pg_catalog.string_agg(m.m[1], ' ') FROM pg_catalog.regexp_matches(w.ev_action::pg_catalog.text, '^\(\{QUERY :commandType (\d)') AS m (m)),
               'uses', (SELECT pg_catalog.jsonb_agg(DISTINCT u.relation)
                          FROM pg_catalog.pg_depend d JOIN relations u ON u.oid = d.refobjid AND u.oid <> r.oid
                         WHERE d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND d.objid = w.oid
                           AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass))), r.locked
      FROM pg_catalog.pg_rewrite w JOIN relations r ON r.oid = w.ev_class WHERE w.rulename <> '_RETURN'
    UNION ALL
    SELECT 'function', s.schema, pg_catalog.lower(p.proname),
           pg_catalog.lower(p.proname) || '(' || coalesce(
               (SELECT pg_catalog.string_agg(coalesce(t.own, pg_catalog.format_type(t.oid, NULL)), ',' ORDER BY u.o)
                  FROM pg_catalog.unnest(p.proargtypes::pg_catalog.oid[]) WITH ORDINALITY AS u (t, o) JOIN types t ON t.oid = u.t), '') || ')',
           pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object('ret', coalesce(t.own, pg_catalog.format_type(p.prorettype, NULL), ''), 'set', p.proretset,
               'kind', p.prokind, 'nargs', p.pronargs,
               'outs', (SELECT pg_catalog.jsonb_agg(pg_catalog.concat_ws(' ', nullif(pg_catalog.lower(p.proargnames[u.o]), ''),
                                   coalesce(o.own, pg_catalog.format_type(u.t, NULL))) ORDER BY u.o)
                          FROM ROWS FROM (pg_catalog.unnest(p.proallargtypes), pg_catalog.unnest(p.proargmodes)) WITH ORDINALITY AS u (t, m, o)
                          JOIN types o ON o.oid = u.t
                         WHERE u.m IN ('o', 'b', 't')))), false
      FROM pg_catalog.pg_proc p
      JOIN spaces s ON s.oid = p.pronamespace
      LEFT JOIN types t ON t.oid = p.prorettype
     WHERE NOT EXISTS (SELECT FROM members m WHERE m.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND m.objid = p.oid)
    UNION ALL
    SELECT 'comment', r.schema, r.relation,
           CASE WHEN d.objsubid = 0 THEN CASE r.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'view' ELSE 'table' END
                ELSE 'column ' || pg_catalog.lower(a.attname) END,
           pg_catalog.jsonb_build_object('text', pg_catalog.left(d.description, 2000)), r.locked
      FROM relations r
      JOIN pg_catalog.pg_description d ON d.objoid = r.oid AND d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass
      LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = r.oid AND a.attnum = d.objsubid AND d.objsubid <> 0 AND NOT a.attisdropped
     WHERE d.objsubid = 0 OR a.attnum IS NOT NULL
    UNION ALL
    SELECT 'comment', s.schema, pg_catalog.lower(p.proname), 'function', pg_catalog.jsonb_build_object('text', pg_catalog.left(d.description, 2000)), false
      FROM pg_catalog.pg_proc p JOIN spaces s ON s.oid = p.pronamespace
      JOIN pg_catalog.pg_description d ON d.objoid = p.oid AND d.classoid = 'pg_catalog.pg_proc'::pg_catalog.regclass
     WHERE NOT EXISTS (SELECT FROM members m WHERE m.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND m.objid = p.oid)
    UNION ALL
    SELECT 'comment', s.schema, t.typname, 'type', pg_catalog.jsonb_build_object('text', pg_catalog.left(d.description, 2000)), false
      FROM types t JOIN spaces s ON s.oid = t.typnamespace
      JOIN pg_catalog.pg_description d ON d.objoid = t.oid AND d.classoid = 'pg_catalog.pg_type'::pg_catalog.regclass
     WHERE NOT EXISTS (SELECT FROM members m WHERE m.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND m.objid = t.oid)
)
SELECT kind, schema, relation, name, def, locked FROM facts LIMIT 20001;
