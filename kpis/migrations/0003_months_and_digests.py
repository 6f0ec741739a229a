"""When each month was last computed, and a digest of what made each value.

The triggers name the columns that they guard, so they are taken off for the
new column and put back over all of them (SQLite rebuilds the table, which
drops them anyway).
"""

import django.db.models.deletion
from django.db import migrations, models

from hubapp.db.protect import install, protect, remove


def unprotect(apps, editor):
    remove(editor.connection, "kpis_kpivalue")


def protect_again(apps, editor):
    install(editor.connection, "kpis_kpivalue", {"is_current"})


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("kpis", "0002_protect"),
    ]

    operations = [
        migrations.CreateModel(
            name="KpiMonth",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("period_start", models.DateField()),
                ("checked_at", models.DateTimeField()),
                ("was_over", models.BooleanField()),
                ("definitions", models.CharField(max_length=2000)),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="kpi_months", to="accounts.site"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="KpiSweep",
            fields=[
                ("name", models.CharField(max_length=20, primary_key=True, serialize=False)),
                ("seen_until", models.DateTimeField(null=True)),
                ("heard_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.AddConstraint(
            model_name="kpimonth",
            constraint=models.UniqueConstraint(fields=("site", "period_start"), name="kpi_month_once"),
        ),
        migrations.AddIndex(
            model_name="kpicontribution",
            index=models.Index(fields=["site", "record_ref"], name="kpi_contribution_record"),
        ),
        migrations.AddIndex(
            model_name="kpivalue",
            index=models.Index(
                condition=models.Q(("is_current", True)),
                fields=["site", "period_start", "id"],
                name="kpi_value_site",
            ),
        ),
        migrations.RunPython(unprotect, protect_again, elidable=False),
        migrations.AddField(
            model_name="kpivalue",
            name="digest",
            field=models.CharField(default="", max_length=32),
            preserve_default=False,
        ),
        protect("kpis_kpivalue", but={"is_current"}),
    ]
