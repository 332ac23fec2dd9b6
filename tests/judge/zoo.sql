-- A small database with an object of every kind, for the mutation and equivalence tests.
CREATE SCHEMA garden;
CREATE EXTENSION IF NOT EXISTS pg_trgm;

CREATE TYPE diet AS ENUM ('plants', 'meat', 'both');
CREATE TYPE size AS (length_cm numeric(6, 1), weight_kg numeric(8, 2));
CREATE DOMAIN chip AS text CHECK (VALUE ~ '^[0-9]{4}$');
CREATE DOMAIN positive AS integer CHECK (VALUE > 0);
CREATE SEQUENCE ticket_number START 1000;

CREATE TABLE species (
    species_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    latin      varchar(60) NOT NULL,
    english    text NOT NULL,
    eats       diet NOT NULL DEFAULT 'plants',
    names      text[],
    endangered boolean NOT NULL DEFAULT false,
    note       text,
    CHECK (latin <> english)
);
CREATE UNIQUE INDEX species_latin ON species (lower(latin));
CREATE INDEX species_english ON species USING gin (english gin_trgm_ops);

CREATE TABLE enclosure (
    code       char(3) PRIMARY KEY,
    title      text NOT NULL UNIQUE CHECK (title NOT IN ('?', '')),
    area_m2    numeric(8, 2) CHECK (area_m2 > 0),
    built_on   date,
    heated     boolean DEFAULT true,
    opens_at   time,
    price      double precision,
    parent     char(3) REFERENCES enclosure ON DELETE SET NULL
);
CREATE INDEX enclosure_heated ON enclosure (built_on) WHERE heated;
CREATE INDEX enclosure_area ON enclosure (area_m2 DESC);

CREATE TABLE animal (
    animal_id  serial PRIMARY KEY,
    species_id integer NOT NULL REFERENCES species,
    code       char(3) REFERENCES enclosure ON UPDATE CASCADE,
    name       varchar(40) NOT NULL,
    chip       chip,
    born_at    timestamp,
    seen_at    timestamptz,
    legs       smallint DEFAULT 4,
    grams      bigint,
    keeper_no  integer,
    measures   size,
    props      jsonb,
    remark     text,
    loud_name  text GENERATED ALWAYS AS (upper(name)) STORED,
    UNIQUE (species_id, name),
    CHECK (legs >= 0 AND legs <= 8)
);
CREATE INDEX animal_code ON animal (code);
CREATE INDEX animal_born ON animal (born_at, name);
CREATE INDEX animal_remark ON animal (lower(remark));

CREATE TABLE garden.tree (
    tree_no    integer PRIMARY KEY,
    kind       text NOT NULL,
    height_m   real,
    rings      real,
    planted    date DEFAULT CURRENT_DATE
);
CREATE INDEX tree_thick ON garden.tree (rings) WHERE rings IS NOT NULL AND height_m > 1;

CREATE TABLE feeding (
    species_id integer REFERENCES species ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    weekday    smallint CHECK (weekday BETWEEN 1 AND 7),
    food       text,
    kilos      numeric(5, 2) NOT NULL DEFAULT 1.5,
    PRIMARY KEY (species_id, weekday)
);

CREATE TABLE booking (
    code   char(3) NOT NULL,
    during daterange NOT NULL,
    who    text DEFAULT 'nobody',
    EXCLUDE USING gist (during WITH &&)
);

CREATE TABLE visit (
    visit_id bigint NOT NULL,
    on_day   date NOT NULL,
    guests   positive NOT NULL,
    comment  text DEFAULT '',
    PRIMARY KEY (visit_id, on_day)
) PARTITION BY RANGE (on_day);
CREATE TABLE visit_2024 PARTITION OF visit FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE visit_2025 PARTITION OF visit FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE INDEX visit_guests ON visit (guests);

CREATE TABLE audit (
    at      timestamp DEFAULT now(),
    what    text,
    by_whom text
);
ALTER TABLE audit ENABLE ROW LEVEL SECURITY;
CREATE POLICY mine ON audit FOR SELECT USING (by_whom = CURRENT_USER);
CREATE RULE no_delete AS ON DELETE TO audit DO INSTEAD NOTHING;

CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        NEW.seen_at := coalesce(NEW.seen_at, '2024-05-01 12:00+00');
    END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION count_row() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE FUNCTION age_in_years(born timestamp, on_day date) RETURNS integer LANGUAGE sql IMMUTABLE
    AS $$ SELECT extract(year FROM age(on_day, born))::integer $$;
CREATE FUNCTION animals_of(diet) RETURNS SETOF animal LANGUAGE sql STABLE
    AS $$ SELECT a.* FROM animal a JOIN species USING (species_id) WHERE eats = $1 $$;
CREATE FUNCTION heavier(numeric, numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$ SELECT greatest($1, $2) $$;
CREATE AGGREGATE heaviest(numeric) (SFUNC = heavier, STYPE = numeric);
CREATE PROCEDURE close_enclosure(which char) LANGUAGE sql
    AS $$ UPDATE enclosure SET opens_at = NULL WHERE code = which $$;

CREATE TRIGGER animal_touch BEFORE INSERT OR UPDATE ON animal FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TRIGGER feeding_count AFTER INSERT ON feeding FOR EACH STATEMENT EXECUTE FUNCTION count_row();

CREATE VIEW endangered_animal AS
    SELECT a.name, s.english, a.born_at FROM animal a JOIN species s USING (species_id) WHERE s.endangered;
CREATE VIEW crowded AS
    SELECT e.title, count(*) AS animals FROM enclosure e JOIN animal a USING (code) GROUP BY e.title HAVING count(*) > 1;
CREATE VIEW crowded_names AS SELECT title FROM crowded ORDER BY title;
CREATE MATERIALIZED VIEW guests_per_year AS
    SELECT extract(year FROM on_day)::integer AS year, sum(guests) AS guests FROM visit GROUP BY 1;
CREATE UNIQUE INDEX guests_per_year_year ON guests_per_year (year);

INSERT INTO species (latin, english, eats, names, endangered, note) VALUES
    ('Panthera leo', 'lion', 'meat', '{leo,simba}', true, NULL),
    ('Loxodonta africana', 'elephant', 'plants', NULL, true, 'remembers'),
    ('Suricata suricatta', 'meerkat', 'both', '{"timon"}', false, ''),
    ('Giraffa camelopardalis', 'giraffe', 'plants', '{}', true, 'tall'),
    ('Ursus arctos', 'brown bear', 'both', '{baloo,bruno}', false, NULL);
INSERT INTO enclosure VALUES
    ('A1', 'Savanna', 5200.50, '1998-04-01', true, '09:00', 1.5, NULL),
    ('A2', 'Cave', 310, '2004-09-15', false, '10:30', 0.1, 'A1'),
    ('B1', 'Old Forest', 1800.25, NULL, NULL, NULL, 2.25, NULL),
    ('B2', 'Burrow', 95.75, '2011-06-30', true, '09:00', NULL, 'B1');
INSERT INTO animal (species_id, code, name, chip, born_at, legs, grams, keeper_no, measures, props, remark) VALUES
    (1, 'A2', 'Nala', '0001', '2015-03-01 04:30:00', 4, 130000, 7, '(175.5,130.00)', '{"loud": true}', 'Roars'),
    (1, 'A2', 'Kovu', '0002', '2018-07-11 21:05:10', 4, 160000, 7, NULL, '{}', NULL),
    (2, 'A1', 'Tantor', '0003', '1999-12-31 23:59:59', 4, 5400000, 3, '(610.0,5400.00)', NULL, ''),
    (3, 'B2', 'Pip', NULL, NULL, 4, 720, NULL, NULL, '{"siblings": [1, 2]}', 'Digs'),
    (3, 'B2', 'Dot', '0005', '2022-02-02 02:02:02', 3, 690, 2, NULL, NULL, 'digs too'),
    (4, 'A1', 'Melman', '0006', '2010-10-10 10:10:10', 4, 900000, 3, NULL, '{"neck": "long"}', NULL),
    (5, 'B1', 'Baloo', '0007', '2006-06-06 06:06:06', 4, 310000, NULL, '(210.0,310.25)', NULL, 'Sings');
INSERT INTO garden.tree VALUES (1, 'oak', 21.5, 12345678, '1901-11-11'), (2, 'lime', 17.25, 0.1, '1950-03-03'), (3, 'oak', NULL, NULL, '2020-02-29');
INSERT INTO feeding VALUES (1, 1, 'beef', 6.5), (1, 4, 'goat', 7), (2, 2, 'hay', 80), (3, 3, NULL, 0.25), (5, 5, 'fish', 12.75);
INSERT INTO booking VALUES ('A1', '[2025-01-01,2025-02-01)', 'school'), ('B1', '[2025-03-01,2025-03-08)', NULL);
INSERT INTO visit VALUES (1, '2024-02-29', 4, ''), (2, '2024-07-07', 2, 'hot'), (3, '2025-01-01', 1, NULL), (4, '2025-12-31', 9, 'cold');
INSERT INTO audit VALUES ('2024-01-01 00:00', 'opened', 'root'), ('2024-06-01 12:00', 'closed', 'nobody');
REFRESH MATERIALIZED VIEW guests_per_year;
