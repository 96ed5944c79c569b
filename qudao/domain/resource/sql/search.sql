-- The indexes that find free numbers. All are led by the pool, for an outlet sees the numbers of
-- its own branch only, and hold what is free only, so that they shrink as numbers are sold. The
-- number stands at the end so that a list can be continued behind the last one shown.

-- By first digits.
CREATE INDEX IF NOT EXISTS resource_free_number
    ON resource_number (pool_id, number) WHERE state = 'free';
-- By last digits: a suffix is a range of the digits read backwards. Without any wish too, for
-- neighbours in this order have nothing else in common.
CREATE INDEX IF NOT EXISTS resource_free_tail
    ON resource_number (pool_id, tail, number) WHERE state = 'free';
-- The same for whoever wants no 4.
CREATE INDEX IF NOT EXISTS resource_free_without4
    ON resource_number (pool_id, tail, number) WHERE state = 'free' AND NOT has4;
-- By pattern, with or without a suffix.
CREATE INDEX IF NOT EXISTS resource_free_pattern
    ON resource_number (pool_id, pattern_id, tail, number) WHERE state = 'free';
-- By digits anywhere among the last eight: whoever looks for them from a certain place on looks
-- for a range of the digits from there to the end. Three digits at the very end are a suffix.
CREATE INDEX IF NOT EXISTS resource_free_last8
    ON resource_number (pool_id, (mod(number, 100000000)::int), number) WHERE state = 'free';
CREATE INDEX IF NOT EXISTS resource_free_last7
    ON resource_number (pool_id, (mod(number, 10000000)::int), number) WHERE state = 'free';
CREATE INDEX IF NOT EXISTS resource_free_last6
    ON resource_number (pool_id, (mod(number, 1000000)::int), number) WHERE state = 'free';
CREATE INDEX IF NOT EXISTS resource_free_last5
    ON resource_number (pool_id, (mod(number, 100000)::int), number) WHERE state = 'free';
CREATE INDEX IF NOT EXISTS resource_free_last4
    ON resource_number (pool_id, (mod(number, 10000)::int), number) WHERE state = 'free';
