-- The yardstick: one sale as a plain function, with the writes of ordering_sell and no more than
-- they need. It looks up no price, no earlier request and no opening hours; the same tables,
-- partitions, indexes and checks take its rows.
CREATE TABLE bench_offer AS
SELECT o.code, o.business, v.id AS version, coalesce(d.rate_ppm, 0) AS discount_ppm
FROM catalog_offering o JOIN catalog_offering_version v ON v.offering_id = o.id
LEFT JOIN catalog_wholesale_discount d
  ON d.business = o.business AND d.offering_id IS NULL AND d.channel_kind_id = 'agency_point';
ALTER TABLE bench_offer ADD PRIMARY KEY (code);

CREATE FUNCTION bench_sell(
    number bigint, line bigint, amount bigint, offering text DEFAULT 'TOPUP'
) RETURNS bigint LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    outlet uuid := ('00000000-0000-7000-8000-' || number)::uuid;
    clerk uuid := ('00000000-0000-7002-8000-' || number)::uuid;
    sale uuid := uuidv7();
    price bigint;
    moment timestamptz := now();
    today date := (moment AT TIME ZONE 'Asia/Shanghai')::date;
    month date := date_trunc('month', today);
    place text;
    offer bench_offer;
    wallet uuid;
    flight uuid;
    remaining bigint;
    held bigint;
BEGIN
    SELECT * INTO offer FROM bench_offer WHERE code = bench_sell.offering;
    price := bench_sell.amount - round(bench_sell.amount * offer.discount_ppm / 1000000.0);

    UPDATE ledger_balance b
    SET balance = b.balance - price, day = today,
        day_out = CASE WHEN b.day = today THEN b.day_out ELSE 0 END + price
    FROM wallet_wallet w
    WHERE w.outlet_id = outlet AND b.account_id = w.account_id AND b.home = w.home
      AND NOT b.frozen AND b.balance - price >= b.floor
    RETURNING w.account_id, w.in_flight_id, w.home, b.balance
    INTO wallet, flight, place, remaining;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;

    INSERT INTO ledger_posting
        (at, business_date, period, home, source_id, target_id, amount, phase, kind, cause,
         source_balance)
    VALUES (moment, today, month, place, wallet, flight, price, 'pending', offer.business, sale,
            remaining)
    RETURNING id INTO held;

    INSERT INTO ordering_order
        (id, period, home, outlet_id, actor, channel, business, version_id, msisdn, amount, debit,
         state, ordered_at, business_date, hold_id)
    VALUES (sale, month, place, outlet, clerk, 'api', offer.business, offer.version, line::text,
            bench_sell.amount, price, 'acknowledged', moment, today, held);

    INSERT INTO ordering_dispatch (order_id, period, home, line, next_at)
    VALUES (sale, month, place, line::text, moment);

    INSERT INTO commands_journal
        (at, period, home, actor, channel, command, request_key, fingerprint, subject, arguments,
         answer)
    VALUES (moment, month, place, clerk, 'api', 'ordering.sell', sale::text,
            '\x0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef', sale,
            jsonb_build_object('outlet', outlet, 'offering', offer.code, 'msisdn', line::text,
                               'amount', jsonb_build_object('minor', bench_sell.amount,
                                                            'currency', 'CNY'),
                               'details', NULL, 'order', NULL),
            jsonb_build_object('order', sale, 'posting', held, 'day', today,
                               'amount', bench_sell.amount, 'debit', price,
                               'balance', remaining, 'business', offer.business));
    RETURN remaining;
END $$;
