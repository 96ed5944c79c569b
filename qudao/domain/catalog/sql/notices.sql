-- Say on channel `qudao` that the catalogue has changed; heard when the transaction commits.
CREATE OR REPLACE FUNCTION catalog_revision_notice() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('qudao', 'catalog');
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER catalog_revision_notice AFTER INSERT OR UPDATE ON catalog_revision
FOR EACH ROW EXECUTE FUNCTION catalog_revision_notice();
