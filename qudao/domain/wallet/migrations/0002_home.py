import django.db.models.deletion
from django.db import migrations, models

HOME = """
ALTER TABLE wallet_wallet ADD home text COLLATE "C";
UPDATE wallet_wallet w SET home = a.home FROM ledger_account a WHERE a.id = w.account_id;
ALTER TABLE wallet_wallet ALTER home SET NOT NULL;
ALTER TABLE wallet_wallet ADD CONSTRAINT wallet_balance
    FOREIGN KEY (account_id, home) REFERENCES ledger_balance (account_id, home)
    DEFERRABLE INITIALLY DEFERRED;
"""


class Migration(migrations.Migration):
    dependencies = [("wallet", "0001_initial"), ("ledger", "0003_months")]
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(HOME, migrations.RunSQL.noop)],
            state_operations=[
                migrations.AddField(
                    "wallet",
                    "home",
                    models.TextField(
                        db_collation="C", help_text="branch where it was opened; never changes"
                    ),
                    preserve_default=False,
                ),
                migrations.AlterField(
                    "wallet",
                    "account",
                    models.OneToOneField(
                        "ledger.accountbalance",
                        django.db.models.deletion.PROTECT,
                        db_constraint=False,
                        related_name="+",
                    ),
                ),
            ],
        ),
    ]
