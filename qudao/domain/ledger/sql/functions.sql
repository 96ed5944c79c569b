-- The ledger's doors for set-based callers: lock, hold, resolve. One call each per transaction,
-- in this order, so that no two transactions wait for each other in a circle.

-- Lock the balances of the given accounts, in the order of their ids.
CREATE OR REPLACE FUNCTION ledger_lock(accounts uuid[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM ledger_balance WHERE account_id = ANY(accounts)
    ORDER BY account_id FOR NO KEY UPDATE;
END $$;

-- Take amounts from limited accounts and hold them in flight.
--
-- One row per request, by its place in the arrays: `held` with the pending posting and the
-- balance after it; `missing`, `frozen`, `insufficient` (with the balance available), `day_limit`
-- (with what is left of it); or `contested` when several requests want the same account and it
-- cannot serve them all: nothing was held for any of those, run them one by one.
-- The caller has locked the accounts.
CREATE OR REPLACE FUNCTION ledger_hold(
    sources uuid[], targets uuid[], amounts bigint[], day_limits bigint[], kinds text[],
    causes uuid[], ats timestamptz[], days date[]
) RETURNS TABLE (place int, outcome text, posting bigint, left_over bigint)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH request AS MATERIALIZED (
        SELECT r.place::int, r.source, r.target, r.amount, r.day_limit, r.kind, r.cause, r.at,
               r.day,
               b.balance, b.floor, b.frozen,
               CASE WHEN b.day = r.day THEN b.day_out ELSE 0 END AS day_out,
               sum(r.amount) OVER wallet AS wanted,
               sum(r.amount) OVER (wallet ORDER BY r.place) AS so_far,
               count(*) OVER wallet AS rivals
        FROM unnest(sources, targets, amounts, day_limits, kinds, causes, ats, days)
             WITH ORDINALITY
             AS r(source, target, amount, day_limit, kind, cause, at, day, place)
        LEFT JOIN ledger_balance b ON b.account_id = r.source
        WINDOW wallet AS (PARTITION BY r.source)
    ), judged AS MATERIALIZED (
        SELECT *, CASE
            WHEN balance IS NULL THEN 'missing'
            WHEN frozen THEN 'frozen'
            WHEN balance - wanted >= floor
                 AND (day_limit IS NULL OR day_out + wanted <= day_limit) THEN 'held'
            WHEN rivals > 1 THEN 'contested'
            WHEN balance - wanted < floor THEN 'insufficient'
            ELSE 'day_limit' END AS outcome
        FROM request
    ), held AS MATERIALIZED (
        SELECT nextval('ledger_posting_id_seq') AS posting, * FROM judged
        WHERE outcome = 'held' ORDER BY place
    ), moved AS (
        UPDATE ledger_balance b
        SET balance = b.balance - h.wanted, day = h.day,
            day_out = CASE WHEN b.day = h.day THEN b.day_out ELSE 0 END + h.wanted
        FROM (SELECT source, max(wanted) AS wanted, max(day) AS day FROM held GROUP BY source) h
        WHERE b.account_id = h.source
    ), written AS (
        INSERT INTO ledger_posting
            (id, at, business_date, source_id, target_id, amount, phase, kind, cause,
             source_balance)
        SELECT posting, at, day, source, target, amount, 'pending', kind, cause, balance - so_far
        FROM held
    )
    SELECT j.place, j.outcome, h.posting,
           CASE j.outcome WHEN 'held' THEN j.balance - j.so_far
                          WHEN 'insufficient' THEN j.balance - j.floor
                          WHEN 'day_limit' THEN j.day_limit - j.day_out END::bigint
    FROM judged j LEFT JOIN held h USING (place)
    ORDER BY j.place;
END $$;

-- Resolve pending postings: 'post' moves the amount on to the account given for it, 'void' moves
-- it back, 'reverse' takes a posted one back from where it went to `targets`. Returns the new
-- posting of each. Resolving twice breaks the unique constraint posting_resolved_once.
-- The caller has locked the limited accounts that get money.
CREATE OR REPLACE FUNCTION ledger_resolve(
    postings bigint[], phases text[], targets uuid[], ats timestamptz[], days date[]
) RETURNS TABLE (place int, posting bigint, balance bigint)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH request AS MATERIALIZED (
        SELECT r.place::int, r.posting AS resolves, r.phase, r.at, r.day,
               p.target_id AS source, coalesce(r.target, p.source_id) AS target,
               p.amount, p.kind, p.cause, p.business_date AS since
        FROM unnest(postings, phases, targets, ats, days) WITH ORDINALITY
             AS r(posting, phase, target, at, day, place)
        JOIN ledger_posting p ON p.id = r.posting
    ), gains AS (
        SELECT target, sum(amount) AS amount FROM request GROUP BY target
    ), moved AS (
        UPDATE ledger_balance b
        SET balance = b.balance + g.amount,
            -- What comes back on the day it went out counts no more against the day's limit.
            day_out = greatest(0, b.day_out - coalesce((
                SELECT sum(r.amount) FROM request r
                WHERE r.target = b.account_id AND r.phase <> 'post' AND r.since = b.day), 0))
        FROM gains g WHERE b.account_id = g.target
        RETURNING b.account_id, b.balance - g.amount AS before
    ), written AS (
        INSERT INTO ledger_posting
            (at, business_date, source_id, target_id, amount, phase, resolves_id, kind, cause,
             target_balance)
        SELECT r.at, r.day, r.source, r.target, r.amount, r.phase, r.resolves, r.kind, r.cause,
               m.before + sum(r.amount) OVER (PARTITION BY r.target ORDER BY r.place)
        FROM request r LEFT JOIN moved m ON m.account_id = r.target
        ORDER BY r.place
        RETURNING id, resolves_id, target_balance
    )
    SELECT r.place, w.id, w.target_balance
    FROM request r JOIN written w ON w.resolves_id = r.resolves ORDER BY r.place;
END $$;

-- A balance is updated in place for ever: room on its page keeps the update off the index.
ALTER TABLE ledger_balance SET (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.01);
