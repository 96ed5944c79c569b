-- saleschannel_outlet.stamp grows with every change of what a sale looks at, whoever writes it: the
-- outlet's state, contract, businesses, limits, hours, kind and market, and the path of its
-- organization. A sale is written only if the stamp is still the one that it was priced with.
--
-- A sequence never gives a number twice, even when the transaction is rolled back; any write of
-- another stamp takes the next number (see identity/sql/stamps.sql).
CREATE SEQUENCE IF NOT EXISTS saleschannel_stamp;

CREATE OR REPLACE FUNCTION saleschannel_outlet_stamp() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.stamp := nextval('saleschannel_stamp');
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER saleschannel_outlet_first_stamp BEFORE INSERT ON saleschannel_outlet
FOR EACH ROW EXECUTE FUNCTION saleschannel_outlet_stamp();

CREATE OR REPLACE TRIGGER saleschannel_outlet_next_stamp BEFORE UPDATE ON saleschannel_outlet
FOR EACH ROW WHEN ((NEW.stamp, NEW.kind_id, NEW.market, NEW.state, NEW.contract_from,
                    NEW.contract_until, NEW.businesses, NEW.sale_limit, NEW.day_limit,
                    NEW.hours_enforced, NEW.opening_hours)
                   IS DISTINCT FROM
                   (OLD.stamp, OLD.kind_id, OLD.market, OLD.state, OLD.contract_from,
                    OLD.contract_until, OLD.businesses, OLD.sale_limit, OLD.day_limit,
                    OLD.hours_enforced, OLD.opening_hours))
EXECUTE FUNCTION saleschannel_outlet_stamp();

-- Say on channel `qudao` which outlet has changed; heard when the transaction commits.
CREATE OR REPLACE FUNCTION saleschannel_outlet_notice() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('qudao', 'outlet:' || NEW.organization_id);
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER saleschannel_outlet_notice AFTER UPDATE ON saleschannel_outlet
FOR EACH ROW WHEN (NEW.stamp <> OLD.stamp) EXECUTE FUNCTION saleschannel_outlet_notice();

-- A whole sub-tree moves in one statement: each outlet of it comes by here.
CREATE OR REPLACE FUNCTION saleschannel_organization_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE saleschannel_outlet SET stamp = stamp + 1 WHERE organization_id = NEW.id;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER saleschannel_organization_moved AFTER UPDATE ON party_organization
FOR EACH ROW WHEN (NEW.path <> OLD.path) EXECUTE FUNCTION saleschannel_organization_moved();
