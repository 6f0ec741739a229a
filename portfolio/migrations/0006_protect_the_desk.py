"""What was declared, exempted and followed up is history; so are the new columns of decisions and moves."""

from django.db import migrations

from hubapp.db.protect import protect


class Migration(migrations.Migration):
    dependencies = [("portfolio", "0005_the_desk")]

    operations = [
        protect("portfolio_decision"),
        protect("portfolio_stagemove"),
        protect("portfolio_interest"),
        protect("portfolio_clockexemption"),
        protect("portfolio_followup"),
    ]
