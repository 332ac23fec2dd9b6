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
    raised_at    timestamptz NOT NULL,           -- its place in the queue is by this; a second call keeps it
    said_at      timestamptz NOT NULL,           -- when the student last said something about it
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
CREATE INDEX hands_by_end ON hands (resolved_at);

-- How far each student's calls are known.  A call is a row of the student's lectern.hands or was seen in an open
-- transaction; `said_at`, to the microsecond the start of its statement, is the same in both, so that none counts twice.
CREATE TABLE hand_marks (
    student_id   integer PRIMARY KEY REFERENCES students ON DELETE CASCADE,
    said_at      timestamptz,
    database_oid bigint,
    source_id    bigint,                         -- in that database
    calls        integer NOT NULL DEFAULT 0,     -- that were taken since
    calls_since  timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 80);

-- Hands with which somebody came to help since midnight, where the server is.
CREATE VIEW helped_today AS
SELECT h.student_id, count(*)::integer AS helped
  FROM hands h
 WHERE h.outcome IN ('helped', 'thanks') AND h.helper <> ''
   AND h.resolved_at >= date_trunc('day', now(), current_setting('log_timezone'))
 GROUP BY h.student_id;

-- The hands that are up, each lab's in the order (`turn`) in which to help: who was not helped yet today ahead, then
-- by waiting time (src/lab/need.h).  `place`: one more than wait before it; a paused hand keeps its own.
CREATE VIEW hand_queue AS
SELECT h.hand_id, s.lab_id, s.student_id, s.login, s.name, s.seat, h.raised_at, h.said_at, h.message, h.state, h.helper,
       h.claimed_at, h.not_found, coalesce(t.helped, 0) AS helped_today,
       row_number() OVER (PARTITION BY s.lab_id ORDER BY coalesce(t.helped, 0) > 0, h.raised_at, h.hand_id) AS turn,
       CASE WHEN h.state <> 'claimed' THEN
           1 + count(*) FILTER (WHERE h.state = 'waiting')
                   OVER (PARTITION BY s.lab_id ORDER BY coalesce(t.helped, 0) > 0, h.raised_at, h.hand_id
                         ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) END AS place
  FROM hands h
  JOIN students s USING (student_id)
  LEFT JOIN helped_today t USING (student_id)
 WHERE h.resolved_at IS NULL;

-- One call of a student: [{student, kind, said (us since 1970), message, oid, source}], the oldest first.  What is
-- known already changes nothing, so a call may come again after a restart; one that was seen before its COMMIT gets its
-- row's number and its whole message.  At most 40 calls an hour count: what a student rolls back has no other limit.
CREATE FUNCTION take_hand_call(call jsonb) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    said timestamptz := 'epoch'::timestamptz + (call ->> 'said')::bigint * '1 microsecond'::interval;
    oid_of bigint := (call ->> 'oid')::bigint;
    source bigint := (call ->> 'source')::bigint;
    words text := coalesce(call ->> 'message', '');
    pupil public.students%ROWTYPE;
    mark public.hand_marks%ROWTYPE;
    hand public.hands%ROWTYPE;
    known boolean;
    event text;
BEGIN
    SELECT s.* INTO pupil FROM public.students s WHERE s.student_id = (call ->> 'student')::integer;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    INSERT INTO public.hand_marks (student_id) VALUES (pupil.student_id) ON CONFLICT DO NOTHING;
    SELECT m.* INTO mark FROM public.hand_marks m WHERE m.student_id = pupil.student_id FOR UPDATE;
    SELECT h.* INTO hand FROM public.hands h WHERE h.student_id = pupil.student_id AND h.resolved_at IS NULL FOR UPDATE;
    known := said <= mark.said_at;
    IF known AND mark.said_at > clock_timestamp() AND source IS NOT NULL THEN -- the server's clock was put back
        known := oid_of = mark.database_oid AND source <= mark.source_id;
    END IF;
    IF mark.calls_since < clock_timestamp() - '1 hour'::interval THEN
        mark.calls := 0;
        mark.calls_since := clock_timestamp();
    END IF;
    IF source IS NOT NULL AND EXISTS (SELECT FROM public.hands h WHERE (h.student_id, h.database_oid, h.source_id)
                                                                     = (pupil.student_id, oid_of, source)) THEN
        oid_of := NULL; -- after a crash that lost a row its number comes again
    END IF;
    IF known THEN
        IF call ->> 'kind' = 'help' AND hand.said_at = said AND oid_of IS NOT NULL THEN
            UPDATE public.hands h SET database_oid = oid_of, source_id = source,
                   message = CASE WHEN words <> '' THEN words ELSE h.message END
             WHERE h.hand_id = hand.hand_id;
        END IF;
    ELSIF mark.calls >= 40 THEN
        NULL;
    ELSIF call ->> 'kind' = 'help' AND hand.hand_id IS NULL THEN
        INSERT INTO public.hands (student_id, lesson_id, database_oid, source_id, raised_at, said_at, message)
        VALUES (pupil.student_id, (SELECT l.lesson_id FROM public.lessons l WHERE l.lab_id = pupil.lab_id
                                      AND l.frozen_at IS NULL AND coalesce(l.ended_at > said, true)),
                oid_of, CASE WHEN oid_of IS NOT NULL THEN source END, said, said, words);
        event := 'hand_raised';
    ELSIF call ->> 'kind' = 'help' THEN
        UPDATE public.hands h SET database_oid = oid_of, source_id = CASE WHEN oid_of IS NOT NULL THEN source END,
               said_at = said, message = CASE WHEN words <> '' THEN words ELSE h.message END,
               state = CASE WHEN h.state = 'paused' THEN 'waiting' ELSE h.state END
         WHERE h.hand_id = hand.hand_id;
        event := 'hand_again';
    ELSIF hand.hand_id IS NOT NULL THEN
        UPDATE public.hands h SET state = 'resolved', outcome = 'thanks', said_at = said, resolved_at = clock_timestamp()
         WHERE h.hand_id = hand.hand_id;
        event := 'hand_thanks';
    END IF;
    IF event IS NOT NULL THEN
        INSERT INTO public.events (lab_id, student_id, at, kind, actor, text)
        VALUES (pupil.lab_id, pupil.student_id, said, event, pupil.login,
                CASE event WHEN 'hand_raised' THEN 'asks for help' WHEN 'hand_again' THEN 'asks for help again'
                           ELSE 'takes the hand down' END);
    END IF;
    UPDATE public.hand_marks m
       SET said_at = CASE WHEN known THEN m.said_at ELSE said END,
           database_oid = coalesce((call ->> 'oid')::bigint, m.database_oid),
           source_id = coalesce(source, m.source_id),
           calls = mark.calls + CASE WHEN event IS NULL THEN 0 ELSE 1 END, calls_since = mark.calls_since
     WHERE m.student_id = pupil.student_id;
END
$$;
CREATE FUNCTION take_hand_calls(calls jsonb) RETURNS void
    LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    SELECT public.take_hand_call(c.call) FROM jsonb_array_elements(calls) WITH ORDINALITY AS c (call, place) ORDER BY c.place
$$;

-- What a helper does about the hand of a student: 'claim', 'pause', 'resume', 'not-found', 'resolve', 'withdraw'.
-- Races are decided by the row's lock: of two who claim, the second one is told who has it.  `problem`: '' when it
-- was done, else 'no student', 'no hand', 'claimed', 'not waiting'; the others tell how the hand stands afterwards.
CREATE FUNCTION act_on_hand(of_lab text, of_login text, act text, who text, words text,
                            OUT problem text, OUT state text, OUT helper text, OUT outcome text, OUT raised_at timestamptz)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    pupil public.students%ROWTYPE;
    hand public.hands%ROWTYPE;
    kind text := CASE act WHEN 'claim' THEN 'hand_claimed' WHEN 'pause' THEN 'hand_paused'
                          WHEN 'resume' THEN 'hand_resumed' WHEN 'not-found' THEN 'hand_not_found'
                          WHEN 'resolve' THEN 'hand_resolved' ELSE 'hand_withdrawn' END;
BEGIN
    SELECT s.* INTO pupil FROM public.students s JOIN public.labs l USING (lab_id)
     WHERE l.name = of_lab AND s.login = of_login;
    IF NOT FOUND THEN
        problem := 'no student';
        RETURN;
    END IF;
    SELECT h.* INTO hand FROM public.hands h WHERE h.student_id = pupil.student_id AND h.resolved_at IS NULL FOR UPDATE;
    IF NOT FOUND THEN
        problem := 'no hand';
        RETURN;
    END IF;
    problem := CASE WHEN act = 'claim' AND hand.state = 'claimed' AND hand.helper <> who THEN 'claimed'
                    WHEN act = 'pause' AND hand.state = 'paused' OR act = 'resume' AND hand.state = 'waiting'
                    THEN 'not waiting' ELSE '' END;
    IF problem = '' AND NOT (act = 'claim' AND hand.state = 'claimed') THEN -- the same helper may say it twice
        IF act = 'claim' THEN
            hand.claimed_at := clock_timestamp();
            hand.state := 'claimed';
            hand.helper := who;
        ELSIF act IN ('pause', 'resume') THEN
            hand.state := CASE act WHEN 'pause' THEN 'paused' ELSE 'waiting' END;
            hand.helper := '';
        ELSIF act = 'not-found' THEN
            hand.not_found := hand.not_found + 1;
            hand.state := CASE WHEN hand.not_found < 2 THEN 'paused' ELSE 'resolved' END;
            hand.outcome := CASE WHEN hand.not_found < 2 THEN '' ELSE 'not_found' END;
            hand.helper := '';
        ELSIF act IN ('resolve', 'withdraw') THEN
            hand.state := 'resolved';
            hand.outcome := CASE act WHEN 'resolve' THEN 'helped' ELSE 'withdrawn' END;
            hand.helper := CASE WHEN hand.helper = '' AND act = 'resolve' THEN who ELSE hand.helper END;
        ELSE
            RAISE EXCEPTION 'there is no act "%"', act;
        END IF;
        UPDATE public.hands h SET state = hand.state, helper = hand.helper, claimed_at = hand.claimed_at,
               not_found = hand.not_found, outcome = hand.outcome,
               note = CASE WHEN words <> '' THEN words ELSE h.note END,
               resolved_at = CASE WHEN hand.state = 'resolved' THEN clock_timestamp() END
         WHERE h.hand_id = hand.hand_id;
        INSERT INTO public.events (lab_id, student_id, kind, actor, text)
        VALUES (pupil.lab_id, pupil.student_id, kind, who,
                CASE act WHEN 'claim' THEN 'comes to help' WHEN 'pause' THEN 'puts the hand off'
                         WHEN 'resume' THEN 'gives the hand back to the queue'
                         WHEN 'not-found' THEN 'came and found nobody' WHEN 'resolve' THEN 'has helped'
                         ELSE 'withdraws the hand' END);
    END IF;
    state := hand.state;
    helper := hand.helper;
    outcome := hand.outcome;
    raised_at := hand.raised_at;
END
$$;

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

-- What students' databases show of this one: the announcements that hold and since when hands wait, as the comment on
-- this database, which any session of the server can read (assets/sql/template.sql: lectern.published).  Announcements
-- whose time is over, or whose lesson is, are ended by the way.  Takes nothing from its caller; true when it changed.
CREATE FUNCTION publish_board() RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    board text;
BEGIN
    PERFORM pg_advisory_xact_lock(7809639181116367215); -- a comment cannot be changed by two at once
    UPDATE public.announcements a SET ended_at = a.until_at
     WHERE a.ended_at IS NULL AND a.until_at <= clock_timestamp();
    UPDATE public.announcements a SET ended_at = l.ended_at
      FROM public.lessons l
     WHERE a.ended_at IS NULL AND a.until_at IS NULL AND l.lab_id = a.lab_id AND a.made_at < l.ended_at
       AND l.ended_at <= clock_timestamp();
    SELECT jsonb_build_object('lectern', 1,
               'announcements', (SELECT coalesce(jsonb_agg(jsonb_build_object('text', a.text,
                       'since', extract(epoch FROM a.made_at)::float8, 'until', extract(epoch FROM a.until_at)::float8)
                       ORDER BY a.announcement_id), '[]')
                  FROM public.announcements a JOIN public.labs l USING (lab_id)
                 WHERE l.is_current AND a.ended_at IS NULL),
               'waiting_since', (SELECT coalesce(jsonb_agg(extract(epoch FROM q.raised_at) ORDER BY q.raised_at), '[]')
                  FROM public.hand_queue q JOIN public.labs l USING (lab_id)
                 WHERE l.is_current AND q.state = 'waiting'),
               'waiting_since_new', (SELECT coalesce(jsonb_agg(extract(epoch FROM q.raised_at) ORDER BY q.raised_at), '[]')
                  FROM public.hand_queue q JOIN public.labs l USING (lab_id)
                 WHERE l.is_current AND q.state = 'waiting' AND q.helped_today = 0))::text
      INTO board;
    IF board IS NOT DISTINCT FROM (SELECT shobj_description(d.oid, 'pg_database') FROM pg_database d
                                    WHERE d.datname = current_database()) THEN
        RETURN false;
    END IF;
    EXECUTE format('COMMENT ON DATABASE %I IS %L', current_database(), board);
    RETURN true;
END
$$;

-- Which template a student's database was last brought up to (src/provision/apply_templates.c); '': an older one.
ALTER TABLE provisioned ADD COLUMN template text NOT NULL DEFAULT '';

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
    modified_at  timestamptz,
    head         bytea NOT NULL DEFAULT ''       -- its first bytes: after a rotation they are others
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
           coalesce((SELECT string_agg(CASE WHEN b.usename = a.usename THEN 'their own session '
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

REVOKE ALL ON FUNCTION take_hand_call(jsonb), take_hand_calls(jsonb), act_on_hand(text, text, text, text, text),
    publish_board() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION take_hand_call(jsonb), take_hand_calls(jsonb) TO lectern_daemon;
GRANT EXECUTE ON FUNCTION act_on_hand(text, text, text, text, text) TO lectern_console;
GRANT EXECUTE ON FUNCTION publish_board() TO lectern_daemon, lectern_console;
GRANT INSERT, UPDATE, DELETE ON hand_marks TO lectern_daemon;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO lectern_daemon, lectern_console;
GRANT INSERT, UPDATE, DELETE ON hands, needs, step_lacks, class_memory, errors, log_marks, results TO lectern_daemon;
GRANT UPDATE ON lessons, announcements TO lectern_daemon;
GRANT INSERT, UPDATE ON lessons, lesson_pauses, extra_times, announcements, hands TO lectern_console;
GRANT INSERT ON events, notes TO lectern_console;
