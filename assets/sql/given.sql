-- What a query lab's students are given, in the copy of the example that their databases are copied from; run by
-- the administrator after assets/sql/template.sql.  Everything belongs to lectern_given, a role that cannot log in;
-- students may read it and refer to it, and where the lab says so change rows ("lectern.given_rights", a list of
-- privileges).  Their own views and functions may stand in any of the schemas.
REASSIGN OWNED BY lectern_loader TO lectern_given;
DO $$
DECLARE
    space name;
BEGIN
    FOR space IN
        SELECT n.nspname FROM pg_catalog.pg_namespace n
         WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'lectern')
    LOOP
        EXECUTE pg_catalog.format('GRANT USAGE, CREATE ON SCHEMA %I TO lectern_student', space);
        EXECUTE pg_catalog.format('GRANT %s ON ALL TABLES IN SCHEMA %I TO lectern_student',
                                  pg_catalog.current_setting('lectern.given_rights'), space);
        EXECUTE pg_catalog.format('GRANT SELECT, USAGE ON ALL SEQUENCES IN SCHEMA %I TO lectern_student', space);
    END LOOP;
END
$$;
