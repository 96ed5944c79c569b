-- Fill a fresh database with outlets that can sell: each with a wallet, a clerk and a token.
-- Only for measuring: it writes tables that the platform itself writes by its operations alone.

CREATE FUNCTION bench_id(kind text, n bigint) RETURNS uuid IMMUTABLE LANGUAGE sql AS $$
    SELECT ('00000000-0000-' || kind || '-8000-' || (100000000000 + n))::uuid
$$;

CREATE TEMP TABLE bench_place AS
SELECT c.id, c.path, b.id AS branch, b.code AS home, c.division_code,
       row_number() OVER (ORDER BY c.code) - 1 AS place, count(*) OVER () AS places
FROM party_organization c JOIN party_organization b ON b.id = c.parent_id
WHERE c.kind = 'county';

INSERT INTO ledger_account (id, asset, kind, owner, limited, opened_at, home)
SELECT gen_random_uuid(), 'CNY', k.kind, b.branch, false, now(), b.home
FROM (SELECT DISTINCT branch, home FROM bench_place) b,
     (VALUES ('in_flight'), ('collected'), ('bank')) k(kind);

INSERT INTO party_organization
    (id, kind, code, name_zh, name_en, path, division_code, created_at, parent_id)
SELECT bench_id('7000', n), 'outlet', (410000000000 + n)::text, '代理点' || n, 'Agency ' || n,
       p.path || '.' || (410000000000 + n), p.division_code, now(), p.id
FROM generate_series(1, :outlets) n JOIN bench_place p ON p.place = n % p.places;

INSERT INTO saleschannel_outlet
    (organization_id, node_code, market, address, contract_number, contract_from, deposit, state,
     state_reason, state_since, opening_hours, hours_enforced, kind_id)
SELECT bench_id('7000', n), (410000000000 + n)::text, 'city', '', 'B' || n,
       now() - interval '1 year', 0, 'active', '', now(), '{}', false, 'agency_point'
FROM generate_series(1, :outlets) n;

INSERT INTO ledger_account (id, asset, kind, owner, limited, opened_at, home)
SELECT bench_id('7001', n), 'CNY', 'wallet', bench_id('7000', n), true, now(), p.home
FROM generate_series(1, :outlets) n JOIN bench_place p ON p.place = n % p.places;

INSERT INTO ledger_balance (account_id, balance, floor, frozen, day, day_out, home)
SELECT id, 100000000000, 0, false, current_date, 0, home
FROM ledger_account WHERE kind = 'wallet' ORDER BY id;

INSERT INTO ledger_posting
    (at, business_date, period, home, source_id, target_id, amount, phase, kind, cause,
     target_balance)
SELECT now(), current_date, date_trunc('month', current_date), p.home, a.id, bench_id('7001', n), 100000000000, 'single', 'pay_in',
       bench_id('7000', n), 100000000000
FROM generate_series(1, :outlets) n JOIN bench_place p ON p.place = n % p.places
JOIN ledger_account a ON a.owner = p.branch AND a.kind = 'bank';

INSERT INTO wallet_wallet
    (outlet_id, low_balance, opened_at, account_id, collected_id, in_flight_id, home)
SELECT bench_id('7000', n), 0, now(), bench_id('7001', n), c.id, f.id, p.home
FROM generate_series(1, :outlets) n JOIN bench_place p ON p.place = n % p.places
JOIN ledger_account c ON c.owner = p.branch AND c.kind = 'collected'
JOIN ledger_account f ON f.owner = p.branch AND f.kind = 'in_flight';

INSERT INTO identity_user
    (id, username, password, must_change_password, language, is_active, created_at, password_at)
SELECT bench_id('7002', n), 'clerk' || n, '!', false, 'zh-hans', true, now(), now()
FROM generate_series(1, :outlets) n;

INSERT INTO party_membership
    (id, role, employee_number, state, state_reason, started_at, user_id, organization_id)
SELECT bench_id('7003', n), 'api_client', '', 'active', '', now() - interval '1 day',
       bench_id('7002', n), bench_id('7000', n)
FROM generate_series(1, :outlets) n;

-- The token of outlet n: qd_<eight letters>_<43 digits>.
CREATE FUNCTION bench_prefix(n bigint) RETURNS text IMMUTABLE LANGUAGE sql AS $$
    SELECT 'b' || translate(lpad(n::text, 7, '0'), '0123456789', 'abcdefghjk')
$$;
CREATE FUNCTION bench_token(n bigint) RETURNS text IMMUTABLE LANGUAGE sql AS $$
    SELECT 'qd_' || bench_prefix(n) || '_' || lpad(n::text, 43, '0')
$$;
INSERT INTO identity_api_token
    (id, name, prefix, secret_hash, organization, created_at, last_used_at, user_id)
SELECT bench_id('7004', n), 'bench', bench_prefix(n),
       sha256(convert_to(bench_token(n), 'UTF8')), bench_id('7000', n), now(), now(),
       bench_id('7002', n)
FROM generate_series(1, :outlets) n;
