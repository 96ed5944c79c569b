-- Open orders change state twice without touching an index: leave room on the page.
ALTER TABLE ordering_order SET (fillfactor = 80);
ALTER TABLE ordering_dispatch SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01);

-- The set-based writes of ordering. A set of one is the ordinary case: planning its statements
-- anew each time, for the arrays at hand, would cost more than running them.

-- Take sales: one row per request, by its place in the arrays (from 1).
--
-- Outcomes: `sold` (with the posting and the wallet's balance after it); `replay` (with the
-- fingerprint and the answer of the earlier request under this key); those of ledger_hold;
-- `inactive` (the outlet was suspended since it was looked at). One row with place 0 and `stale`:
-- the catalogue has changed since the prices were taken, nothing was done.
DROP FUNCTION IF EXISTS ordering_sell(bigint, uuid[], text[], text[], bytea[], text[], uuid[], uuid[],
    text[], uuid[], text[], bigint[], bigint[], bigint[], timestamptz[], date[]);
CREATE OR REPLACE FUNCTION ordering_sell(
    revision bigint, actors uuid[], channels text[], keys text[], marks bytea[], arguments text[],
    orders uuid[], outlets uuid[], businesses text[], versions uuid[], msisdns text[],
    amounts bigint[], debits bigint[], day_limits bigint[], details text[], ats timestamptz[],
    days date[]
) RETURNS TABLE (
    place int, outcome text, posting bigint, left_over bigint, mark bytea, answer text
) LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
    n int := cardinality(orders);
    accounts uuid[];
    flights uuid[];
    verdicts text[];
    fresh int[];
BEGIN
    SELECT array_agg(w.account_id ORDER BY r.place), array_agg(w.in_flight_id ORDER BY r.place)
    INTO accounts, flights
    FROM unnest(outlets) WITH ORDINALITY AS r(outlet, place)
    LEFT JOIN wallet_wallet w ON w.outlet_id = r.outlet;

    PERFORM ledger_lock(accounts);

    IF revision <> (SELECT value FROM catalog_revision WHERE id = 1) THEN
        RETURN QUERY SELECT 0, 'stale', NULL::bigint, NULL::bigint, NULL::bytea, NULL::text;
        RETURN;
    END IF;

    -- Looked for after the lock: whoever sold on this wallet under the same key is done by now.
    -- And all in one statement: in two, each with a snapshot of its own, what somebody commits
    -- between them would make a request be neither the one nor the other.
    SELECT array_agg(CASE WHEN j.id IS NOT NULL THEN 'replay'
                          WHEN o.state = 'active' THEN 'fresh'
                          ELSE 'inactive' END ORDER BY r.place)
    INTO verdicts
    FROM unnest(actors, keys, outlets) WITH ORDINALITY AS r(actor, key, outlet, place)
    LEFT JOIN commands_journal j ON j.actor = r.actor AND j.request_key = r.key
    LEFT JOIN saleschannel_outlet o ON o.organization_id = r.outlet;

    SELECT array_agg(v.place::int ORDER BY v.place) INTO fresh
    FROM unnest(verdicts) WITH ORDINALITY AS v(verdict, place) WHERE v.verdict = 'fresh';

    IF fresh IS NULL OR cardinality(fresh) < n THEN
        RETURN QUERY
        SELECT v.place::int, v.verdict, NULL::bigint, NULL::bigint, j.fingerprint, j.answer::text
        FROM unnest(verdicts) WITH ORDINALITY AS v(verdict, place)
        LEFT JOIN commands_journal j ON v.verdict = 'replay'
         AND j.actor = actors[v.place] AND j.request_key = keys[v.place]
        WHERE v.verdict <> 'fresh';
    END IF;

    IF fresh IS NULL THEN
        RETURN;
    END IF;

    IF cardinality(fresh) < n THEN
        -- Keep those that are new: the same call with fewer columns to carry.
        SELECT array_agg(accounts[i] ORDER BY i), array_agg(flights[i] ORDER BY i),
               array_agg(actors[i] ORDER BY i), array_agg(channels[i] ORDER BY i),
               array_agg(keys[i] ORDER BY i), array_agg(marks[i] ORDER BY i),
               array_agg(arguments[i] ORDER BY i), array_agg(orders[i] ORDER BY i),
               array_agg(outlets[i] ORDER BY i), array_agg(businesses[i] ORDER BY i),
               array_agg(versions[i] ORDER BY i), array_agg(msisdns[i] ORDER BY i),
               array_agg(amounts[i] ORDER BY i), array_agg(debits[i] ORDER BY i),
               array_agg(day_limits[i] ORDER BY i), array_agg(details[i] ORDER BY i),
               array_agg(ats[i] ORDER BY i), array_agg(days[i] ORDER BY i)
        INTO accounts, flights, actors, channels, keys, marks, arguments, orders, outlets,
             businesses, versions, msisdns, amounts, debits, day_limits, details, ats, days
        FROM unnest(fresh) AS i;
    END IF;

    RETURN QUERY
    WITH hold AS MATERIALIZED (
        SELECT * FROM ledger_hold(accounts, flights, debits, day_limits, businesses, orders,
                                  ats, days)
    ), sale AS MATERIALIZED (
        SELECT h.place, h.posting, h.left_over, r.*
        FROM hold h
        JOIN unnest(actors, channels, keys, marks, arguments, orders, outlets, businesses,
                    versions, msisdns, amounts, debits, details, ats, days) WITH ORDINALITY
             AS r(actor, channel, key, mark, arguments, id, outlet, business, version, msisdn,
                  amount, debit, details, at, day, n)
          ON r.n = h.place
        WHERE h.outcome = 'held'
    ), ordered AS (
        INSERT INTO ordering_order
            (id, outlet_id, actor, channel, business, version_id, msisdn, amount, debit, state,
             ordered_at, business_date, hold_id, details)
        SELECT id, outlet, actor, channel, business, version, msisdn, amount, debit,
               'acknowledged', at, day, posting, nullif(details, '')::jsonb
        FROM sale ORDER BY place
    ), queued AS (
        INSERT INTO ordering_dispatch (order_id, next_at) SELECT id, at FROM sale ORDER BY place
    ), journalled AS (
        INSERT INTO commands_journal
            (at, actor, channel, command, request_key, fingerprint, subject, arguments, answer)
        SELECT at, actor, channel, 'ordering.sell', key, mark, id, arguments::jsonb,
               jsonb_build_object('order', id, 'posting', posting, 'day', day, 'amount', amount,
                                  'debit', debit, 'balance', left_over, 'business', business)
        FROM sale ORDER BY place
    )
    SELECT fresh[h.place], CASE h.outcome WHEN 'held' THEN 'sold' ELSE h.outcome END,
           h.posting, h.left_over, NULL::bytea, NULL::text
    FROM hold h;
END $$;
