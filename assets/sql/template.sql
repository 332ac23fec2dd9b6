-- What every student's database begins with.  Run by the administrator in lectern_template, of which each student's
-- database is a copy, and again, by `apply`, in every student's database that an older template made: everything in
-- it can be said twice.
--
-- Schema lectern belongs to lectern_agent, a role that owns this schema and nothing else: a student can
-- neither change nor drop it, and no function of it reaches another database.  Students may read every
-- relation in it, or their own pg_dump would stop at "permission denied".

GRANT USAGE, CREATE ON SCHEMA public TO lectern_student;

CREATE SCHEMA IF NOT EXISTS lectern;
ALTER SCHEMA lectern OWNER TO lectern_agent;
GRANT USAGE ON SCHEMA lectern TO lectern_student, lectern_probe;
COMMENT ON SCHEMA lectern IS 'what lectern tells you about your work; read it, it is not part of the task';

-- The student's own mirror of the grid, written by lecternd through the probe's login.
CREATE TABLE IF NOT EXISTS lectern.progress (
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

-- -- announcements -------------------------------------------------------------------------------

-- One comment on the control database reaches every student's: a JSON document that public.publish_board() of that
-- database makes (assets/sql/migrations/0002_lesson.sql).  A comment of any other shape is nobody's announcement.
CREATE OR REPLACE VIEW lectern.published AS
SELECT CASE WHEN c.comment LIKE '{"lectern":%' THEN c.comment::pg_catalog.jsonb ELSE '{}' END AS board
  FROM (SELECT pg_catalog.shobj_description(d.oid, 'pg_database') AS comment
          FROM pg_catalog.pg_database d WHERE d.datname = 'lectern') c;
ALTER VIEW lectern.published OWNER TO lectern_agent;
GRANT SELECT ON lectern.published TO lectern_student, lectern_probe;

-- What the lab master announces; no row when there is nothing.  An announcement ends by itself.
CREATE OR REPLACE VIEW lectern.board AS
SELECT a.text AS announcement, pg_catalog.to_timestamp(a.since) AS since, pg_catalog.to_timestamp(a.until) AS until
  FROM lectern.published p
 CROSS JOIN LATERAL pg_catalog.jsonb_to_recordset(coalesce(p.board -> 'announcements', '[]'))
       AS a (text text, since float8, until float8)
 WHERE a.until IS NULL OR pg_catalog.to_timestamp(a.until) > pg_catalog.clock_timestamp()
 ORDER BY a.since DESC;
ALTER VIEW lectern.board OWNER TO lectern_agent;
GRANT SELECT ON lectern.board TO lectern_student, lectern_probe;

-- -- hands ---------------------------------------------------------------------------------------

-- Each call for help and each thanks; only the functions below write it, and nothing is ever changed in it.
CREATE TABLE IF NOT EXISTS lectern.hands (
    hand_id      bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    kind         text NOT NULL CHECK (kind IN ('help', 'thanks')),
    message      text NOT NULL DEFAULT '',
    -- The same moment as pg_stat_activity.query_start: lecternd knows by it a call that it saw before its COMMIT.
    said_at      timestamptz NOT NULL DEFAULT pg_catalog.statement_timestamp(),
    at           timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp()
);
CREATE INDEX IF NOT EXISTS hands_by_time ON lectern.hands (at);
ALTER TABLE lectern.hands OWNER TO lectern_agent;
GRANT SELECT ON lectern.hands, lectern.hands_hand_id_seq TO lectern_student, lectern_probe;

-- How the student's hand stands, by lecternd: one row once anything was said.
CREATE TABLE IF NOT EXISTS lectern.standing (
    one          boolean PRIMARY KEY DEFAULT true CHECK (one),
    heard_at     timestamptz,                     -- said_at of the last call that lecternd knows
    state        text NOT NULL DEFAULT '',        -- 'waiting', 'claimed', 'paused'; '': no hand is up
    place        integer,                         -- in the queue, from 1; NULL: none
    raised_at    timestamptz,
    message      text NOT NULL DEFAULT '',
    helper       text NOT NULL DEFAULT '',
    not_found    integer NOT NULL DEFAULT 0,
    helped_today integer NOT NULL DEFAULT 0
);
ALTER TABLE lectern.standing OWNER TO lectern_agent;
GRANT SELECT ON lectern.standing TO lectern_student;
GRANT SELECT, INSERT, UPDATE, DELETE ON lectern.standing TO lectern_probe;

-- The student's own place; the waiting time is computed as it is read.  A call that lecternd has not taken up yet
-- shows with the place that it is going to have: behind the hands that were up before it.
CREATE OR REPLACE VIEW lectern.queue AS
SELECT s.place, pg_catalog.date_trunc('second', pg_catalog.clock_timestamp() - s.raised_at) AS waiting, s.message,
       CASE WHEN s.state = 'claimed' THEN s.helper || ' comes'
            WHEN s.not_found > 0 AND s.state = 'paused'
            THEN 'they came and did not find you: say lectern.help() again'
            WHEN s.state = 'paused' THEN 'put off for a while; your place is kept'
            WHEN s.place = 1 THEN 'you are next'
            ELSE 'your hand is up' END AS status
  FROM lectern.standing s
 WHERE s.state <> ''
UNION ALL
SELECT 1 + (SELECT pg_catalog.count(*)
              FROM pg_catalog.jsonb_array_elements_text(p.board -> CASE WHEN coalesce(s.helped_today, 0) > 0
                                                                        THEN 'waiting_since' ELSE 'waiting_since_new' END) r
             WHERE r.value::numeric < extract(epoch FROM h.said_at))::integer,
       pg_catalog.date_trunc('second', pg_catalog.clock_timestamp() - h.said_at), h.message, 'your hand is up'
  FROM (SELECT x.kind, x.message, x.said_at FROM lectern.hands x ORDER BY x.hand_id DESC LIMIT 1) h
 CROSS JOIN lectern.published p
  LEFT JOIN lectern.standing s ON true
 WHERE h.kind = 'help' AND coalesce(s.state, '') = '' AND (s.heard_at IS NULL OR h.said_at > s.heard_at);
ALTER VIEW lectern.queue OWNER TO lectern_agent;
GRANT SELECT ON lectern.queue TO lectern_student, lectern_probe;

-- Store a call, unless there were 20 of its kind within the hour; true when it was stored.  One row at a time: a
-- flood, in a loop or over generate_series, ends at the limit and in words, never in an error that would
-- break the student's transaction.
CREATE OR REPLACE FUNCTION lectern.say(kind text, message text) RETURNS boolean
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF (SELECT count(*) FROM (SELECT FROM lectern.hands h
                               WHERE h.kind = say.kind AND h.at > clock_timestamp() - interval '1 hour'
                               LIMIT 20) recent) >= 20 THEN
        RETURN false;
    END IF;
    INSERT INTO lectern.hands (kind, message) VALUES (say.kind, say.message);
    RETURN true;
END
$$;
ALTER FUNCTION lectern.say(text, text) OWNER TO lectern_agent;
REVOKE ALL ON FUNCTION lectern.say(text, text) FROM PUBLIC;

CREATE OR REPLACE FUNCTION lectern.help(message text DEFAULT '') RETURNS text
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    words text := left(coalesce(message, ''), 500);
    cut text := CASE WHEN length(message) > 500 THEN ' The message was cut to 500 characters.' ELSE '' END;
    mine lectern.standing%ROWTYPE;
    place text;
BEGIN
    IF current_setting('transaction_read_only') = 'on' THEN
        RETURN 'Nothing can be stored here: your session is read-only. Say it in one that is not.';
    END IF;
    IF NOT lectern.say('help', words) THEN
        RETURN 'You called 20 times within the hour; this call is not counted. What you said last stands.';
    END IF;
    SELECT * INTO mine FROM lectern.standing;
    IF mine.state = 'claimed' THEN
        RETURN mine.helper || ' comes already, and sees the new message.' || cut;
    END IF;
    SELECT ': place ' || q.place INTO place FROM lectern.queue q;
    RETURN 'Your hand is up' || CASE WHEN mine.state <> '' THEN ' already' ELSE '' END || coalesce(place, '') || '.'
        || ' See your place with "SELECT * FROM lectern.queue;", take the hand down with "SELECT lectern.thanks();".'
        || cut;
END
$$;
ALTER FUNCTION lectern.help(text) OWNER TO lectern_agent;
REVOKE ALL ON FUNCTION lectern.help(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION lectern.help(text) TO lectern_student;

CREATE OR REPLACE FUNCTION lectern.thanks() RETURNS text
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF current_setting('transaction_read_only') = 'on' THEN
        RETURN 'Nothing can be stored here: your session is read-only. Say it in one that is not.';
    END IF;
    -- Nothing is up, or it was said just now and lecternd has still to hear of it.
    IF NOT EXISTS (SELECT FROM lectern.queue) OR
       EXISTS (SELECT FROM (SELECT x.kind, x.said_at FROM lectern.hands x ORDER BY x.hand_id DESC LIMIT 1) h,
                      lectern.standing s
                WHERE h.kind = 'thanks' AND h.said_at > s.heard_at) THEN
        RETURN 'Your hand is not up.';
    END IF;
    IF NOT lectern.say('thanks', '') THEN
        RETURN 'You took your hand down 20 times within the hour; let it stay up until somebody comes.';
    END IF;
    RETURN 'Your hand is down. Good luck!';
END
$$;
ALTER FUNCTION lectern.thanks() OWNER TO lectern_agent;
REVOKE ALL ON FUNCTION lectern.thanks() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION lectern.thanks() TO lectern_student;

-- -- what a student may not ----------------------------------------------------------------------

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
