-- For tables that others name without a foreign key: a trigger that lets no row go.
CREATE OR REPLACE FUNCTION rows_are_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are never deleted: others name them', TG_TABLE_NAME
        USING ERRCODE = 'foreign_key_violation';
END $$;
