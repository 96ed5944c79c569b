-- Numbers of revisions: a sequence never gives one twice, even when a transaction is rolled back.
CREATE SEQUENCE IF NOT EXISTS echannel_revision_number AS bigint;

-- Say on channel `qudao` that a front shows something else; heard when the transaction commits.
CREATE OR REPLACE FUNCTION echannel_revision_notice() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('qudao', 'echannel');
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER echannel_revision_notice AFTER INSERT OR UPDATE ON echannel_revision
FOR EACH ROW EXECUTE FUNCTION echannel_revision_notice();
