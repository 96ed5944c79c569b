-- What settling needs beside the outlets of seed.sql: their numbers as the made-up month has them,
-- a clerk of each whom its sales name, and for two of five an account at a bank.

UPDATE saleschannel_outlet SET number = -number;
UPDATE saleschannel_outlet o SET number = n
FROM generate_series(1, :outlets) n WHERE o.organization_id = bench_id('7000', n);

UPDATE identity_user SET number = -number;
UPDATE identity_user u SET number = n * 8
FROM generate_series(1, :outlets) n WHERE u.id = bench_id('7002', n);

INSERT INTO commission_payout_terms
    (outlet_id, way, payee, account_name, account_number, bank_code, changed_at, changed_by)
SELECT bench_id('7000', n), 'bank', CASE WHEN n % 2 = 0 THEN 'company' ELSE 'individual' END,
       decode(':name', 'hex'), decode(':account', 'hex'), '102491000021', now(), bench_id('7002', n)
FROM generate_series(1, :outlets) n WHERE n % 5 < 2;

ANALYZE;
