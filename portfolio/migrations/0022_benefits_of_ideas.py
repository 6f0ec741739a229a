"""The benefit areas of an idea as one number beside its other columns; filled in the next migration, and then indexed."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("portfolio", "0021_words_of_the_queue")]

    operations = [
        migrations.AddField(
            "innovation",
            "benefits",
            models.PositiveSmallIntegerField(default=0, db_default=0, editable=False),
        ),
    ]
