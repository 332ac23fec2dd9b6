-- What every student's database begins with.  Run once in lectern_template by the administrator; each
-- student's database is a copy.
--
-- Schema lectern belongs to lectern_agent, a role that owns this schema and nothing else: a student can
-- neither change nor drop it, and no function of it reaches another database.  Students may read every
-- relation in it, or their own pg_dump would stop at "permission denied".

GRANT USAGE, CREATE ON SCHEMA public TO lectern_student;

CREATE SCHEMA lectern;
ALTER SCHEMA lectern OWNER TO lectern_agent;
GRANT USAGE ON SCHEMA lectern TO lectern_student, lectern_probe;
COMMENT ON SCHEMA lectern IS 'what lectern tells you about your work; read it, it is not part of the task';

-- The student's own mirror of the grid, written by lecternd through the probe's login.
CREATE TABLE lectern.progress (
    position     integer PRIMARY KEY,       -- in the order of the task
    step         text NOT NULL,
    object       text NOT NULL DEFAULT '',  -- one check of the step: what it is about; '': the step
    title        text NOT NULL DEFAULT '',
    score        double precision CHECK (score BETWEEN 0 AND 1),  -- NULL: not measured
    verdict      text NOT NULL DEFAULT '',  -- what is missing, in words
    measured_at  timestamptz NOT NULL DEFAULT pg_catalog.now()
);
ALTER TABLE lectern.progress OWNER TO lectern_agent;
GRANT SELECT ON lectern.progress TO lectern_student;
GRANT SELECT, INSERT, UPDATE, DELETE ON lectern.progress TO lectern_probe;

-- What the lab master announces: one comment on the control database reaches every student's.
CREATE VIEW lectern.board AS
SELECT pg_catalog.shobj_description(d.oid, 'pg_database') AS announcement
  FROM pg_catalog.pg_database d
 WHERE d.datname = 'lectern';
ALTER VIEW lectern.board OWNER TO lectern_agent;
GRANT SELECT ON lectern.board TO lectern_student, lectern_probe;

-- Functions that reach beyond the student's own database: advisory locks fill the server's one lock
-- table until nobody can log in, large objects escape the checks, sizes tell about others.
DO $$
DECLARE
    function regprocedure;
BEGIN
    FOR function IN
        SELECT p.oid::regprocedure
          FROM pg_catalog.pg_proc p
         WHERE p.pronamespace = 'pg_catalog'::regnamespace
           AND (p.proname ~ '^pg_(try_)?advisory_' OR p.proname ~ '^lo_'
                OR p.proname IN ('loread', 'lowrite', 'pg_database_size', 'pg_tablespace_size'))
    LOOP
        EXECUTE pg_catalog.format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', function);
    END LOOP;
END
$$;
