"""What a rater keeps of a mailed code, in the columns that every such row has."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("maturity", "0002_protect")]

    operations = [
        migrations.RenameField("rater", "codes_sent", "sent"),
        migrations.RenameField("rater", "code_sent_at", "sent_at"),
    ]
