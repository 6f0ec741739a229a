"""Columns that say what lists asked other tables for; filled in the next migration, and then indexed."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("portfolio", "0015_meanings")]

    operations = [
        migrations.AddField(
            "innovation", "has_new_message", models.BooleanField(default=False, db_default=False)
        ),
        migrations.AddField(
            "innovation", "has_new_answer", models.BooleanField(default=False, db_default=False)
        ),
        migrations.AddField(
            "submissionsite",
            "awaits_confirmation",
            models.BooleanField(default=False, db_default=False),
        ),
    ]
