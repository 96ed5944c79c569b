-- saleschannel_outlet.number is given once: an UPDATE that would give another one leaves it alone.
CREATE OR REPLACE FUNCTION saleschannel_outlet_keep_number() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.number := OLD.number;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER saleschannel_outlet_keep_number BEFORE UPDATE OF number
ON saleschannel_outlet
FOR EACH ROW WHEN (NEW.number IS DISTINCT FROM OLD.number)
EXECUTE FUNCTION saleschannel_outlet_keep_number();
