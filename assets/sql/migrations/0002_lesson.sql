-- The lesson: its clock, hands, needs, what the server's log says, announcements, looking after students.
-- The console (lectern_console) starts and ends lessons, takes hands, announces, notes; lecternd raises
-- needs and hands, reads the log, and keeps what the class is stuck on.

-- -- the lesson's clock --------------------------------------------------------------------------

-- One run of a lab with a class.  Lengths are seconds of the lesson's clock, which stands still in pauses.
CREATE TABLE lessons (
    lesson_id    integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    lab_id       integer NOT NULL REFERENCES labs ON DELETE CASCADE,
    started_at   timestamptz NOT NULL DEFAULT now(),
    length_s     integer CHECK (length_s > 0),  -- NULL: it ends when it is ended
    close_logins boolean NOT NULL DEFAULT false, -- at its end
    ended_at     timestamptz,                    -- asked to end: the last sweep follows
    frozen_at    timestamptz,                    -- the results stand
    actor        text NOT NULL DEFAULT current_user
);
CREATE UNIQUE INDEX lessons_one_open ON lessons (lab_id) WHERE frozen_at IS NULL;

CREATE TABLE lesson_pauses (
    lesson_id    integer NOT NULL REFERENCES lessons ON DELETE CASCADE,
    from_at      timestamptz NOT NULL DEFAULT now(),
    to_at        timestamptz,                    -- NULL: it is on
    PRIMARY KEY (lesson_id, from_at),
    CHECK (to_at >= from_at)
);
CREATE UNIQUE INDEX lesson_pauses_one_open ON lesson_pauses (lesson_id) WHERE to_at IS NULL;

CREATE TABLE extra_times (
    lesson_id    integer NOT NULL REFERENCES lessons ON DELETE CASCADE,
    student_id   integer NOT NULL REFERENCES students ON DELETE CASCADE,
    seconds      integer NOT NULL,               -- all that was given, in this lesson
    PRIMARY KEY (lesson_id, student_id)
);

-- The results at the end of a lesson.
CREATE TABLE results (
    lesson_id    integer NOT NULL REFERENCES lessons ON DELETE CASCADE,
    student_id   integer NOT NULL REFERENCES students ON DELETE CASCADE,
    progress     double precision CHECK (progress BETWEEN 0 AND 1),
    steps_done   integer,
    steps        jsonb NOT NULL,                 -- {"<step name>": score, the last known, or null}
    measured_at  timestamptz,                    -- behind the lesson's end, unless that was not possible
    reason       text NOT NULL DEFAULT '',       -- why some of it could not be measured at the end
    PRIMARY KEY (lesson_id, student_id)
);

-- -- hands ---------------------------------------------------------------------------------------

CREATE TABLE hands (
    hand_id      bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    student_id   integer NOT NULL REFERENCES students ON DELETE CASCADE,
    lesson_id    integer REFERENCES lessons ON DELETE SET NULL,
    database_oid bigint,                         -- of the student's database, and the row in its lectern.hands;
    source_id    bigint,                         -- NULL: taken from an open transaction or the log
    raised_at    timestamptz NOT NULL,
    message      text NOT NULL DEFAULT '',
    state        text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'claimed', 'paused', 'resolved')),
    helper       text NOT NULL DEFAULT '',       -- who claimed it
    claimed_at   timestamptz,
    not_found    integer NOT NULL DEFAULT 0,     -- times somebody came and nobody sat there
    outcome      text NOT NULL DEFAULT '' CHECK (outcome IN ('', 'helped', 'thanks', 'not_found', 'withdrawn')),
    note         text NOT NULL DEFAULT '',
    resolved_at  timestamptz,
    CHECK ((state = 'resolved') = (resolved_at IS NOT NULL)),
    UNIQUE (student_id, database_oid, source_id)
);
CREATE UNIQUE INDEX hands_one_open ON hands (student_id) WHERE resolved_at IS NULL;

-- -- announcements -------------------------------------------------------------------------------

CREATE TABLE announcements (
    announcement_id integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    lab_id       integer NOT NULL REFERENCES labs ON DELETE CASCADE,
    text         text NOT NULL CHECK (text <> ''),
    made_at      timestamptz NOT NULL DEFAULT now(),
    until_at     timestamptz,                    -- NULL: until it is ended, or the lesson is
    ended_at     timestamptz,
    actor        text NOT NULL DEFAULT current_user
);

-- -- needs ---------------------------------------------------------------------------------------

-- What the class is told by now is the row in activity; needs is the history.
ALTER TABLE activity
    ADD COLUMN need           text NOT NULL DEFAULT '' CHECK (need IN
               ('', 'hand', 'stuck', 'behind', 'blocked', 'idle', 'absent', 'unknown')),
    ADD COLUMN need_reason    text NOT NULL DEFAULT '',     -- in words
    ADD COLUMN need_severity  integer NOT NULL DEFAULT 0,   -- lab/need.h
    ADD COLUMN need_since_at  timestamptz,                  -- when its cause began
    ADD COLUMN need_raised_at timestamptz,
    ADD COLUMN failed_logins  integer NOT NULL DEFAULT 0;   -- since the last good one

CREATE TABLE needs (
    need_id      bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    student_id   integer NOT NULL REFERENCES students ON DELETE CASCADE,
    kind         text NOT NULL,
    reason       text NOT NULL DEFAULT '',
    step_id      integer REFERENCES steps ON DELETE SET NULL,
    since_at     timestamptz NOT NULL,
    raised_at    timestamptz NOT NULL,
    ended_at     timestamptz
);
CREATE UNIQUE INDEX needs_one_open ON needs (student_id) WHERE ended_at IS NULL;

-- What the class is stuck on: a row per step, kept by lecternd (lab/class.h, struct class_lack).
CREATE TABLE step_lacks (
    step_id      integer PRIMARY KEY REFERENCES steps ON DELETE CASCADE,
    here         integer NOT NULL,
    lack         integer NOT NULL,
    at           integer NOT NULL,               -- of these, those who work at it
    since_at     timestamptz,                    -- since when the longest of these is without progress
    missed       text NOT NULL DEFAULT '',       -- title of the check that most of them miss
    misses       integer NOT NULL DEFAULT 0,
    is_hardest   boolean NOT NULL DEFAULT false  -- it holds up most of those at work
) WITH (fillfactor = 50);

-- What was learnt of the class (src/probe/needs.c), so that a restart of lecternd does not forget it.
CREATE TABLE class_memory (
    lab_id       integer PRIMARY KEY REFERENCES labs ON DELETE CASCADE,
    learnt       jsonb NOT NULL,
    at           timestamptz NOT NULL
);

-- -- the server's log ----------------------------------------------------------------------------

-- Students' errors and failed logins.  Never whole statements: 80 characters, passwords taken out.
-- Kept for as long as the lesson needs them (lecternd deletes).
CREATE TABLE errors (
    error_id     bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    student_id   integer NOT NULL REFERENCES students ON DELETE CASCADE,
    at           timestamptz NOT NULL,
    kind         text NOT NULL DEFAULT 'error' CHECK (kind IN ('error', 'login')),
    sqlstate     text NOT NULL,
    message      text NOT NULL,
    statement    text NOT NULL DEFAULT '',
    position     integer
);
CREATE INDEX errors_of_student ON errors (student_id, at);

-- How far each file was read; advanced in the transaction that records what was read.
CREATE TABLE log_marks (
    file         text PRIMARY KEY,
    read_to      bigint NOT NULL,                -- byte offset
    modified_at  timestamptz
);

-- The only way to the log, for lecternd alone: at most 1 MB of one file of log_directory.
CREATE FUNCTION read_server_log(file text, from_byte bigint, at_most integer) RETURNS bytea
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF file !~ '^[A-Za-z0-9_.-]{1,100}\.json$' OR file ~ '\.\.' THEN
        RAISE EXCEPTION 'not a log file: %', pg_catalog.quote_literal(pg_catalog.left(file, 100));
    END IF;
    RETURN pg_catalog.pg_read_binary_file(pg_catalog.current_setting('log_directory') || '/' || file,
                                          from_byte, least(greatest(at_most, 0), 1048576), true);
END
$$;
REVOKE ALL ON FUNCTION read_server_log(text, bigint, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION read_server_log(text, bigint, integer) TO lectern_daemon;

-- -- looking after one student -------------------------------------------------------------------

CREATE TABLE notes (
    note_id      bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    student_id   integer NOT NULL REFERENCES students ON DELETE CASCADE,
    at           timestamptz NOT NULL DEFAULT now(),
    actor        text NOT NULL DEFAULT current_user,
    text         text NOT NULL CHECK (text <> '')
);

-- A student's sessions, for the console: it may not see what others run, but this of students.  What
-- mentions a password is not shown.
CREATE FUNCTION student_sessions(of_login text)
    RETURNS TABLE (pid integer, state text, application text, query text, since_at timestamptz, waits_for text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT a.pid, coalesce(a.state, ''), coalesce(a.application_name, ''),
           CASE WHEN a.query ~* 'passw' THEN '(mentions a password)' ELSE left(coalesce(a.query, ''), 300) END,
           coalesce(a.state_change, a.backend_start),
           coalesce((SELECT string_agg(CASE WHEN b.usename = a.usename THEN 'his own session '
                                            ELSE coalesce(b.usename, b.backend_type) || ', session ' END
                                       || b.pid, '; ')
                       FROM pg_stat_activity b WHERE b.pid = ANY (w.pids)), '')
      FROM pg_stat_activity a
     CROSS JOIN LATERAL (SELECT CASE WHEN a.wait_event_type = 'Lock' THEN pg_blocking_pids(a.pid) END AS pids) AS w
     WHERE a.usename = of_login AND a.backend_type = 'client backend'
       AND EXISTS (SELECT FROM public.students s WHERE s.login = of_login)
     ORDER BY a.backend_start
     LIMIT 20
$$;
REVOKE ALL ON FUNCTION student_sessions(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION student_sessions(text) TO lectern_console;

-- -- the feed ------------------------------------------------------------------------------------

CREATE OR REPLACE VIEW metrics.student_samples AS
SELECT 0 AS place, l.name AS lab, s.login AS student, v.state, v.reason, v.metric, v.value
  FROM labs l
  JOIN students s USING (lab_id)
  JOIN activity a USING (student_id)
  LEFT JOIN hands h ON h.student_id = s.student_id AND h.resolved_at IS NULL
 CROSS JOIN LATERAL (VALUES
    ('student_progress_ratio',                  '',      '', a.progress),
    ('student_steps_done',                      '',      '', a.steps_done),
    ('student_state',                           a.state, '', 1),
    ('student_need',                            '', a.need, CASE WHEN a.need <> '' THEN a.need_severity END),
    ('student_last_progress_timestamp_seconds', '',      '', extract(epoch FROM a.last_progress_at)::float8),
    ('student_last_activity_timestamp_seconds', '',      '', extract(epoch FROM a.last_activity_at)::float8),
    ('student_probe_timestamp_seconds',         '',      '', extract(epoch FROM a.probed_at)::float8),
    ('student_errors_total',                    '',      '', a.errors),
    ('student_failed_logins',                   '',      '', a.failed_logins),
    ('student_sessions',                        '',      '', a.sessions),
    ('student_database_bytes',                  '',      '', a.database_bytes),
    ('hand_raised_timestamp_seconds',           '',      '', extract(epoch FROM h.raised_at)::float8)
 ) AS v (metric, state, reason, value)
 WHERE s.is_active AND l.is_current AND v.value IS NOT NULL
UNION ALL
SELECT 1, l.name, '', '', '', 'students', count(s.*)
  FROM labs l LEFT JOIN students s ON s.lab_id = l.lab_id AND s.is_active
 WHERE l.is_current
 GROUP BY l.name
UNION ALL
SELECT 2, l.name, '', '', '', 'daemon_heartbeat_timestamp_seconds', extract(epoch FROM b.beat_at)::float8
  FROM labs l JOIN heartbeats b USING (lab_id)
 WHERE l.is_current;

-- -- who may what --------------------------------------------------------------------------------

GRANT SELECT ON ALL TABLES IN SCHEMA public TO lectern_daemon, lectern_console;
GRANT INSERT, UPDATE, DELETE ON hands, needs, step_lacks, class_memory, errors, log_marks, results TO lectern_daemon;
GRANT UPDATE ON lessons, announcements TO lectern_daemon;
GRANT INSERT, UPDATE ON lessons, lesson_pauses, extra_times, announcements, hands TO lectern_console;
GRANT INSERT ON events, notes TO lectern_console;
