"""Events are append-only, whoever asks."""

from django.db import migrations

from hubapp.db.protect import protect


class Migration(migrations.Migration):
    dependencies = [("hubapp", "0001_initial")]

    operations = [protect("hubapp_event")]
