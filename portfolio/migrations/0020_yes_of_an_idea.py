"""Whether an idea concerns anybody is read from the index alone, idea by idea, as "what is coming" lists them."""

from django.db import migrations, models
from django.db.models import Q

from hubapp.db.indexes import AddIndexLive


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("portfolio", "0019_needs_of_merges")]

    operations = [
        AddIndexLive(
            "screeninganswer",
            models.Index(
                fields=["innovation", "site", "question"],
                name="screening_yes_of",
                condition=Q(value="yes"),
            ),
        ),
    ]
