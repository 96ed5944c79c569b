-- The dispatcher's set-based writes: take what is due, write down what the BOSS said. The queue
-- knows of each open order in which month and at which home it lies.

-- Hand orders to the dispatcher: what is due, for as long as the lease. Those that may already
-- have reached the BOSS come back with `sent`: they are asked for, not sent again.
CREATE OR REPLACE FUNCTION ordering_claim(
    most int, now timestamptz, lease interval, worker uuid
) RETURNS TABLE (id uuid, sent boolean) LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH due AS MATERIALIZED (
        SELECT d.order_id, d.period, d.home, d.sent FROM ordering_dispatch d
        WHERE d.next_at <= now ORDER BY d.next_at LIMIT most FOR UPDATE SKIP LOCKED
    ), leased AS (
        UPDATE ordering_dispatch d
        SET next_at = now + lease, sent = true, attempts = d.attempts + 1
        FROM due
        WHERE d.order_id = due.order_id AND d.period = due.period AND d.home = due.home
        RETURNING d.order_id, d.period, d.home, d.attempts
    ), started AS (
        UPDATE ordering_order o SET state = 'inProgress', attempts = l.attempts
        FROM leased l
        WHERE o.id = l.order_id AND o.period = l.period AND o.home = l.home
          AND o.state = 'acknowledged'
        RETURNING o.id, o.home, l.attempts
    ), journalled AS (
        INSERT INTO commands_journal
            (at, period, actor, home, channel, command, request_key, fingerprint, subject,
             arguments, answer)
        SELECT now, period_of(now), worker, s.home, 'worker', 'ordering.dispatch',
               s.id || ':' || s.attempts, '', s.id, '{}', '{"state": "inProgress"}'
        FROM started s
    )
    SELECT due.order_id, due.sent FROM due;
END $$;

-- Write down what the BOSS said of orders: one row per order that was open, with its new state.
--
-- Outcomes: `completed`, `refused`, `unknown` (ask again at next_at), `unsent` (it certainly did
-- not arrive: send at next_at).
CREATE OR REPLACE FUNCTION ordering_settle(
    orders uuid[], outcomes text[], refs text[], codes text[], reasons text[],
    next_ats timestamptz[], now timestamptz, today date, worker uuid
) RETURNS TABLE (id uuid, state text) LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
    open uuid[];
    months date[];
    homes text[];
    places int[];
    accounts uuid[];
    owners text[];
    postings bigint[];
    posting_months date[];
    posting_homes text[];
    phases text[];
    targets uuid[];
    resolved bigint[];
BEGIN
    -- Whatever is not in the queue was settled before.
    SELECT array_agg(d.order_id ORDER BY r.place), array_agg(d.period ORDER BY r.place),
           array_agg(d.home ORDER BY r.place)
    INTO open, months, homes
    FROM unnest(orders) WITH ORDINALITY AS r(id, place)
    LEFT JOIN ordering_dispatch d ON d.order_id = r.id;

    -- Orders first, wallets next, each in the order of their ids: as everywhere. A reversal lies
    -- where its sale does.
    PERFORM 1 FROM (
        SELECT k.id, k.period, k.home FROM unnest(open, months, homes) AS k(id, period, home)
        UNION
        SELECT r.reverses_id, k.period, k.home
        FROM unnest(open, months, homes) AS k(id, period, home)
        JOIN ordering_order r ON r.id = k.id AND r.period = k.period AND r.home = k.home
        WHERE r.reverses_id IS NOT NULL
    ) k
    JOIN ordering_order o ON o.id = k.id AND o.period = k.period AND o.home = k.home
    ORDER BY o.id FOR NO KEY UPDATE OF o;

    SELECT array_agg(m.place ORDER BY m.place), array_agg(m.posting ORDER BY m.place),
           array_agg(m.period ORDER BY m.place), array_agg(m.home ORDER BY m.place),
           array_agg(m.phase ORDER BY m.place), array_agg(m.target ORDER BY m.place),
           array_agg(DISTINCT m.wallet), array_agg(DISTINCT m.home)
    INTO places, postings, posting_months, posting_homes, phases, targets, accounts, owners
    FROM (
        SELECT r.place::int AS place, o.period, o.home,
               CASE WHEN o.reverses_id IS NULL THEN o.hold_id ELSE sale.post_id END AS posting,
               CASE WHEN o.reverses_id IS NOT NULL THEN 'reverse'
                    WHEN r.outcome = 'completed' THEN 'post' ELSE 'void' END AS phase,
               CASE WHEN o.reverses_id IS NOT NULL THEN taken.source_id
                    WHEN r.outcome = 'completed' THEN w.collected_id ELSE p.source_id
               END AS target,
               coalesce(taken.source_id, p.source_id) AS wallet
        FROM unnest(open, months, homes, outcomes) WITH ORDINALITY
             AS r(id, period, home, outcome, place)
        JOIN ordering_order o ON o.id = r.id AND o.period = r.period AND o.home = r.home
             AND o.state IN ('acknowledged', 'inProgress', 'pending')
        LEFT JOIN ledger_posting p
          ON p.id = o.hold_id AND p.period = o.period AND p.home = o.home
        LEFT JOIN ordering_order sale
          ON sale.id = o.reverses_id AND sale.period = o.period AND sale.home = o.home
        LEFT JOIN ledger_posting taken
          ON taken.id = sale.hold_id AND taken.period = sale.period AND taken.home = sale.home
        LEFT JOIN wallet_wallet w ON w.outlet_id = o.outlet_id
        WHERE r.outcome = 'completed' OR (r.outcome = 'refused' AND o.reverses_id IS NULL)
    ) m;

    IF places IS NOT NULL THEN
        PERFORM ledger_lock(accounts, owners);
        SELECT array_agg(l.posting ORDER BY l.place) INTO resolved
        FROM ledger_resolve(postings, posting_months, posting_homes, phases, targets,
                            array_fill(now, ARRAY[cardinality(places)]),
                            array_fill(today, ARRAY[cardinality(places)])) l;
    END IF;

    RETURN QUERY
    WITH answer AS MATERIALIZED (
        SELECT r.*, o.reverses_id, o.channel, o.outlet_id, o.business, o.amount, o.debit,
               CASE r.outcome WHEN 'completed' THEN 'completed' WHEN 'refused' THEN 'failed'
                    WHEN 'unknown' THEN 'pending' ELSE 'acknowledged' END AS new_state,
               k.post, o.state AS old_state
        FROM unnest(open, months, homes, outcomes, refs, codes, reasons, next_ats)
             WITH ORDINALITY
             AS r(id, period, home, outcome, reference, code, reason, next_at, place)
        JOIN ordering_order o ON o.id = r.id AND o.period = r.period AND o.home = r.home
             AND o.state IN ('acknowledged', 'inProgress', 'pending')
        LEFT JOIN unnest(places, resolved) AS k(place, post) ON k.place = r.place
    ), queue AS (
        UPDATE ordering_dispatch d SET next_at = a.next_at, sent = (a.outcome = 'unknown')
        FROM answer a
        WHERE d.order_id = a.id AND d.period = a.period AND d.home = a.home
          AND a.outcome IN ('unknown', 'unsent')
        RETURNING d.order_id, d.attempts
    ), done AS (
        DELETE FROM ordering_dispatch d USING answer a
        WHERE d.order_id = a.id AND d.period = a.period AND d.home = a.home
          AND a.outcome IN ('completed', 'refused')
        RETURNING d.order_id, d.attempts
    ), tried AS (
        SELECT * FROM queue UNION ALL SELECT * FROM done
    ), changed AS (
        UPDATE ordering_order o
        SET state = a.new_state,
            settled_at = CASE WHEN a.outcome IN ('completed', 'refused') THEN now END,
            post_id = a.post,
            boss_reference = coalesce(a.reference, ''),
            refusal_code = CASE a.outcome WHEN 'refused' THEN a.code ELSE '' END,
            refusal_reason = CASE a.outcome WHEN 'refused' THEN a.reason ELSE '' END,
            problem = CASE WHEN a.outcome IN ('unknown', 'unsent') THEN a.reason ELSE '' END,
            reversing = CASE a.outcome WHEN 'refused' THEN NULL ELSE o.reversing END,
            attempts = t.attempts
        FROM answer a JOIN tried t ON t.order_id = a.id
        WHERE o.id = a.id AND o.period = a.period AND o.home = a.home
    ), taken_back AS (
        UPDATE ordering_order o
        SET state = CASE a.outcome WHEN 'completed' THEN 'cancelled' ELSE 'completed' END
        FROM answer a
        WHERE o.id = a.reverses_id AND o.period = a.period AND o.home = a.home
          AND a.outcome IN ('completed', 'refused')
        RETURNING o.id, o.ordered_at, o.business_date
    ), journalled AS (
        INSERT INTO commands_journal
            (at, period, actor, home, channel, command, request_key, fingerprint, subject,
             arguments, answer, events)
        SELECT now, period_of(now), worker, a.home, 'worker', 'ordering.settle',
               a.id || ':' || t.attempts || ':' || a.outcome, '', a.id,
               jsonb_strip_nulls(jsonb_build_object('outcome', a.outcome,
                   'reference', nullif(a.reference, ''), 'code', nullif(a.code, ''),
                   'reason', nullif(a.reason, ''))),
               jsonb_build_object('state', a.new_state),
               CASE WHEN a.outcome IN ('completed', 'refused') THEN
                   jsonb_build_array(jsonb_build_array('ordering.OrderSettled',
                       jsonb_build_object('order', a.id, 'state', a.new_state,
                           'outlet', a.outlet_id, 'business', a.business,
                           'channel', coalesce(sale.channel, a.channel), 'amount', a.amount,
                           'debit', a.debit, 'ordered_at', s.ordered_at,
                           'business_date', s.business_date, 'reverses', a.reverses_id)))
               END
        FROM answer a JOIN tried t ON t.order_id = a.id
        LEFT JOIN ordering_order sale
          ON sale.id = a.reverses_id AND sale.period = a.period AND sale.home = a.home
        JOIN ordering_order s ON s.id = coalesce(a.reverses_id, a.id)
         AND s.period = a.period AND s.home = a.home
        WHERE a.new_state <> a.old_state
        ORDER BY a.place
    )
    SELECT a.id, a.new_state FROM answer a ORDER BY a.place;
END $$;
