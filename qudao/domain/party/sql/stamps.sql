-- A membership that begins, changes or ends, and a place of it that moves, change what its account
-- may do: they give the account the next stamp.

CREATE OR REPLACE FUNCTION party_membership_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        UPDATE identity_user SET stamp = stamp + 1 WHERE id = OLD.user_id;
    END IF;
    IF TG_OP = 'INSERT' OR (TG_OP = 'UPDATE' AND NEW.user_id <> OLD.user_id) THEN
        UPDATE identity_user SET stamp = stamp + 1 WHERE id = NEW.user_id;
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER party_membership_made AFTER INSERT OR DELETE ON party_membership
FOR EACH ROW EXECUTE FUNCTION party_membership_changed();

CREATE OR REPLACE TRIGGER party_membership_changed AFTER UPDATE ON party_membership
FOR EACH ROW WHEN ((NEW.user_id, NEW.organization_id, NEW.role, NEW.state, NEW.started_at,
                    NEW.ended_at)
                   IS DISTINCT FROM
                   (OLD.user_id, OLD.organization_id, OLD.role, OLD.state, OLD.started_at,
                    OLD.ended_at))
EXECUTE FUNCTION party_membership_changed();

-- A whole sub-tree moves in one statement: each place of it that has members comes by here.
CREATE OR REPLACE FUNCTION party_organization_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE identity_user SET stamp = stamp + 1
    WHERE id IN (SELECT user_id FROM party_membership WHERE organization_id = NEW.id);
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER party_organization_moved AFTER UPDATE ON party_organization
FOR EACH ROW WHEN ((NEW.path, NEW.kind) IS DISTINCT FROM (OLD.path, OLD.kind))
EXECUTE FUNCTION party_organization_moved();
