"""Published frameworks, ratings, moves and releases are history: immutable on either database."""

from django.db import migrations

from hubapp.db.protect import protect


class Migration(migrations.Migration):
    dependencies = [("maturity", "0001_initial")]

    operations = [
        protect("maturity_framework", but={"valid_to"}),
        protect("maturity_domain"),
        protect("maturity_subdomain"),
        protect("maturity_indicator"),
        protect("maturity_assessmentmove"),
        protect("maturity_rating", but={"is_current"}),
        protect("maturity_raterrating", but={"is_current"}),
        protect("maturity_release"),
        protect("maturity_releasemember"),
    ]
