-- Hold a request key until the transaction ends, then look for what was answered to it.
--
-- The lock comes first and the look second, in a snapshot of its own, so that of two who come
-- at once the later one sees what the earlier one has written. It looks in all months.
CREATE OR REPLACE FUNCTION commands_claim(who uuid, key text)
RETURNS TABLE (fingerprint bytea, answer jsonb) LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(who::text || key, 0));
    RETURN QUERY SELECT j.fingerprint, j.answer FROM commands_journal j
    WHERE j.actor = who AND j.request_key = key
    ORDER BY j.period DESC LIMIT 1;
END $$;
