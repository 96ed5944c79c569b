-- Tables that are partitioned by business month: `period` is the first day of one.

-- The business month that a moment belongs to.
CREATE OR REPLACE FUNCTION period_of(at timestamptz) RETURNS date IMMUTABLE PARALLEL SAFE
LANGUAGE sql AS $$
    SELECT date_trunc('month', at AT TIME ZONE 'Asia/Shanghai')::date
$$;

-- Make the partitions `<parent>_YYYY_MM` of a table's months, both included, that are not there
-- yet, and move there what lies in `<parent>_default`; returns the names of those that it made.
--
-- A new partition is stored as the default one is (fillfactor, autovacuum): PostgreSQL keeps no
-- such settings for the parent.
CREATE OR REPLACE FUNCTION months_ensure(parent text, since date, until date)
RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    spare text := parent || '_default';
    settings text;
    month date;
    name text;
BEGIN
    SELECT 'WITH (' || string_agg(o, ', ') || ')' INTO settings
    FROM pg_class c, unnest(c.reloptions) o WHERE c.oid = spare::regclass;

    FOR month IN
        SELECT generate_series(date_trunc('month', since), until, interval '1 month')::date
    LOOP
        name := parent || to_char(month, '_YYYY_MM');
        CONTINUE WHEN to_regclass(name) IS NOT NULL;
        -- In this order, so that two who make months do not wait for each other in a circle.
        EXECUTE format('LOCK TABLE ONLY %I IN SHARE UPDATE EXCLUSIVE MODE', parent);
        CONTINUE WHEN to_regclass(name) IS NOT NULL;
        EXECUTE format('LOCK TABLE %I IN ACCESS EXCLUSIVE MODE', spare);
        EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS) %s',
                       name, parent, coalesce(settings, ''));
        EXECUTE format(
            'WITH moved AS (DELETE FROM %I WHERE period = %L RETURNING *)'
            ' INSERT INTO %I SELECT * FROM moved', spare, month, name);
        EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                       parent, name, month, (month + interval '1 month')::date);
        RETURN NEXT name;
    END LOOP;
END $$;

-- Take the statistics of a table's months, but of empty ones: plans that a session makes while a
-- month is known to be empty take the first index that they find for it, and are kept.
CREATE OR REPLACE FUNCTION months_analyze(parent text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    name text;
    filled boolean;
BEGIN
    FOR name IN SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = parent::regclass
    LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %s)', name) INTO filled;
        IF filled THEN
            EXECUTE format('ANALYZE %s', name);
        END IF;
    END LOOP;
END $$;
