-- identity_user.stamp grows with every change of what the account may do, whoever writes it: with
-- its closing and opening, with a token that is revoked or ends sooner, and (the package that keeps
-- them sees to it) with its memberships. Not with a sign-in, a password, or the use of a token.
--
-- A sequence never gives a number twice, even when the transaction is rolled back: what was read
-- inside one can never be mistaken for a later state. Any write of another stamp takes the next
-- number, so `SET stamp = stamp + 1` is how others say that something has changed, and a row saved
-- as it was read a while ago does not bring an old stamp back.
CREATE SEQUENCE IF NOT EXISTS identity_stamp;

CREATE OR REPLACE FUNCTION identity_user_stamp() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.stamp := nextval('identity_stamp');
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER identity_user_first_stamp BEFORE INSERT ON identity_user
FOR EACH ROW EXECUTE FUNCTION identity_user_stamp();

CREATE OR REPLACE TRIGGER identity_user_next_stamp BEFORE UPDATE ON identity_user
FOR EACH ROW WHEN (NEW.stamp <> OLD.stamp OR NEW.is_active <> OLD.is_active)
EXECUTE FUNCTION identity_user_stamp();

-- Say on channel `qudao` whose authority has changed; heard when the transaction commits.
CREATE OR REPLACE FUNCTION identity_user_notice() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('qudao', 'account:' || NEW.id);
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER identity_user_notice AFTER UPDATE ON identity_user
FOR EACH ROW WHEN (NEW.stamp <> OLD.stamp) EXECUTE FUNCTION identity_user_notice();

CREATE OR REPLACE FUNCTION identity_token_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE identity_user SET stamp = stamp + 1 WHERE id = OLD.user_id;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER identity_token_changed AFTER UPDATE ON identity_api_token
FOR EACH ROW WHEN ((NEW.user_id, NEW.prefix, NEW.secret_hash, NEW.organization, NEW.expires_at,
                    NEW.revoked_at)
                   IS DISTINCT FROM
                   (OLD.user_id, OLD.prefix, OLD.secret_hash, OLD.organization, OLD.expires_at,
                    OLD.revoked_at))
EXECUTE FUNCTION identity_token_changed();

CREATE OR REPLACE TRIGGER identity_token_deleted AFTER DELETE ON identity_api_token
FOR EACH ROW EXECUTE FUNCTION identity_token_changed();
