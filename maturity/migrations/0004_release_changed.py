"""A release keeps who had changed, so that the next one can be held against it."""

from django.db import migrations, models

from hubapp.db.protect import protect, unprotect


class Migration(migrations.Migration):
    dependencies = [("maturity", "0003_hands")]

    operations = [
        unprotect("maturity_release"),
        migrations.AddField("release", "changed", models.JSONField(default=list)),
        protect("maturity_release"),
    ]
