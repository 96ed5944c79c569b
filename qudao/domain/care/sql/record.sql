-- Write contacts, many at a time: rows and journal rows, each request key once.
--
-- One row for each request, by its place in the arrays (from 1): `recorded`; `known`, with the
-- fingerprint and the answer of the earlier request under this key; `again`: somebody else wrote
-- the key while this ran, and a second call will know it.
--
-- A plan lives as long as its connection, and one that was made while a table was small must serve
-- when it has grown: the journal is looked into by its key, whatever its size.
DO $$
DECLARE
    older regprocedure;
BEGIN
    FOR older IN SELECT oid FROM pg_proc WHERE proname = 'care_record' LOOP
        EXECUTE format('DROP FUNCTION %s', older);
    END LOOP;
END $$;

CREATE OR REPLACE FUNCTION care_record(
    since date, until date, ids uuid[], ats timestamptz[], periods date[], homes text[],
    places uuid[], actors uuid[], channels text[], keys text[], marks bytea[], arguments text[],
    directions text[], reasons text[], items text[], outcomes text[], languages text[],
    msisdns bytea[], msisdn_hashes bytea[], orders text[], starts timestamptz[],
    ends timestamptz[]
) RETURNS TABLE (nth int, verdict text, mark bytea, answer text)
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH asked AS MATERIALIZED (
        SELECT r.*, j.fingerprint, j.known
        FROM unnest(ids, ats, periods, homes, places, actors, channels, keys, marks, arguments,
                    directions, reasons, items, outcomes, languages, msisdns, msisdn_hashes,
                    orders, starts, ends) WITH ORDINALITY
             AS r(id, at, period, home, place, actor, channel, key, mark, arguments, direction,
                  reason, item, outcome, language, msisdn, msisdn_hash, ordered, started_at,
                  ended_at, nth)
        LEFT JOIN LATERAL (
            -- The limit keeps it a look for each request.
            SELECT j.fingerprint, j.answer::text AS known FROM commands_journal j
            WHERE j.actor = r.actor AND j.request_key = r.key AND j.home = r.home
              AND j.period BETWEEN since AND until
            LIMIT 1
        ) j ON true
    ), journalled AS (
        -- In one order, so that two who write the same keys do not wait in a circle.
        INSERT INTO commands_journal
            (at, period, actor, home, channel, command, request_key, fingerprint, arguments,
             answer)
        SELECT at, period, actor, home, channel, 'care.record_interactions', key, mark,
               arguments::jsonb, to_jsonb(id)
        FROM asked WHERE fingerprint IS NULL ORDER BY actor, key
        ON CONFLICT DO NOTHING
        RETURNING actor, request_key, home
    ), written AS MATERIALIZED (
        SELECT a.* FROM asked a
        JOIN journalled w ON w.actor = a.actor AND w.request_key = a.key AND w.home = a.home
    ), kept AS (
        INSERT INTO care_interaction
            (id, started_at, ended_at, period, place_id, actor, "order", home, channel, direction,
             reason, item, outcome, language, msisdn, msisdn_hash)
        SELECT id, started_at, ended_at, period, place, actor, nullif(ordered, '')::uuid, home,
               channel, direction, reason, item, outcome, language, nullif(msisdn, ''),
               nullif(msisdn_hash, '')
        FROM written
    )
    SELECT a.nth::int,
           CASE WHEN a.fingerprint IS NOT NULL THEN 'known'
                WHEN w.nth IS NOT NULL THEN 'recorded'
                ELSE 'again' END,
           a.fingerprint, a.known
    FROM asked a LEFT JOIN written w ON w.nth = a.nth;
END $$;
