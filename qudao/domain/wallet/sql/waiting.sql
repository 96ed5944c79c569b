-- Whoever takes from an outlet, or from an account, something that a sale looks at, waits for the
-- sales that are just being written there: they hold the outlet's balance. So after the statement's
-- transaction has ended no sale is committed that was made with what was true before; and a sale
-- that comes while it runs waits for it, and then looks.
--
-- Locks are taken in this order: the outlet, the membership or the token; the account; the balance.
-- Who holds a balance locks none of the others (of an organization only the key, by reference), so
-- nobody waits in a circle. Places that move do not wait: they hold their organization's key.

CREATE OR REPLACE FUNCTION wallet_wait(outlets uuid[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM ledger_lock(array_agg(account_id), array_agg(home))
    FROM wallet_wallet WHERE outlet_id = ANY(outlets);
END $$;

CREATE OR REPLACE FUNCTION wallet_wait_for_outlet() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM wallet_wait(ARRAY[OLD.organization_id]);
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER wallet_wait AFTER UPDATE ON saleschannel_outlet
FOR EACH ROW WHEN ((NEW.kind_id, NEW.market, NEW.state, NEW.contract_from, NEW.contract_until,
                    NEW.businesses, NEW.sale_limit, NEW.day_limit, NEW.hours_enforced,
                    NEW.opening_hours)
                   IS DISTINCT FROM
                   (OLD.kind_id, OLD.market, OLD.state, OLD.contract_from, OLD.contract_until,
                    OLD.businesses, OLD.sale_limit, OLD.day_limit, OLD.hours_enforced,
                    OLD.opening_hours))
EXECUTE FUNCTION wallet_wait_for_outlet();

CREATE OR REPLACE FUNCTION wallet_wait_for_member() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM wallet_wait(ARRAY[OLD.organization_id]);
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER wallet_wait AFTER UPDATE ON party_membership
FOR EACH ROW WHEN ((NEW.user_id, NEW.organization_id, NEW.role, NEW.state, NEW.started_at,
                    NEW.ended_at)
                   IS DISTINCT FROM
                   (OLD.user_id, OLD.organization_id, OLD.role, OLD.state, OLD.started_at,
                    OLD.ended_at))
EXECUTE FUNCTION wallet_wait_for_member();

CREATE OR REPLACE TRIGGER wallet_wait_deleted AFTER DELETE ON party_membership
FOR EACH ROW EXECUTE FUNCTION wallet_wait_for_member();

-- An account that is closed, and a token that is revoked: wherever the account may act.
CREATE OR REPLACE FUNCTION wallet_wait_for_account(account uuid) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM wallet_wait(ARRAY(
        SELECT organization_id FROM party_membership WHERE user_id = account));
END $$;

CREATE OR REPLACE FUNCTION wallet_wait_for_user() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM wallet_wait_for_account(OLD.id);
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER wallet_wait AFTER UPDATE ON identity_user
FOR EACH ROW WHEN (OLD.is_active AND NOT NEW.is_active) EXECUTE FUNCTION wallet_wait_for_user();

CREATE OR REPLACE FUNCTION wallet_wait_for_token() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM wallet_wait_for_account(OLD.user_id);
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER wallet_wait AFTER UPDATE ON identity_api_token
FOR EACH ROW WHEN ((NEW.organization, NEW.expires_at, NEW.revoked_at)
                   IS DISTINCT FROM (OLD.organization, OLD.expires_at, OLD.revoked_at))
EXECUTE FUNCTION wallet_wait_for_token();

CREATE OR REPLACE TRIGGER wallet_wait_deleted AFTER DELETE ON identity_api_token
FOR EACH ROW EXECUTE FUNCTION wallet_wait_for_token();
