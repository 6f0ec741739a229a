"""The words of what waits have an index of their own; PostgreSQL learns how a site's ideas are spread over states."""

from django.db import migrations

from hubapp.db.search import narrow_text_index
from hubapp.db.statistics import seen_together, tidied_often

# As Innovation's queries say what waits for a decision (portfolio.enums.IN_TRIAGE).
WAITS = "state IN ('waiting', 'asked', 'held')"


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("portfolio", "0020_yes_of_an_idea")]

    operations = [
        narrow_text_index("portfolio_innovation", "search_text", "queue", WAITS),
        # The site also as indexes of text have it.
        seen_together(
            "portfolio_innovation",
            "innovation_site_state",
            '"site_id"',
            '"state"',
            '("site_id"::text)',
        ),
        tidied_often("portfolio_innovation", 0.02),
        tidied_often("portfolio_innovationlabel", 0.02),
    ]
