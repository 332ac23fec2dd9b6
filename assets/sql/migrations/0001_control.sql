-- The control database: labs, students, what is checked, what was measured, what happened.
-- Written by `lectern apply` (labs, students, steps, checks) and lecternd (everything measured); read by
-- the console as lectern_console and by the exporter, through schema metrics only.
-- Times are UTC.  A measurement that could not be taken is NULL: the feed then leaves the series out.

CREATE TABLE labs (
    lab_id       integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    name         text NOT NULL UNIQUE,
    title        text NOT NULL,
    source       text NOT NULL,             -- absolute path of its lab.yaml
    limits       jsonb NOT NULL,            -- idle_after_s, stuck_after_s, behind_by, content_max_rows
    definition   text NOT NULL DEFAULT '',  -- digest of title, source and limits as last applied in full
    checks_from  text NOT NULL DEFAULT '',  -- digest of what steps and checks were derived from
    is_current   boolean NOT NULL DEFAULT true,
    generation   bigint NOT NULL DEFAULT 1, -- raised by each apply that changed what is measured
    applied_at   timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX labs_one_current ON labs (is_current) WHERE is_current;

CREATE TABLE students (
    student_id   integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    lab_id       integer NOT NULL REFERENCES labs ON DELETE CASCADE,
    login        text NOT NULL,
    name         text NOT NULL,
    email        text NOT NULL,
    seat         text NOT NULL,
    group_name   text NOT NULL,
    time_factor  double precision NOT NULL DEFAULT 1 CHECK (time_factor > 0),
    position     integer NOT NULL,          -- in the roster
    is_active    boolean NOT NULL DEFAULT true,  -- false: left the roster; disabled, not deleted
    password_generation integer NOT NULL DEFAULT 0,
    UNIQUE (lab_id, login)
);

CREATE TABLE steps (
    step_id      integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    lab_id       integer NOT NULL REFERENCES labs ON DELETE CASCADE,
    position     integer NOT NULL,
    name         text NOT NULL,
    title        text NOT NULL,
    hint         text NOT NULL DEFAULT '',
    weight       double precision NOT NULL DEFAULT 1 CHECK (weight > 0),
    UNIQUE (lab_id, name)
);

CREATE TABLE checks (
    lab_id       integer NOT NULL REFERENCES labs ON DELETE CASCADE,
    check_id     text NOT NULL,             -- stable hash of kind, relation and name
    step_id      integer NOT NULL REFERENCES steps ON DELETE CASCADE,
    position     integer NOT NULL,
    kind         text NOT NULL,
    schema_name  text NOT NULL,
    relation     text NOT NULL,
    name         text NOT NULL,
    title        text NOT NULL,
    weight       double precision NOT NULL CHECK (weight >= 0),
    expected     jsonb NOT NULL,
    PRIMARY KEY (lab_id, check_id)
);

-- One hot row per student, rewritten whenever a turn of lecternd learned something.  Nothing that changes
-- is indexed (so every update can be HOT) and half of each page stays free for the new versions.
CREATE TABLE activity (
    student_id       integer PRIMARY KEY REFERENCES students ON DELETE CASCADE,
    progress         double precision CHECK (progress BETWEEN 0 AND 1),
    steps_done       integer,
    current_step_id  integer REFERENCES steps ON DELETE SET NULL,
    state            text NOT NULL DEFAULT 'unknown' CHECK (state IN
                     ('unknown', 'absent', 'idle', 'working', 'behind', 'stuck', 'blocked', 'done')),
    reason           text NOT NULL DEFAULT '',  -- why unknown or blocked, in words
    first_seen_at    timestamptz,
    last_progress_at timestamptz,
    last_activity_at timestamptz,
    probed_at        timestamptz,
    errors           bigint NOT NULL DEFAULT 0,
    sessions         integer NOT NULL DEFAULT 0,
    database_bytes   bigint
) WITH (fillfactor = 50, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_scale_factor = 0.5,
        autovacuum_analyze_threshold = 5000, autovacuum_vacuum_cost_delay = 0);

CREATE TABLE step_scores (
    student_id   integer NOT NULL REFERENCES students ON DELETE CASCADE,
    step_id      integer NOT NULL REFERENCES steps ON DELETE CASCADE,
    score        double precision CHECK (score BETWEEN 0 AND 1),
    last_score   double precision CHECK (last_score BETWEEN 0 AND 1), -- the last one that was known
    measured_at  timestamptz NOT NULL,
    PRIMARY KEY (student_id, step_id)
) WITH (fillfactor = 80, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_scale_factor = 0.2,
        autovacuum_analyze_threshold = 20000, autovacuum_vacuum_cost_delay = 0);

CREATE TABLE scores (
    student_id   integer NOT NULL REFERENCES students ON DELETE CASCADE,
    lab_id       integer NOT NULL,
    check_id     text NOT NULL,
    score        double precision CHECK (score BETWEEN 0 AND 1),
    verdict      text NOT NULL DEFAULT '',
    measured_at  timestamptz NOT NULL,
    PRIMARY KEY (student_id, check_id),
    FOREIGN KEY (lab_id, check_id) REFERENCES checks ON DELETE CASCADE
) WITH (fillfactor = 80, autovacuum_vacuum_cost_delay = 0);

-- The timeline: a row whenever a student's progress changed.
CREATE TABLE progress (
    student_id   integer NOT NULL REFERENCES students ON DELETE CASCADE,
    at           timestamptz NOT NULL,
    progress     double precision NOT NULL CHECK (progress BETWEEN 0 AND 1),
    steps_done   integer NOT NULL,
    PRIMARY KEY (student_id, at)
);

CREATE TABLE events (
    event_id     bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    lab_id       integer REFERENCES labs ON DELETE CASCADE,
    student_id   integer REFERENCES students ON DELETE CASCADE,
    at           timestamptz NOT NULL DEFAULT now(),
    kind         text NOT NULL,             -- 'step_done', 'step_lost', 'provisioned', 'daemon', ...
    actor        text NOT NULL DEFAULT current_user,
    text         text NOT NULL
);

-- One row per lab.  lecternd sets beat_at in the same transaction as the turn's measurements.
CREATE TABLE heartbeats (
    lab_id       integer PRIMARY KEY REFERENCES labs ON DELETE CASCADE,
    beat_at      timestamptz NOT NULL,
    turn         bigint NOT NULL
) WITH (fillfactor = 20, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_scale_factor = 0,
        autovacuum_analyze_threshold = 100000);

-- What lectern made: an object of that name that is not here is refused, never adopted, never dropped.
CREATE TABLE provisioned (
    kind         text NOT NULL CHECK (kind IN ('role', 'database', 'ldap')),
    name         text NOT NULL,
    lab_id       integer REFERENCES labs ON DELETE SET NULL,
    made_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (kind, name)
);

-- The feed: what the exporter may see.  One row is one sample; `metric` becomes the name's end, the other
-- texts become labels, an empty text means "no such label".  No NULL ever leaves these views.  The heartbeat
-- sorts last: the exporter publishes a result that broke off half-way as if it were whole, so a heartbeat
-- that is there says that everything before it is there as well.
CREATE SCHEMA metrics;

CREATE VIEW metrics.student_samples AS
SELECT 0 AS place, l.name AS lab, s.login AS student, v.state, v.reason, v.metric, v.value
  FROM labs l
  JOIN students s USING (lab_id)
  JOIN activity a USING (student_id)
 CROSS JOIN LATERAL (VALUES
    ('student_progress_ratio',                  '',      '', a.progress),
    ('student_steps_done',                      '',      '', a.steps_done),
    ('student_state',                           a.state, '', 1),
    ('student_last_progress_timestamp_seconds', '',      '', extract(epoch FROM a.last_progress_at)::float8),
    ('student_last_activity_timestamp_seconds', '',      '', extract(epoch FROM a.last_activity_at)::float8),
    ('student_probe_timestamp_seconds',         '',      '', extract(epoch FROM a.probed_at)::float8),
    ('student_errors_total',                    '',      '', a.errors),
    ('student_sessions',                        '',      '', a.sessions),
    ('student_database_bytes',                  '',      '', a.database_bytes)
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

CREATE VIEW metrics.step_samples AS
SELECT 0 AS place, l.name AS lab, s.login AS student, p.name AS step, 'step_score_ratio' AS metric, c.score AS value
  FROM labs l
  JOIN students s USING (lab_id)
  JOIN step_scores c USING (student_id)
  JOIN steps p USING (step_id)
 WHERE s.is_active AND l.is_current AND c.score IS NOT NULL
UNION ALL
SELECT 2, l.name, '', '', 'steps_heartbeat_timestamp_seconds', extract(epoch FROM b.beat_at)::float8
  FROM labs l JOIN heartbeats b USING (lab_id)
 WHERE l.is_current;

REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO lectern_daemon, lectern_console;
GRANT USAGE ON SCHEMA metrics TO lectern_exporter;
GRANT SELECT ON metrics.student_samples, metrics.step_samples TO lectern_exporter;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO lectern_daemon, lectern_console;
GRANT INSERT, UPDATE, DELETE ON activity, step_scores, scores, progress, heartbeats TO lectern_daemon;
GRANT INSERT ON events TO lectern_daemon;
