-- Numbers of agreements count by this, whatever became of the dossier.
CREATE SEQUENCE IF NOT EXISTS customer_agreement_serial;
