"""History is immutable; the texts of a submission stay as sent; PostgreSQL finds text by trigrams."""

from django.db import migrations

from hubapp.db.protect import protect
from hubapp.db.search import trigram_index


class Migration(migrations.Migration):
    dependencies = [("portfolio", "0001_initial")]

    operations = [
        protect(
            "portfolio_submission",
            but={
                "network_id", "routed_at", "link_generation", "confirmed_at", "confirmed_on", "reminded_at",
            },
        ),
        protect("portfolio_decision"),
        protect("portfolio_stagemove"),
        protect("portfolio_message"),
        protect("portfolio_redaction"),
        protect("portfolio_checklist", but={"valid_to"}),
        protect("portfolio_checklistitem"),
        trigram_index("portfolio_innovation", "search_text"),
    ]
