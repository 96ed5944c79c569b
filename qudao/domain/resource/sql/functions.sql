-- A hold changes many rows of few pages again and again: clean up early.
ALTER TABLE resource_number SET (autovacuum_vacuum_scale_factor = 0.01);

-- What the numbers of a pool cost by pattern: pattern → grade → price of the branch, or of all
-- branches. A pattern that is off costs what plain numbers do.
CREATE OR REPLACE FUNCTION resource_terms(pool smallint, moment timestamptz)
RETURNS TABLE (id smallint, code text, grade text, price bigint, monthly_floor bigint)
LANGUAGE sql STABLE AS $$
    SELECT p.id, p.code, g.code, c.price, c.monthly_floor
    FROM resource_pattern p
    JOIN resource_grade g ON g.code = CASE WHEN p.enabled THEN p.grade_id ELSE
        (SELECT o.grade_id FROM resource_pattern o WHERE o.code = 'plain') END
    CROSS JOIN LATERAL (
        SELECT r.price, r.monthly_floor FROM resource_grade_price r
        WHERE r.grade_id = g.code AND r.valid_from <= moment
          AND (r.valid_until IS NULL OR moment < r.valid_until)
          AND (r.branch_id IS NULL
               OR r.branch_id = (SELECT o.branch_id FROM resource_pool o WHERE o.id = pool))
        ORDER BY r.branch_id IS NULL LIMIT 1
    ) c
$$;

-- What a search at an outlet must know: where it lies, its branch and pool, and what numbers cost
-- there. One row, without a pattern, where the branch has no numbers; none for no such outlet.
CREATE OR REPLACE FUNCTION resource_at_outlet(outlet uuid, moment timestamptz)
RETURNS TABLE (
    path text, branch uuid, pool smallint, id smallint, code text, grade text, price bigint,
    monthly_floor bigint
) LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
    home text;
    own smallint;
    owner uuid;
BEGIN
    SELECT g.path INTO home FROM saleschannel_outlet o
    JOIN party_organization g ON g.id = o.organization_id WHERE o.organization_id = outlet;
    IF home IS NULL THEN
        RETURN;
    END IF;
    SELECT p.id, b.id INTO own, owner FROM resource_pool p
    JOIN party_organization b ON b.id = p.branch_id WHERE starts_with(home, b.path || '.');
    RETURN QUERY SELECT home, owner, own, t.id, t.code, t.grade, t.price, t.monthly_floor
    FROM (SELECT own AS pool) x LEFT JOIN LATERAL resource_terms(own, moment) t ON own IS NOT NULL;
END $$;

-- Whether a free number is one that is looked for; what is NULL does not restrict. `place` is
-- where the digits must first occur among the last eight, 0 for anywhere.
CREATE OR REPLACE FUNCTION resource_fits(
    number bigint, tail int, pattern smallint, has4 boolean,
    patterns smallint[], no4 boolean, low bigint, high bigint, tail_low int, tail_high int,
    digits text, place int
) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT (patterns IS NULL OR pattern = ANY(patterns))
       AND NOT (no4 AND has4)
       AND (low IS NULL OR number >= low AND number < high)
       AND (tail_low IS NULL OR tail >= tail_low AND tail < tail_high)
       AND (digits IS NULL OR CASE place
            WHEN 0 THEN strpos(right(number::text, 8), digits) > 0
            ELSE strpos(right(number::text, 8), digits) = place END)
$$;

-- Free numbers of a pool: run after run, each a range [low, high) of one index, until there are
-- enough. The first run goes on behind (lows[1], number_after); runs by number begin behind their
-- low. Statements are written out so that each connection plans each of them once.
CREATE OR REPLACE FUNCTION resource_search(
    pool smallint, kinds text[], lows bigint[], highs bigint[], ids smallint[], places int[],
    number_after bigint, most int,
    patterns smallint[], no4 boolean, low bigint, high bigint, tail_low int, tail_high int,
    digits text
) RETURNS TABLE (run int, key bigint, number bigint, pattern smallint, has4 boolean, at timestamptz)
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
    behind bigint := number_after;
    wanted int := most;
    found int;
    a bigint;
    z bigint;
    p int;
BEGIN
    FOR i IN 1 .. cardinality(kinds) LOOP
        a := lows[i]; z := highs[i]; p := places[i];
        CASE kinds[i]
        WHEN 'number' THEN
            RETURN QUERY SELECT i, n.number, n.number, n.pattern_id, n.has4, n.changed_at
            FROM resource_number n
            WHERE n.state = 'free' AND n.pool_id = pool AND n.number > a AND n.number < z
              AND resource_fits(n.number, n.tail, n.pattern_id, n.has4, patterns, no4, low, high,
                                tail_low, tail_high, digits, 0)
            ORDER BY n.number LIMIT wanted;
        WHEN 'tail' THEN
            RETURN QUERY SELECT i, n.tail::bigint, n.number, n.pattern_id, n.has4, n.changed_at
            FROM resource_number n
            WHERE n.state = 'free' AND n.pool_id = pool
              AND (n.tail, n.number) > (a::int, behind) AND n.tail < z::int
              AND resource_fits(n.number, n.tail, n.pattern_id, n.has4, patterns, no4, low, high,
                                tail_low, tail_high, digits, p)
            ORDER BY n.tail, n.number LIMIT wanted;
        WHEN 'without4' THEN
            RETURN QUERY SELECT i, n.tail::bigint, n.number, n.pattern_id, n.has4, n.changed_at
            FROM resource_number n
            WHERE n.state = 'free' AND n.pool_id = pool AND NOT n.has4
              AND (n.tail, n.number) > (a::int, behind) AND n.tail < z::int
              AND resource_fits(n.number, n.tail, n.pattern_id, false, patterns, false, low, high,
                                tail_low, tail_high, digits, 0)
            ORDER BY n.tail, n.number LIMIT wanted;
        WHEN 'pattern' THEN
            RETURN QUERY SELECT i, n.tail::bigint, n.number, n.pattern_id, n.has4, n.changed_at
            FROM resource_number n
            WHERE n.state = 'free' AND n.pool_id = pool AND n.pattern_id = ids[i]
              AND (n.tail, n.number) > (a::int, behind) AND n.tail < z::int
              AND resource_fits(n.number, n.tail, n.pattern_id, n.has4, NULL, no4, low, high,
                                tail_low, tail_high, digits, 0)
            ORDER BY n.tail, n.number LIMIT wanted;
        WHEN 'last8' THEN
            RETURN QUERY SELECT i, mod(n.number, 100000000), n.number, n.pattern_id, n.has4,
                                n.changed_at
            FROM resource_number n
            WHERE n.state = 'free' AND n.pool_id = pool
              AND (mod(n.number, 100000000)::int, n.number) > (a::int, behind)
              AND mod(n.number, 100000000)::int < z::int
              AND resource_fits(n.number, n.tail, n.pattern_id, n.has4, patterns, no4, low, high,
                                tail_low, tail_high, digits, p)
            ORDER BY mod(n.number, 100000000)::int, n.number LIMIT wanted;
        WHEN 'last7' THEN
            RETURN QUERY SELECT i, mod(n.number, 10000000), n.number, n.pattern_id, n.has4,
                                n.changed_at
            FROM resource_number n
            WHERE n.state = 'free' AND n.pool_id = pool
              AND (mod(n.number, 10000000)::int, n.number) > (a::int, behind)
              AND mod(n.number, 10000000)::int < z::int
              AND resource_fits(n.number, n.tail, n.pattern_id, n.has4, patterns, no4, low, high,
                                tail_low, tail_high, digits, p)
            ORDER BY mod(n.number, 10000000)::int, n.number LIMIT wanted;
        WHEN 'last6' THEN
            RETURN QUERY SELECT i, mod(n.number, 1000000), n.number, n.pattern_id, n.has4,
                                n.changed_at
            FROM resource_number n
            WHERE n.state = 'free' AND n.pool_id = pool
              AND (mod(n.number, 1000000)::int, n.number) > (a::int, behind)
              AND mod(n.number, 1000000)::int < z::int
              AND resource_fits(n.number, n.tail, n.pattern_id, n.has4, patterns, no4, low, high,
                                tail_low, tail_high, digits, p)
            ORDER BY mod(n.number, 1000000)::int, n.number LIMIT wanted;
        WHEN 'last5' THEN
            RETURN QUERY SELECT i, mod(n.number, 100000), n.number, n.pattern_id, n.has4,
                                n.changed_at
            FROM resource_number n
            WHERE n.state = 'free' AND n.pool_id = pool
              AND (mod(n.number, 100000)::int, n.number) > (a::int, behind)
              AND mod(n.number, 100000)::int < z::int
              AND resource_fits(n.number, n.tail, n.pattern_id, n.has4, patterns, no4, low, high,
                                tail_low, tail_high, digits, p)
            ORDER BY mod(n.number, 100000)::int, n.number LIMIT wanted;
        WHEN 'last4' THEN
            RETURN QUERY SELECT i, mod(n.number, 10000), n.number, n.pattern_id, n.has4,
                                n.changed_at
            FROM resource_number n
            WHERE n.state = 'free' AND n.pool_id = pool
              AND (mod(n.number, 10000)::int, n.number) > (a::int, behind)
              AND mod(n.number, 10000)::int < z::int
              AND resource_fits(n.number, n.tail, n.pattern_id, n.has4, patterns, no4, low, high,
                                tail_low, tail_high, digits, p)
            ORDER BY mod(n.number, 10000)::int, n.number LIMIT wanted;
        END CASE;
        GET DIAGNOSTICS found = ROW_COUNT;
        wanted := wanted - found;
        EXIT WHEN wanted <= 0;
        behind := 0;
    END LOOP;
END $$;

-- Hold numbers: one row per request, by its place in the arrays (from 1).
--
-- Outcomes: `held` (with pattern, grade and price); `replay` (with the fingerprint and the answer
-- of the earlier request under this key); `no_outlet` (none in the scope, which is paths joined by
-- commas), `inactive` (with the outlet's state as answer); `unknown`, `elsewhere` (another branch's), `taken`,
-- `too_many` (the outlet holds the most it may); `contested`: another request of the set wants
-- the same number, or takes the outlet's last places, so what becomes of it is seen when it is
-- asked alone.
CREATE OR REPLACE FUNCTION resource_reserve(
    actors uuid[], channels text[], keys text[], marks bytea[], arguments text[],
    numbers bigint[], holds uuid[], outlets uuid[], scopes text[], untils timestamptz[],
    ats timestamptz[], most int
) RETURNS TABLE (
    place int, outcome text, pattern text, grade text, price bigint, monthly_floor bigint,
    mark bytea, answer text
) LANGUAGE plpgsql
-- A plan lives as long as its connection: one made while a table was small must serve when it has
-- grown, so none may read a table from end to end.
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off
AS $$
#variable_conflict use_column
BEGIN
    -- Outlets first, numbers next, each in order. The outlet's lock makes its count of holds
    -- hold, and makes a repetition of a request wait for the first.
    PERFORM pg_advisory_xact_lock(o.key) FROM (
        SELECT DISTINCT hashtextextended(u::text, 20) AS key FROM unnest(outlets) u ORDER BY 1
    ) o;
    PERFORM 1 FROM resource_number n WHERE n.number = ANY(numbers)
    ORDER BY n.number FOR NO KEY UPDATE;

    RETURN QUERY
    WITH request AS MATERIALIZED (
        SELECT r.*, n.pool_id, n.pattern_id, n.state AS was, n.holder_id AS before,
               j.fingerprint, coalesce(j.answer::text, o.state) AS said, open.holds,
               CASE WHEN j.id IS NOT NULL THEN 'replay'
                    WHEN o.state IS NULL OR NOT EXISTS (
                        SELECT 1 FROM unnest(string_to_array(r.scope, ',')) AS own
                        WHERE own = g.path OR starts_with(g.path, own || '.')) THEN 'no_outlet'
                    WHEN o.state <> 'active' THEN 'inactive'
                    WHEN n.number IS NULL THEN 'unknown'
                    WHEN NOT starts_with(g.path, b.path || '.') THEN 'elsewhere'
                    WHEN NOT (n.state = 'free'
                              OR n.state IN ('reserved', 'paid') AND n.until <= r.at) THEN 'taken'
                    WHEN open.holds >= most THEN 'too_many'
                    ELSE 'held' END AS verdict
        FROM unnest(actors, channels, keys, marks, arguments, numbers, holds, outlets, scopes,
                    untils, ats) WITH ORDINALITY
             AS r(actor, channel, key, mark, arguments, number, hold, outlet, scope, until, at,
                  place)
        LEFT JOIN commands_journal j
          ON j.actor = r.actor AND j.request_key = r.key AND j.home = ''
        LEFT JOIN saleschannel_outlet o ON o.organization_id = r.outlet
        LEFT JOIN party_organization g ON g.id = r.outlet
        LEFT JOIN resource_number n ON n.number = r.number
        LEFT JOIN resource_pool p ON p.id = n.pool_id
        LEFT JOIN party_organization b ON b.id = p.branch_id
        CROSS JOIN LATERAL (
            SELECT count(*) AS holds FROM resource_number h
            WHERE h.holder_id = r.outlet AND h.state = 'reserved' AND h.until > r.at
        ) open
    ), judged AS MATERIALIZED (
        SELECT r.*, CASE
            WHEN r.verdict = 'held' AND (
                row_number() OVER (PARTITION BY r.verdict, r.number ORDER BY r.place) > 1
                OR r.holds + row_number() OVER (PARTITION BY r.verdict, r.outlet ORDER BY r.place)
                   > most
            ) THEN 'contested' ELSE r.verdict END AS outcome
        FROM request r
    ), granted AS MATERIALIZED (
        SELECT g.*, t.code, t.grade, t.price, t.monthly_floor
        FROM judged g CROSS JOIN LATERAL resource_terms(g.pool_id, g.at) t
        WHERE g.outcome = 'held' AND t.id = g.pattern_id
    ), moved AS (
        UPDATE resource_number n
        SET state = 'reserved', holder_id = g.outlet, hold = g.hold, until = g.until,
            cause = NULL, changed_at = g.at
        FROM granted g WHERE n.number = g.number
    ), noted AS (
        INSERT INTO resource_change (number, at, was, state, holder, cause, actor, command)
        SELECT g.number, g.at, g.was, 'reserved', g.outlet, NULL, g.actor, 'resource.reserve'
        FROM granted g ORDER BY g.place
    ), journalled AS (
        INSERT INTO commands_journal
            (at, period, actor, channel, command, request_key, fingerprint, subject, arguments,
             answer)
        SELECT g.at, period_of(g.at), g.actor, g.channel, 'resource.reserve', g.key, g.mark,
               lpad(g.number::text, 32, '0')::uuid, g.arguments::jsonb,
               jsonb_build_object('number', g.number::text, 'hold', g.hold, 'outlet', g.outlet,
                   'until', g.until, 'pattern', g.code, 'grade', g.grade,
                   'price', jsonb_build_object('minor', g.price, 'currency', 'CNY'),
                   'monthly_floor',
                   jsonb_build_object('minor', g.monthly_floor, 'currency', 'CNY'))
        FROM granted g ORDER BY g.place
    )
    SELECT d.place::int, d.outcome, g.code, g.grade, g.price, g.monthly_floor,
           CASE d.outcome WHEN 'replay' THEN d.fingerprint END,
           CASE WHEN d.outcome IN ('replay', 'inactive') THEN d.said END
    FROM judged d LEFT JOIN granted g ON g.place = d.place;
END $$;

-- Load the ten thousand numbers of a segment that are not there yet; `graded` holds the place of
-- each number's pattern in `patterns`, an octet each.
CREATE OR REPLACE FUNCTION resource_load(
    prefix int, pool smallint, graded bytea, patterns smallint[], moment timestamptz
) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
    loaded int;
BEGIN
    INSERT INTO resource_number (number, pool_id, pattern_id, changed_at)
    SELECT prefix::bigint * 10000 + i, pool, patterns[get_byte(graded, i) + 1], moment
    FROM generate_series(0, 9999) i
    ON CONFLICT (number) DO NOTHING;
    GET DIAGNOSTICS loaded = ROW_COUNT;
    RETURN loaded;
END $$;
