-- Carry forward what accounts hold of a month whose postings are about to leave the table; returns
-- how many rows that makes.
--
-- One sum for each account and home. For an account with a limit, which has a statement, the sum
-- ends where the first posting that stays begins: what was posted after that one (an order of the
-- month's last minutes that was decided in the next) is carried line by line, so that every
-- balance in the statement still follows from what is above it.
--
-- The caller has seen to it that nobody writes into the month, and that it is the oldest.
CREATE OR REPLACE FUNCTION ledger_carry(month date) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    carried bigint;
BEGIN
    WITH holder AS MATERIALIZED (
        SELECT a.account, a.home, (
            SELECT min(stays.id) FROM (
                (SELECT p.id FROM ledger_posting p
                 WHERE p.source_id = a.account AND p.home = a.home
                   AND p.source_balance IS NOT NULL AND p.period > month
                 ORDER BY p.id LIMIT 1)
                UNION ALL
                (SELECT p.id FROM ledger_posting p
                 WHERE p.target_id = a.account AND p.home = a.home
                   AND p.target_balance IS NOT NULL AND p.period > month
                 ORDER BY p.id LIMIT 1)
            ) stays) AS stays
        FROM (
            SELECT source_id AS account, home FROM ledger_posting
            WHERE period = month AND source_balance IS NOT NULL
            UNION
            SELECT target_id, home FROM ledger_posting
            WHERE period = month AND target_balance IS NOT NULL
        ) a
    ), leg AS NOT MATERIALIZED (
        SELECT source_id AS account, home, id, at, business_date, kind, phase, cause,
               -amount AS amount, source_balance AS balance
        FROM ledger_posting WHERE period = month
        UNION ALL
        SELECT target_id, home, id, at, business_date, kind, phase, cause, amount, target_balance
        FROM ledger_posting WHERE period = month
    ), written AS (
        INSERT INTO ledger_carried
            (period, home, account, posting, at, business_date, kind, phase, cause, amount,
             balance)
        SELECT month, l.home, l.account, max(l.id), max(l.at), max(l.business_date), 'carried',
               'single', '00000000-0000-0000-0000-000000000000', sum(l.amount),
               NULL::bigint
        FROM leg l LEFT JOIN holder h ON h.account = l.account AND h.home = l.home
        WHERE h.stays IS NULL OR l.id < h.stays
        GROUP BY l.home, l.account
        UNION ALL
        SELECT month, l.home, l.account, l.id, l.at, l.business_date, l.kind, l.phase, l.cause,
               l.amount, l.balance
        FROM leg l JOIN holder h ON h.account = l.account AND h.home = l.home
        WHERE l.id > h.stays
        RETURNING 1
    )
    SELECT count(*) INTO carried FROM written;
    RETURN carried;
END $$;
