-- Orders and postings name these rows and have no foreign keys (docs/decisions/0010).
CREATE OR REPLACE TRIGGER rows_are_kept BEFORE DELETE ON party_organization
FOR EACH STATEMENT EXECUTE FUNCTION rows_are_kept();
CREATE OR REPLACE TRIGGER rows_are_kept BEFORE DELETE ON catalog_offering_version
FOR EACH STATEMENT EXECUTE FUNCTION rows_are_kept();
CREATE OR REPLACE TRIGGER rows_are_kept BEFORE DELETE ON wallet_wallet
FOR EACH STATEMENT EXECUTE FUNCTION rows_are_kept();
CREATE OR REPLACE TRIGGER rows_are_kept BEFORE DELETE ON ledger_account
FOR EACH STATEMENT EXECUTE FUNCTION rows_are_kept();
