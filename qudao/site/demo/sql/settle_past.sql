-- What ordering_claim and ordering_settle do for one order after the other, each at its own
-- moment, done for many at once. Only for building a past: nobody else may work meanwhile.
-- A test compares it, row by row, with the two functions that it stands for.
CREATE OR REPLACE FUNCTION pg_temp.settle_past(
    orders uuid[], outcomes text[], refs text[], codes text[], reasons text[],
    ats timestamptz[], days date[], worker uuid
) RETURNS bigint LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    postings bigint[];
    months date[];
    homes text[];
    phases text[];
    targets uuid[];
    done bigint;
BEGIN
    SELECT array_agg(o.hold_id ORDER BY r.place), array_agg(o.period ORDER BY r.place),
           array_agg(o.home ORDER BY r.place),
           array_agg(CASE r.outcome WHEN 'completed' THEN 'post' ELSE 'void' END ORDER BY r.place),
           array_agg(CASE r.outcome WHEN 'completed' THEN w.collected_id ELSE w.account_id END
                     ORDER BY r.place)
    INTO postings, months, homes, phases, targets
    FROM unnest(orders, outcomes) WITH ORDINALITY AS r(id, outcome, place)
    JOIN ordering_dispatch d ON d.order_id = r.id
    JOIN ordering_order o ON o.id = d.order_id AND o.period = d.period AND o.home = d.home
    JOIN wallet_wallet w ON w.outlet_id = o.outlet_id;

    WITH resolved AS MATERIALIZED (
        SELECT * FROM ledger_resolve(postings, months, homes, phases, targets, ats,
                                      days)
    ), past AS MATERIALIZED (
        SELECT r.*, CASE r.outcome WHEN 'completed' THEN 'completed' ELSE 'failed' END AS state,
               l.posting
        FROM unnest(orders, months, homes, outcomes, refs, codes, reasons, ats)
             WITH ORDINALITY
             AS r(id, period, home, outcome, reference, code, reason, at, place)
        JOIN resolved l ON l.place = r.place
    ), changed AS (
        UPDATE ordering_order o
        SET state = p.state, settled_at = p.at, post_id = p.posting, attempts = 1,
            boss_reference = p.reference, refusal_code = p.code, refusal_reason = p.reason
        FROM past p WHERE o.id = p.id AND o.period = p.period AND o.home = p.home
        RETURNING o.id, o.outlet_id, o.business, o.channel, o.amount, o.debit, o.ordered_at,
                  o.business_date
    ), dequeued AS (
        DELETE FROM ordering_dispatch d USING past p
        WHERE d.order_id = p.id AND d.period = p.period AND d.home = p.home
    ), journalled AS (
        INSERT INTO commands_journal
            (at, period, home, actor, channel, command, request_key, fingerprint, subject,
             arguments, answer, events)
        SELECT p.at, period_of(p.at), p.home, worker, 'worker', 'ordering.settle',
               p.id || ':1:' || p.outcome, '', p.id,
               jsonb_strip_nulls(jsonb_build_object('outcome', p.outcome,
                   'reference', nullif(p.reference, ''), 'code', nullif(p.code, ''),
                   'reason', nullif(p.reason, ''))),
               jsonb_build_object('state', p.state),
               jsonb_build_array(jsonb_build_array('ordering.OrderSettled',
                   jsonb_build_object('order', p.id, 'state', p.state, 'outlet', c.outlet_id,
                       'business', c.business, 'channel', c.channel, 'amount', c.amount,
                       'debit', c.debit, 'ordered_at', c.ordered_at,
                       'business_date', c.business_date, 'reverses', NULL)))
        FROM past p JOIN changed c ON c.id = p.id
        ORDER BY p.place
    )
    SELECT count(*) INTO done FROM past;
    RETURN done;
END $$;
