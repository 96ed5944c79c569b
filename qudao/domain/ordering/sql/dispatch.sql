-- The dispatcher's set-based writes: take what is due, write down what the BOSS said, stay alive.
-- The queue knows of each open order in which month and at which home it lies, and for which line
-- it is; `seq` tells which of two orders of a line was made first.

DROP FUNCTION IF EXISTS ordering_claim(int, timestamptz, interval, uuid);
DROP FUNCTION IF EXISTS ordering_settle(
    uuid[], text[], text[], text[], text[], timestamptz[], timestamptz, date, uuid);

-- Hand orders to the dispatcher, for as long as the lease: at most so many to send and so many to
-- ask for (`sent`: they may have reached the BOSS). With each all that the BOSS must be told.
--
-- New orders go by their number, those tried before by the time at which they are due, and half
-- of the places are the most that these get: neither starves the other. An order is handed out to
-- be sent only when every earlier open order of its line is handed out with it. So the statement
-- must see them: an earlier one that is acknowledged has been committed. Asking needs no order.
CREATE OR REPLACE FUNCTION ordering_claim(
    sends int, asks int, now timestamptz, lease interval, runner uuid
) RETURNS TABLE (
    id uuid, sent boolean, business text, msisdn text, amount bigint, product text,
    ordered_at timestamptz, outlet text, reverses uuid, details text
) LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_bitmapscan = off
SET enable_hashjoin = off SET enable_mergejoin = off AS $$
#variable_conflict use_column
-- The plan must be one of few rows, whatever the statistics say of the queue just now: any other
-- joins by reading every month of orders.
BEGIN
    RETURN QUERY
    WITH asked AS MATERIALIZED (
        SELECT d.order_id, d.period, d.home, d.line, d.seq, d.sent FROM ordering_dispatch d
        WHERE d.attempts > 0 AND d.sent AND d.next_at <= now
        ORDER BY d.next_at LIMIT asks FOR UPDATE SKIP LOCKED
    ), again AS MATERIALIZED (
        SELECT d.order_id, d.period, d.home, d.line, d.seq, d.sent FROM ordering_dispatch d
        WHERE d.attempts > 0 AND NOT d.sent AND d.next_at <= now
          AND NOT EXISTS (
            SELECT FROM ordering_dispatch e
            WHERE e.line = d.line AND e.line <> '' AND e.seq < d.seq
              AND (e.attempts = 0 OR e.sent OR e.next_at > d.next_at))
        ORDER BY d.next_at, d.seq LIMIT (sends + 1) / 2 FOR UPDATE SKIP LOCKED
    ), fresh AS MATERIALIZED (
        SELECT d.order_id, d.period, d.home, d.line, d.seq, d.sent FROM ordering_dispatch d
        WHERE d.attempts = 0
          AND NOT EXISTS (
            SELECT FROM ordering_dispatch e
            WHERE e.line = d.line AND e.line <> '' AND e.seq < d.seq AND e.attempts > 0)
        ORDER BY d.seq LIMIT sends - (SELECT count(*) FROM again) FOR UPDATE SKIP LOCKED
    ), picked AS MATERIALIZED (
        SELECT * FROM asked UNION ALL SELECT * FROM again UNION ALL SELECT * FROM fresh
    ), due AS MATERIALIZED (
        -- An earlier one of the line may be in somebody else's hands since the look above.
        SELECT p.* FROM picked p
        WHERE p.sent OR NOT EXISTS (
            SELECT FROM ordering_dispatch e
            WHERE e.line = p.line AND e.line <> '' AND e.seq < p.seq
              AND NOT EXISTS (SELECT FROM picked q WHERE q.order_id = e.order_id))
    ), leased AS (
        UPDATE ordering_dispatch d
        SET next_at = now + lease, sent = true, attempts = least(d.attempts + 1, 30000),
            runner = ordering_claim.runner
        FROM due
        WHERE d.order_id = due.order_id AND d.period = due.period AND d.home = due.home
    )
    SELECT o.id, due.sent, o.business, o.msisdn, o.amount, v.boss_product_code, o.ordered_at,
           p.code, o.reverses_id, o.details::text
    FROM due
    JOIN ordering_order o ON o.id = due.order_id AND o.period = due.period AND o.home = due.home
    JOIN party_organization p ON p.id = o.outlet_id
    JOIN catalog_offering_version v ON v.id = o.version_id
    ORDER BY due.seq;
END $$;

-- Write down what the BOSS said of orders: one row per order that was open, with its new state.
--
-- Outcomes: `completed`, `refused`, `unknown` (ask again after a while), `unsent` (it certainly
-- did not arrive: send after a while), `free` (it may be sent at once). The whiles double with
-- each try, from two seconds to a minute. Whoever listens is told of each order that changed its
-- state: `settled:<outlet>/<order>/<state>,…` on the channel `qudao`.
CREATE OR REPLACE FUNCTION ordering_settle(
    orders uuid[], outcomes text[], refs text[], codes text[], reasons text[],
    now timestamptz, today date, worker uuid
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
    settled uuid[];
    states text[];
    told text[];
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

    -- What comes back goes to a wallet, which must be locked; what is posted on goes to the
    -- operator's own account, which nobody locks.
    SELECT array_agg(m.place ORDER BY m.place), array_agg(m.posting ORDER BY m.place),
           array_agg(m.period ORDER BY m.place), array_agg(m.home ORDER BY m.place),
           array_agg(m.phase ORDER BY m.place), array_agg(m.target ORDER BY m.place),
           array_agg(DISTINCT m.target) FILTER (WHERE m.phase <> 'post'),
           array_agg(DISTINCT m.home) FILTER (WHERE m.phase <> 'post')
    INTO places, postings, posting_months, posting_homes, phases, targets, accounts, owners
    FROM (
        SELECT r.place::int AS place, o.period, o.home,
               CASE WHEN o.reverses_id IS NULL THEN o.hold_id ELSE sale.post_id END AS posting,
               CASE WHEN o.reverses_id IS NOT NULL THEN 'reverse'
                    WHEN r.outcome = 'completed' THEN 'post' ELSE 'void' END AS phase,
               CASE WHEN o.reverses_id IS NULL AND r.outcome = 'completed' THEN w.collected_id
                    ELSE taken.source_id END AS target
        FROM unnest(open, months, homes, outcomes) WITH ORDINALITY
             AS r(id, period, home, outcome, place)
        JOIN ordering_order o ON o.id = r.id AND o.period = r.period AND o.home = r.home
             AND o.state IN ('acknowledged', 'inProgress', 'pending')
        LEFT JOIN ordering_order sale
          ON sale.id = o.reverses_id AND sale.period = o.period AND sale.home = o.home
        LEFT JOIN ledger_posting taken
          ON taken.id = CASE WHEN o.reverses_id IS NOT NULL THEN sale.hold_id
                             WHEN r.outcome = 'refused' THEN o.hold_id END
         AND taken.period = o.period AND taken.home = o.home
        LEFT JOIN wallet_wallet w ON w.outlet_id = o.outlet_id
        WHERE r.outcome = 'completed' OR (r.outcome = 'refused' AND o.reverses_id IS NULL)
    ) m;

    IF places IS NOT NULL THEN
        IF accounts IS NOT NULL THEN
            PERFORM ledger_lock(accounts, owners);
        END IF;
        SELECT array_agg(l.posting ORDER BY l.place) INTO resolved
        FROM ledger_resolve(postings, posting_months, posting_homes, phases, targets,
                            array_fill(now, ARRAY[cardinality(places)]),
                            array_fill(today, ARRAY[cardinality(places)])) l;
    END IF;

    WITH answer AS MATERIALIZED (
        SELECT r.*, o.reverses_id, o.channel, o.outlet_id, o.business, o.amount, o.debit,
               o.ordered_at, o.business_date,
               CASE r.outcome WHEN 'completed' THEN 'completed' WHEN 'refused' THEN 'failed'
                    WHEN 'unknown' THEN 'pending' ELSE 'acknowledged' END AS new_state,
               k.post, o.state AS old_state
        FROM unnest(open, months, homes, outcomes, refs, codes, reasons)
             WITH ORDINALITY
             AS r(id, period, home, outcome, reference, code, reason, place)
        JOIN ordering_order o ON o.id = r.id AND o.period = r.period AND o.home = r.home
             AND o.state IN ('acknowledged', 'inProgress', 'pending')
        LEFT JOIN unnest(places, resolved) AS k(place, post) ON k.place = r.place
    ), queue AS (
        UPDATE ordering_dispatch d
        SET sent = (a.outcome = 'unknown'), runner = NULL,
            next_at = CASE a.outcome WHEN 'free' THEN now ELSE
                now + least(60, 2 ^ least(d.attempts, 6)) * interval '1 second' END
        FROM answer a
        WHERE d.order_id = a.id AND d.period = a.period AND d.home = a.home
          AND a.outcome IN ('unknown', 'unsent', 'free')
        RETURNING d.order_id, d.period, d.home, d.attempts
    ), done AS (
        DELETE FROM ordering_dispatch d USING answer a
        WHERE d.order_id = a.id AND d.period = a.period AND d.home = a.home
          AND a.outcome IN ('completed', 'refused')
        RETURNING d.order_id, d.period, d.home, d.attempts
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
        -- Each join names the month: a plan that begins with another one would look into all.
        FROM answer a
        JOIN tried t ON t.order_id = a.id AND t.period = a.period AND t.home = a.home
        WHERE o.id = a.id AND o.period = a.period AND o.home = a.home
    ), taken_back AS (
        UPDATE ordering_order o
        SET state = CASE a.outcome WHEN 'completed' THEN 'cancelled' ELSE 'completed' END
        FROM answer a
        WHERE o.id = a.reverses_id AND o.period = a.period AND o.home = a.home
          AND a.outcome IN ('completed', 'refused')
        RETURNING o.id, o.outlet_id, o.state
    ), journalled AS (
        INSERT INTO commands_journal
            (at, period, actor, home, channel, command, request_key, fingerprint, subject,
             arguments, answer, events)
        SELECT now, period_of(now), worker, a.home, 'worker', 'ordering.settle',
               -- Decided is an order once; unknown it may be several times, when a lease ran out.
               a.id || ':' || t.attempts || ':' || a.outcome
               || CASE WHEN a.outcome IN ('completed', 'refused') THEN ''
                       ELSE ':' || extract(epoch FROM clock_timestamp()) END, '', a.id,
               jsonb_strip_nulls(jsonb_build_object('outcome', a.outcome,
                   'reference', nullif(a.reference, ''), 'code', nullif(a.code, ''),
                   'reason', nullif(a.reason, ''))),
               jsonb_build_object('state', a.new_state),
               CASE WHEN a.outcome IN ('completed', 'refused') THEN
                   jsonb_build_array(jsonb_build_array('ordering.OrderSettled',
                       jsonb_build_object('order', a.id, 'state', a.new_state,
                           'outlet', a.outlet_id, 'business', a.business,
                           'channel', coalesce(sale.channel, a.channel), 'amount', a.amount,
                           'debit', a.debit,
                           'ordered_at', coalesce(sale.ordered_at, a.ordered_at),
                           'business_date', coalesce(sale.business_date, a.business_date),
                           'reverses', a.reverses_id)))
               END
        FROM answer a JOIN tried t ON t.order_id = a.id
        LEFT JOIN ordering_order sale
          ON sale.id = a.reverses_id AND sale.period = a.period AND sale.home = a.home
        WHERE a.new_state <> a.old_state
        ORDER BY a.place
    ), notice AS (
        SELECT (row_number() OVER () - 1) / 80 AS part, n.outlet_id, n.id, n.state FROM (
            SELECT a.outlet_id, a.id, a.new_state AS state FROM answer a
            WHERE a.new_state <> a.old_state
            UNION ALL
            SELECT b.outlet_id, b.id, b.state FROM taken_back b
        ) n
    ), notices AS (
        -- A notice has less than 8,000 octets: 80 times two ids and a state.
        SELECT string_agg(n.outlet_id || '/' || n.id || '/' || n.state, ',') AS text
        FROM notice n GROUP BY n.part
    )
    SELECT array_agg(a.id ORDER BY a.place), array_agg(a.new_state ORDER BY a.place),
           (SELECT array_agg(n.text) FROM notices n)
    INTO settled, states, told FROM answer a;

    PERFORM pg_notify('qudao', 'settled:' || n.text) FROM unnest(told) AS n(text);
    RETURN QUERY SELECT * FROM unnest(settled, states);
END $$;

-- A dispatcher is alive: once a second it says so, with what it has done since it said so last.
--
-- What belongs to a dispatcher that has not said so for five seconds is due at once: it is asked
-- for. So is what a clock that was wrong has put off for longer than anything is put off. What
-- has been with the BOSS for a second becomes `inProgress`, which nobody could see of the others.
-- Returns how many orders were taken from dead dispatchers.
--
-- Who is alive is judged by the database's clock alone: those of several machines differ.
CREATE OR REPLACE FUNCTION ordering_beat(
    runner uuid, now timestamptz, lease interval, worker uuid, completed int, refused int,
    breaker text
) RETURNS int LANGUAGE plpgsql SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
    dead uuid[];
    freed int;
BEGIN
    INSERT INTO ordering_runner (id, seen_at, breaker)
    VALUES (ordering_beat.runner, clock_timestamp(), ordering_beat.breaker)
    ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at, breaker = excluded.breaker;

    WITH gone AS (
        DELETE FROM ordering_runner r WHERE r.id IN (
            SELECT s.id FROM ordering_runner s
            WHERE s.seen_at < clock_timestamp() - interval '5 seconds' FOR UPDATE SKIP LOCKED)
        RETURNING r.id
    ) SELECT array_agg(gone.id) INTO dead FROM gone;

    WITH held AS (
        SELECT d.order_id, d.period, d.home FROM ordering_dispatch d
        WHERE dead IS NOT NULL AND d.attempts > 0 AND d.sent AND d.next_at > now
          AND d.runner = ANY(dead)
        FOR UPDATE SKIP LOCKED
    ), late AS (
        SELECT d.order_id, d.period, d.home FROM ordering_dispatch d
        WHERE d.attempts > 0 AND d.sent = ANY('{true,false}')
          AND d.next_at > now + 2 * greatest(lease, interval '60 seconds')
        FOR UPDATE SKIP LOCKED
    ), free AS (
        UPDATE ordering_dispatch d SET next_at = now, runner = NULL
        FROM (SELECT * FROM held UNION SELECT * FROM late) k
        WHERE d.order_id = k.order_id AND d.period = k.period AND d.home = k.home
        RETURNING d.order_id
    ) SELECT count(*) INTO freed FROM free;

    WITH slow AS (
        SELECT o.id, o.period, o.home, d.attempts
        FROM ordering_dispatch d
        JOIN ordering_order o ON o.id = d.order_id AND o.period = d.period AND o.home = d.home
        WHERE d.attempts > 0 AND d.sent
          AND d.next_at > now AND d.next_at <= now + lease - interval '1 second'
          AND o.state = 'acknowledged'
        LIMIT 1000 FOR NO KEY UPDATE OF o SKIP LOCKED
    ), started AS (
        UPDATE ordering_order o SET state = 'inProgress', attempts = s.attempts
        FROM slow s WHERE o.id = s.id AND o.period = s.period AND o.home = s.home
        RETURNING o.id, o.home, o.attempts
    )
    INSERT INTO commands_journal
        (at, period, actor, home, channel, command, request_key, fingerprint, subject, arguments,
         answer)
    SELECT now, period_of(now), worker, s.home, 'worker', 'ordering.dispatch',
           s.id || ':' || s.attempts, '', s.id, '{}', '{"state": "inProgress"}'
    FROM started s;

    INSERT INTO ordering_pace AS p (at, open, unknown, oldest_s, completed, refused)
    SELECT date_bin('10 seconds', now, 'epoch'), b.open, b.unknown,
           greatest(0, coalesce(extract(epoch FROM now - b.oldest_at), 0)),
           ordering_beat.completed,
           ordering_beat.refused
    FROM ordering_backlog(100000) b
    ON CONFLICT (at) DO UPDATE
    SET open = excluded.open, unknown = excluded.unknown, oldest_s = excluded.oldest_s,
        completed = p.completed + excluded.completed, refused = p.refused + excluded.refused;
    DELETE FROM ordering_pace p WHERE p.at < now - interval '1 day';
    RETURN freed;
END $$;

-- How the queue stands; no more than so many orders are counted.
CREATE OR REPLACE FUNCTION ordering_backlog(
    most int, OUT open int, OUT unknown int, OUT oldest_at timestamptz
) STABLE LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
    open := (SELECT count(*) FROM (SELECT FROM ordering_dispatch LIMIT most) d);
    unknown := (SELECT count(*) FROM (
        SELECT FROM ordering_dispatch d
        WHERE d.attempts > 0 AND d.sent AND d.runner IS NULL LIMIT most) d);
    oldest_at := (
        SELECT o.ordered_at FROM ordering_dispatch d
        JOIN ordering_order o ON o.id = d.order_id AND o.period = d.period AND o.home = d.home
        ORDER BY d.order_id LIMIT 1);
END $$;
