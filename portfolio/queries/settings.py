"""How a site's desk works."""

from accounts.models import Site
from portfolio.models import TriageSettings


def triage_settings_of(site: Site) -> TriageSettings:
    """The site's settings; the defaults, not stored, for a site that has none."""
    return TriageSettings.objects.filter(site=site).first() or TriageSettings(site=site)
