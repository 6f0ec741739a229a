"""Words are looked up among one site's ideas: a common one took as long as all sites together have it."""

from django.db import migrations

from hubapp.db.search import site_text_index


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("portfolio", "0017_fill_and_index")]

    operations = [site_text_index("portfolio_innovation", "search_text")]
