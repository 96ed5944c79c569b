-- The ledger's doors for set-based callers: lock, hold, resolve. One call each per transaction,
-- in this order, so that no two transactions wait for each other in a circle.

DROP FUNCTION IF EXISTS ledger_lock(uuid[]);
DROP FUNCTION IF EXISTS ledger_hold(
    uuid[], uuid[], bigint[], bigint[], text[], uuid[], timestamptz[], date[]);
DROP FUNCTION IF EXISTS ledger_resolve(bigint[], text[], uuid[], timestamptz[], date[]);

DROP FUNCTION IF EXISTS ledger_lock(uuid[], text[]);
DROP FUNCTION IF EXISTS ledger_try(uuid[], text[]);

-- Lock the balances of the given accounts, in the order of their ids. Returns the last day on which
-- any of them has paid something.
CREATE OR REPLACE FUNCTION ledger_lock(accounts uuid[], homes text[]) RETURNS date
LANGUAGE plpgsql AS $$
DECLARE
    last date;
BEGIN
    SELECT max(b.day) INTO last FROM (
        SELECT day FROM ledger_balance
        WHERE account_id = ANY(accounts) AND home = ANY(homes)
        ORDER BY account_id FOR NO KEY UPDATE
    ) b;
    RETURN last;
END $$;

-- Lock those that nobody else holds, without waiting; returns the ones that others hold, and the
-- last day on which any of ours has paid something.
CREATE OR REPLACE FUNCTION ledger_try(
    accounts uuid[], homes text[], OUT busy uuid[], OUT last date
) LANGUAGE plpgsql AS $$
DECLARE
    mine uuid[];
BEGIN
    SELECT array_agg(b.account_id), max(b.day) INTO mine, last FROM (
        SELECT account_id, day FROM ledger_balance
        WHERE account_id = ANY(accounts) AND home = ANY(homes)
        ORDER BY account_id FOR NO KEY UPDATE SKIP LOCKED
    ) b;
    -- Mostly we have got them all, and there is nothing to look for.
    IF coalesce(cardinality(mine), 0) < (SELECT count(DISTINCT id) FROM unnest(accounts) AS id) THEN
        busy := ARRAY(
            SELECT account_id FROM ledger_balance
            WHERE account_id = ANY(accounts) AND home = ANY(homes)
              AND account_id <> ALL(coalesce(mine, '{}')));
    ELSE
        busy := '{}';
    END IF;
END $$;

-- Move an amount from one account to another at once.
--
-- Outcomes: `posted` (with the posting); `missing` (with the account that is not there); `frozen`;
-- `insufficient` (with what the source has available).
CREATE OR REPLACE FUNCTION ledger_post(
    source uuid, target uuid, amount bigint, kind text, cause uuid, at timestamptz, today date,
    month date, OUT outcome text, OUT account uuid, OUT available bigint, OUT posting bigint
) LANGUAGE plpgsql AS $$
#variable_conflict use_variable
DECLARE
    giver ledger_account;
    taker ledger_account;
    held ledger_balance;
    left_over bigint;
    grown bigint;
BEGIN
    SELECT a.* INTO giver FROM ledger_account a WHERE a.id = source;
    SELECT a.* INTO taker FROM ledger_account a WHERE a.id = target;
    IF giver.id IS NULL OR taker.id IS NULL THEN
        outcome := 'missing';
        account := CASE WHEN giver.id IS NULL THEN source ELSE target END;
        RETURN;
    END IF;
    PERFORM FROM ledger_balance b
    WHERE (b.account_id = source AND b.home = giver.home)
       OR (b.account_id = target AND b.home = taker.home)
    ORDER BY b.account_id FOR NO KEY UPDATE;
    IF giver.limited THEN
        SELECT b.* INTO STRICT held FROM ledger_balance b
        WHERE b.account_id = source AND b.home = giver.home;
        IF amount > 0 AND held.frozen THEN
            outcome := 'frozen';
            account := source;
            RETURN;
        END IF;
        IF amount > 0 AND held.balance - amount < held.floor THEN
            outcome := 'insufficient';
            account := source;
            available := held.balance - held.floor;
            RETURN;
        END IF;
        UPDATE ledger_balance b SET balance = b.balance - amount
        WHERE b.account_id = source AND b.home = giver.home RETURNING b.balance INTO left_over;
    END IF;
    IF taker.limited THEN
        UPDATE ledger_balance b SET balance = b.balance + amount
        WHERE b.account_id = target AND b.home = taker.home RETURNING b.balance INTO grown;
    END IF;
    -- It is filed where the account with a limit is.
    INSERT INTO ledger_posting AS p
        (at, business_date, period, source_id, target_id, amount, phase, kind, cause,
         source_balance, target_balance, home)
    VALUES (at, today, month, source, target, amount, 'single', kind, cause, left_over, grown,
            CASE WHEN taker.limited AND NOT giver.limited THEN taker.home ELSE giver.home END)
    RETURNING p.id INTO posting;
    outcome := 'posted';
END $$;

-- Take amounts from limited accounts and hold them in flight.
--
-- One outcome per request, at its place in the arrays: `held` with the pending posting and the
-- balance after it; `missing`, `frozen`, `insufficient` (with the balance available), `day_limit`
-- (with what is left of it). Each is answered as if it had come alone, in the order of the
-- arrays. The caller has locked the accounts.
--
-- What counts against the limit of a day: a day that has begun for an account is not left again
-- for an earlier one, or a clock that goes back and forth would begin the day anew each time. What
-- is sold late counts with the day that has begun. Only a day that lies more than a month ahead,
-- which a clock set wrongly has left, is given up, and what was counted is kept.
CREATE OR REPLACE FUNCTION ledger_hold(
    sources uuid[], homes text[], targets uuid[], amounts bigint[], day_limits bigint[],
    kinds text[], causes uuid[], ats timestamptz[], today date, month date,
    OUT outcomes text[], OUT postings bigint[], OUT balances bigint[]
) LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
    one record;
    account uuid;
    have bigint;
    spent bigint;
BEGIN
    -- Most accounts can pay for all that is asked of them at once.
    SELECT array_agg(CASE
               WHEN balance IS NULL THEN 'missing'
               WHEN frozen THEN 'frozen'
               WHEN balance - wanted < floor OR day_out + wanted > day_limit THEN 'short'
               ELSE 'held' END ORDER BY place),
           array_agg(balance - so_far ORDER BY place)
    INTO outcomes, balances
    FROM (
        SELECT r.place, r.day_limit, b.balance, b.floor, b.frozen,
               CASE WHEN b.day >= today THEN b.day_out ELSE 0 END AS day_out,
               sum(r.amount) OVER (PARTITION BY r.source)::bigint AS wanted,
               sum(r.amount) OVER (PARTITION BY r.source ORDER BY r.place)::bigint AS so_far
        FROM unnest(sources, homes, amounts, day_limits) WITH ORDINALITY
             AS r(source, home, amount, day_limit, place)
        LEFT JOIN ledger_balance b ON b.account_id = r.source AND b.home = r.home
    ) request;

    -- An account that cannot serve all is asked by one after the other.
    IF 'short' = ANY(outcomes) THEN
        FOR one IN
            SELECT r.place, r.source, r.amount, r.day_limit, b.balance, b.floor,
                   CASE WHEN b.day >= today THEN b.day_out ELSE 0 END AS day_out
            FROM unnest(sources, homes, amounts, day_limits) WITH ORDINALITY
                 AS r(source, home, amount, day_limit, place)
            JOIN ledger_balance b ON b.account_id = r.source AND b.home = r.home
            WHERE NOT b.frozen AND r.source IN (
                SELECT s.source FROM unnest(sources, outcomes) AS s(source, outcome)
                WHERE s.outcome = 'short')
            ORDER BY r.source, r.place
        LOOP
            IF one.source IS DISTINCT FROM account THEN
                account := one.source;
                have := one.balance;
                spent := one.day_out;
            END IF;
            IF have - one.amount < one.floor THEN
                outcomes[one.place] := 'insufficient';
                balances[one.place] := have - one.floor;
            ELSIF spent + one.amount > one.day_limit THEN
                outcomes[one.place] := 'day_limit';
                balances[one.place] := one.day_limit - spent;
            ELSE
                have := have - one.amount;
                spent := spent + one.amount;
                outcomes[one.place] := 'held';
                balances[one.place] := have;
            END IF;
        END LOOP;
    END IF;

    WITH held AS MATERIALIZED (
        SELECT r.*, CASE r.outcome WHEN 'held' THEN nextval('ledger_posting_id_seq') END AS id
        FROM unnest(sources, homes, targets, amounts, kinds, causes, ats, outcomes, balances)
             WITH ORDINALITY
             AS r(source, home, target, amount, kind, cause, at, outcome, balance, place)
    ), moved AS (
        UPDATE ledger_balance b
        SET balance = b.balance - h.amount,
            day = CASE WHEN b.day > today + 31 THEN today ELSE greatest(b.day, today) END,
            day_out = CASE WHEN b.day >= today THEN b.day_out ELSE 0 END + h.amount
        FROM (
            SELECT source, home, sum(amount) AS amount FROM held WHERE outcome = 'held'
            GROUP BY source, home
        ) h
        WHERE b.account_id = h.source AND b.home = h.home
    ), written AS (
        INSERT INTO ledger_posting
            (id, at, business_date, period, amount, source_balance, source_id, target_id, cause,
             home, phase, kind)
        SELECT id, at, today, month, amount, balance, source, target, cause, home, 'pending', kind
        FROM held WHERE outcome = 'held'
    )
    SELECT array_agg(id ORDER BY place) INTO postings FROM held;
END $$;

-- Resolve pending postings: 'post' moves the amount on to the account given for it, 'void' moves
-- it back, 'reverse' takes a posted one back from where it went to `targets`. The new posting has
-- the month and the home of the one that it resolves; it is returned for each. Resolving twice
-- breaks the unique key posting_resolved_once.
-- The caller has locked the limited accounts that get money.
CREATE OR REPLACE FUNCTION ledger_resolve(
    postings bigint[], months date[], homes text[], phases text[], targets uuid[],
    ats timestamptz[], days date[]
) RETURNS TABLE (place int, posting bigint, balance bigint)
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH request AS MATERIALIZED (
        SELECT r.place::int, r.posting AS resolves, r.phase, r.at, r.day, r.month, r.home,
               p.target_id AS source, coalesce(r.target, p.source_id) AS target,
               p.amount, p.kind, p.cause, p.business_date AS since
        FROM unnest(postings, months, homes, phases, targets, ats, days) WITH ORDINALITY
             AS r(posting, month, home, phase, target, at, day, place)
        JOIN ledger_posting p ON p.id = r.posting AND p.period = r.month AND p.home = r.home
    ), gains AS (
        SELECT target, home, sum(amount) AS amount FROM request GROUP BY target, home
    ), moved AS (
        UPDATE ledger_balance b
        SET balance = b.balance + g.amount,
            -- What comes back on the day it went out counts no more against the day's limit.
            day_out = greatest(0, b.day_out - coalesce((
                SELECT sum(r.amount) FROM request r
                WHERE r.target = b.account_id AND r.phase <> 'post' AND r.since = b.day), 0))
        FROM gains g WHERE b.account_id = g.target AND b.home = g.home
        RETURNING b.account_id, b.balance - g.amount AS before
    ), written AS (
        INSERT INTO ledger_posting
            (at, business_date, period, amount, target_balance, resolves_id, source_id, target_id,
             cause, home, phase, kind)
        SELECT r.at, r.day, r.month, r.amount,
               m.before + sum(r.amount) OVER (PARTITION BY r.target ORDER BY r.place),
               r.resolves, r.source, r.target, r.cause, r.home, r.phase, r.kind
        FROM request r LEFT JOIN moved m ON m.account_id = r.target
        ORDER BY r.place
        RETURNING id, resolves_id, target_balance
    )
    SELECT r.place, w.id, w.target_balance
    FROM request r JOIN written w ON w.resolves_id = r.resolves ORDER BY r.place;
END $$;

-- A balance is updated in place for ever: room on its page keeps the update off the index.
ALTER TABLE ledger_balance SET (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.01);
