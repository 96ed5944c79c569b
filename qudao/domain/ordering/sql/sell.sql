-- The set-based write of the sale. A set of one is the ordinary case: planning its statements
-- anew each time, for the arrays at hand, would cost more than running them. A plan lives as long as
-- its connection: one made while a table was small must serve when it has grown, so none may read a
-- table from end to end.

DO $$
DECLARE
    older regprocedure;
BEGIN
    FOR older IN SELECT oid FROM pg_proc WHERE proname = 'ordering_sell' LOOP
        EXECUTE format('DROP FUNCTION %s', older);
    END LOOP;
END $$;

-- Take sales of one business day: one row per request, by its place in the arrays (from 1).
--
-- Outcomes: `sold` (with the posting and the wallet's balance after it); `replay` (with the
-- fingerprint and the answer of the earlier request under this key); those of ledger_hold;
-- `outlet` and `authority` (the outlet, or what the account may do, is not any more what its stamp
-- says: nothing was done for this request); `busy` (the caller does not wait, and others hold the
-- wallet). One row with place 0 and `stale`: the catalogue has changed since the prices were taken,
-- nothing was done for any.
CREATE OR REPLACE FUNCTION ordering_sell(
    revision bigint, today date, patient boolean, actors uuid[], authorities bigint[],
    channels text[], keys text[], marks bytea[], arguments text[], orders uuid[], outlets uuid[],
    stamps bigint[], businesses text[], versions uuid[], msisdns text[], amounts bigint[],
    debits bigint[], day_limits bigint[], details text[], ats timestamptz[]
) RETURNS TABLE (
    place int, outcome text, posting bigint, left_over bigint, mark bytea, answer text
) LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off
SET enable_mergejoin = off AS $$
#variable_conflict use_column
DECLARE
    n int := cardinality(orders);
    month date := date_trunc('month', today);
    near date := month;
    ahead date := month;
    last date;
    accounts uuid[];
    flights uuid[];
    homes text[];
    busy uuid[] := '{}';
    current_revision bigint;
    verdicts text[];
    fresh int[];
    outcomes text[];
    postings bigint[];
    balances bigint[];
BEGIN
    -- A key is known for three days at least, and clocks differ: look beyond the month's end.
    IF extract(day FROM today) <= 3 THEN
        near := month - interval '1 month';
    ELSIF extract(day FROM today + 1) = 1 THEN
        near := month + interval '1 month';
    END IF;

    SELECT array_agg(w.account_id ORDER BY r.place), array_agg(w.in_flight_id ORDER BY r.place),
           array_agg(w.home ORDER BY r.place)
    INTO accounts, flights, homes
    FROM unnest(outlets) WITH ORDINALITY AS r(outlet, place)
    LEFT JOIN wallet_wallet w ON w.outlet_id = r.outlet;

    IF patient THEN
        last := ledger_lock(accounts, homes);
    ELSE
        SELECT t.busy, t.last INTO busy, last FROM ledger_try(accounts, homes) t;
    END IF;
    -- A wallet that has paid in a month to come: the clock was set back since.
    IF last > today THEN
        ahead := date_trunc('month', last);
    END IF;

    -- Looked for after the lock: whoever sold on this wallet under the same key is done by now.
    -- And all in one statement: in two, each with a snapshot of its own, what somebody commits
    -- between them would make a request be neither the one nor the other.
    SELECT array_agg(CASE WHEN j.id IS NOT NULL THEN 'replay'
                          WHEN r.account = ANY(busy) THEN 'busy'
                          WHEN o.stamp IS DISTINCT FROM r.stamp THEN 'outlet'
                          WHEN r.authority IS NOT NULL AND u.stamp IS DISTINCT FROM r.authority
                               THEN 'authority'
                          ELSE 'fresh' END ORDER BY r.place),
           (SELECT c.value FROM catalog_revision c WHERE c.id = 1)
    INTO verdicts, current_revision
    FROM unnest(actors, authorities, keys, outlets, stamps, accounts, homes) WITH ORDINALITY
         AS r(actor, authority, key, outlet, stamp, account, home, place)
    LEFT JOIN commands_journal j ON j.actor = r.actor AND j.request_key = r.key
          AND j.home = r.home AND j.period IN (month, near, ahead)
    LEFT JOIN saleschannel_outlet o ON o.organization_id = r.outlet
    LEFT JOIN identity_user u ON u.id = CASE WHEN r.authority IS NOT NULL THEN r.actor END;

    IF revision <> current_revision THEN
        RETURN QUERY SELECT 0, 'stale', NULL::bigint, NULL::bigint, NULL::bytea, NULL::text;
        RETURN;
    END IF;

    SELECT array_agg(v.place::int ORDER BY v.place) INTO fresh
    FROM unnest(verdicts) WITH ORDINALITY AS v(verdict, place) WHERE v.verdict = 'fresh';

    IF fresh IS NULL OR cardinality(fresh) < n THEN
        RETURN QUERY
        SELECT v.place::int, v.verdict, NULL::bigint, NULL::bigint, j.fingerprint, j.answer::text
        FROM unnest(verdicts, actors, keys, homes) WITH ORDINALITY
             AS v(verdict, actor, key, home, place)
        LEFT JOIN commands_journal j ON v.verdict = 'replay' AND j.actor = v.actor
              AND j.request_key = v.key AND j.home = v.home AND j.period IN (month, near, ahead)
        WHERE v.verdict <> 'fresh';
    END IF;

    IF fresh IS NULL THEN
        RETURN;
    END IF;

    IF cardinality(fresh) < n THEN
        -- Keep those that are new: the same call with fewer columns to carry.
        SELECT array_agg(accounts[i] ORDER BY i), array_agg(flights[i] ORDER BY i),
               array_agg(homes[i] ORDER BY i),
               array_agg(actors[i] ORDER BY i), array_agg(channels[i] ORDER BY i),
               array_agg(keys[i] ORDER BY i), array_agg(marks[i] ORDER BY i),
               array_agg(arguments[i] ORDER BY i), array_agg(orders[i] ORDER BY i),
               array_agg(outlets[i] ORDER BY i), array_agg(businesses[i] ORDER BY i),
               array_agg(versions[i] ORDER BY i), array_agg(msisdns[i] ORDER BY i),
               array_agg(amounts[i] ORDER BY i), array_agg(debits[i] ORDER BY i),
               array_agg(day_limits[i] ORDER BY i), array_agg(details[i] ORDER BY i),
               array_agg(ats[i] ORDER BY i)
        INTO accounts, flights, homes, actors, channels, keys, marks, arguments, orders, outlets,
             businesses, versions, msisdns, amounts, debits, day_limits, details, ats
        FROM unnest(fresh) AS i;
    END IF;

    SELECT h.outcomes, h.postings, h.balances INTO outcomes, postings, balances
    FROM ledger_hold(accounts, homes, flights, debits, day_limits, businesses, orders, ats, today,
                     month) h;

    RETURN QUERY
    WITH sale AS MATERIALIZED (
        SELECT r.*
        FROM unnest(outcomes, postings, balances, homes, actors, channels, keys, marks, arguments,
                    orders, outlets, businesses, versions, msisdns, amounts, debits, details, ats)
             WITH ORDINALITY
             AS r(outcome, posting, left_over, home, actor, channel, key, mark, arguments, id,
                  outlet, business, version, msisdn, amount, debit, details, at, place)
        WHERE r.outcome = 'held'
    ), ordered AS (
        INSERT INTO ordering_order
            (id, ordered_at, amount, debit, hold_id, business_date, period, outlet_id, version_id,
             actor, home, state, channel, business, msisdn, details)
        SELECT id, at, amount, debit, posting, today, month, outlet, version, actor, home,
               'acknowledged', channel, business, msisdn, nullif(details, '')::jsonb
        FROM sale
    ), queued AS (
        -- In the order of the set: a line's orders reach the BOSS in that order.
        INSERT INTO ordering_dispatch (order_id, next_at, period, home, line)
        SELECT id, at, month, home, msisdn FROM sale ORDER BY place
    ), journalled AS (
        INSERT INTO commands_journal
            (at, period, actor, subject, home, channel, command, request_key, fingerprint,
             arguments, answer)
        SELECT at, month, actor, id, home, channel, 'ordering.sell', key, mark, arguments::jsonb,
               jsonb_build_object('order', id, 'posting', posting, 'day', today, 'amount', amount,
                                  'debit', debit, 'balance', left_over, 'business', business)
        FROM sale
    )
    SELECT fresh[h.place], CASE h.outcome WHEN 'held' THEN 'sold' ELSE h.outcome END,
           h.posting, h.left_over, NULL::bytea, NULL::text
    FROM unnest(outcomes, postings, balances) WITH ORDINALITY
         AS h(outcome, posting, left_over, place);
END $$;
