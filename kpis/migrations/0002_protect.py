"""Numbers and what made them are immutable: a changed number is a new version."""

from django.db import migrations

from hubapp.db.protect import protect


class Migration(migrations.Migration):
    dependencies = [("kpis", "0001_initial")]

    operations = [
        protect("kpis_kpivalue", but={"is_current"}),
        protect("kpis_kpicontribution"),
    ]
