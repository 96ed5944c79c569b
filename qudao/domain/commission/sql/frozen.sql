-- What was effective is never changed: whoever writes, an operation or somebody with psql. Only its
-- end may come nearer, when a next version follows or it is withdrawn.
CREATE OR REPLACE FUNCTION commission_version_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE'
       AND (NEW.policy_id, NEW.number, NEW.edition, NEW.valid_from, NEW.valid_until, NEW.budget,
            NEW.content, NEW.configured, NEW.author, NEW.configured_by, NEW.effective_from)
           IS NOT DISTINCT FROM
           (OLD.policy_id, OLD.number, OLD.edition, OLD.valid_from, OLD.valid_until, OLD.budget,
            OLD.content, OLD.configured, OLD.author, OLD.configured_by, OLD.effective_from)
       AND coalesce(NEW.effective_until, 'infinity') <= coalesce(OLD.effective_until, 'infinity')
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'version % was effective and stays as it is', OLD.number
        USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE OR REPLACE TRIGGER commission_version_frozen BEFORE UPDATE OR DELETE ON commission_version
FOR EACH ROW WHEN (OLD.effective_from IS NOT NULL) EXECUTE FUNCTION commission_version_frozen();

CREATE OR REPLACE FUNCTION commission_rule_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM commission_version
               WHERE id = OLD.version_id AND effective_from IS NOT NULL) THEN
        RAISE EXCEPTION 'rule % was effective and stays as it is', OLD.number
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE OR REPLACE TRIGGER commission_rule_frozen BEFORE UPDATE OR DELETE ON commission_rule
FOR EACH ROW EXECUTE FUNCTION commission_rule_frozen();
