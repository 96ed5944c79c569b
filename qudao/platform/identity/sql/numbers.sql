-- identity_user.number is given once: an UPDATE that would give another one leaves it alone.
CREATE OR REPLACE FUNCTION identity_user_keep_number() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.number := OLD.number;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER identity_user_keep_number BEFORE UPDATE OF number ON identity_user
FOR EACH ROW WHEN (NEW.number IS DISTINCT FROM OLD.number)
EXECUTE FUNCTION identity_user_keep_number();
