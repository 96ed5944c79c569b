-- What was published is never changed: whoever writes, an operation or somebody with psql.
CREATE OR REPLACE FUNCTION echannel_version_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'version % was published and stays as it is', OLD.number
        USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE OR REPLACE TRIGGER echannel_version_frozen BEFORE UPDATE OR DELETE ON echannel_version
FOR EACH ROW WHEN (OLD.frozen_at IS NOT NULL) EXECUTE FUNCTION echannel_version_frozen();
