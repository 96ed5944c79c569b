-- The dispatcher's set-based writes: take what is due, write down what the BOSS said.

-- Hand orders to the dispatcher: what is due, for as long as the lease. Those that may already
-- have reached the BOSS come back with `sent`: they are asked for, not sent again.
CREATE OR REPLACE FUNCTION ordering_claim(
    most int, now timestamptz, lease interval, worker uuid
) RETURNS TABLE (id uuid, sent boolean) LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH due AS MATERIALIZED (
        SELECT d.order_id, d.sent FROM ordering_dispatch d
        WHERE d.next_at <= now ORDER BY d.next_at LIMIT most FOR UPDATE SKIP LOCKED
    ), leased AS (
        UPDATE ordering_dispatch d
        SET next_at = now + lease, sent = true, attempts = d.attempts + 1
        FROM due WHERE d.order_id = due.order_id
        RETURNING d.order_id, d.attempts
    ), started AS (
        UPDATE ordering_order o SET state = 'inProgress', attempts = l.attempts
        FROM leased l WHERE o.id = l.order_id AND o.state = 'acknowledged'
        RETURNING o.id, l.attempts
    ), journalled AS (
        INSERT INTO commands_journal
            (at, actor, channel, command, request_key, fingerprint, subject, arguments, answer)
        SELECT now, worker, 'worker', 'ordering.dispatch', s.id || ':' || s.attempts, '',
               s.id, '{}', '{"state": "inProgress"}'
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
) RETURNS TABLE (id uuid, state text) LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
    places int[];
    accounts uuid[];
    postings bigint[];
    phases text[];
    targets uuid[];
    resolved bigint[];
BEGIN
    -- Orders first, wallets next, each in the order of their ids: as everywhere.
    PERFORM 1 FROM ordering_order o
    WHERE o.id = ANY(orders) OR o.id IN (
        SELECT r.reverses_id FROM ordering_order r WHERE r.id = ANY(orders))
    ORDER BY o.id FOR NO KEY UPDATE;

    SELECT array_agg(m.place ORDER BY m.place), array_agg(m.posting ORDER BY m.place),
           array_agg(m.phase ORDER BY m.place), array_agg(m.target ORDER BY m.place),
           array_agg(DISTINCT m.wallet)
    INTO places, postings, phases, targets, accounts
    FROM (
        SELECT r.place::int AS place,
               CASE WHEN o.reverses_id IS NULL THEN o.hold_id ELSE sale.post_id END AS posting,
               CASE WHEN o.reverses_id IS NOT NULL THEN 'reverse'
                    WHEN r.outcome = 'completed' THEN 'post' ELSE 'void' END AS phase,
               CASE WHEN o.reverses_id IS NOT NULL THEN taken.source_id
                    WHEN r.outcome = 'completed' THEN w.collected_id ELSE p.source_id
               END AS target,
               coalesce(taken.source_id, p.source_id) AS wallet
        FROM unnest(orders, outcomes) WITH ORDINALITY AS r(id, outcome, place)
        JOIN ordering_order o ON o.id = r.id AND o.state IN ('acknowledged', 'inProgress', 'pending')
        LEFT JOIN ledger_posting p ON p.id = o.hold_id
        LEFT JOIN ordering_order sale ON sale.id = o.reverses_id
        LEFT JOIN ledger_posting taken ON taken.id = sale.hold_id
        LEFT JOIN wallet_wallet w ON w.outlet_id = o.outlet_id
        WHERE r.outcome = 'completed' OR (r.outcome = 'refused' AND o.reverses_id IS NULL)
    ) m;

    IF places IS NOT NULL THEN
        PERFORM ledger_lock(accounts);
        SELECT array_agg(l.posting ORDER BY l.place) INTO resolved
        FROM ledger_resolve(postings, phases, targets,
                            array_fill(now, ARRAY[cardinality(places)]),
                            array_fill(today, ARRAY[cardinality(places)])) l;
    END IF;

    RETURN QUERY
    WITH answer AS MATERIALIZED (
        SELECT r.*, o.reverses_id, o.channel, o.outlet_id, o.business, o.amount, o.debit,
               CASE r.outcome WHEN 'completed' THEN 'completed' WHEN 'refused' THEN 'failed'
                    WHEN 'unknown' THEN 'pending' ELSE 'acknowledged' END AS new_state,
               k.post, o.state AS old_state
        FROM unnest(orders, outcomes, refs, codes, reasons, next_ats) WITH ORDINALITY
             AS r(id, outcome, reference, code, reason, next_at, place)
        JOIN ordering_order o ON o.id = r.id AND o.state IN ('acknowledged', 'inProgress', 'pending')
        LEFT JOIN unnest(places, resolved) AS k(place, post) ON k.place = r.place
    ), queue AS (
        UPDATE ordering_dispatch d SET next_at = a.next_at, sent = (a.outcome = 'unknown')
        FROM answer a WHERE d.order_id = a.id AND a.outcome IN ('unknown', 'unsent')
        RETURNING d.order_id, d.attempts
    ), done AS (
        DELETE FROM ordering_dispatch d USING answer a
        WHERE d.order_id = a.id AND a.outcome IN ('completed', 'refused')
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
            attempts = t.attempts
        FROM answer a JOIN tried t ON t.order_id = a.id
        WHERE o.id = a.id
    ), taken_back AS (
        UPDATE ordering_order o
        SET state = CASE a.outcome WHEN 'completed' THEN 'cancelled' ELSE 'completed' END
        FROM answer a
        WHERE o.id = a.reverses_id AND a.outcome IN ('completed', 'refused')
        RETURNING o.id, o.ordered_at, o.business_date
    ), journalled AS (
        INSERT INTO commands_journal
            (at, actor, channel, command, request_key, fingerprint, subject, arguments, answer,
             events)
        SELECT now, worker, 'worker', 'ordering.settle', a.id || ':' || t.attempts || ':' || a.outcome,
               '', a.id,
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
        LEFT JOIN ordering_order sale ON sale.id = a.reverses_id
        JOIN ordering_order s ON s.id = coalesce(a.reverses_id, a.id)
        WHERE a.new_state <> a.old_state
        ORDER BY a.place
    )
    SELECT a.id, a.new_state FROM answer a ORDER BY a.place;
END $$;
