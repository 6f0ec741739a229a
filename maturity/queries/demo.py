"""What the demo asks of the database."""

from accounts.models import Network
from maturity.models import Framework, Indicator, Round


def insites() -> Framework | None:
    """The framework that demo rounds are by."""
    return Framework.objects.filter(slug="insites-2025", network=None).first()


def demo_round_with(name: str, network: Network) -> Round | None:
    """A demo round that was made already."""
    return Round.objects.filter(network=network, name__contains=name).first()


def rated_codes(framework: Framework) -> list[tuple[str, str]]:
    """(sub-domain, indicator) codes in the framework's order."""
    rows = Indicator.objects.filter(framework=framework).order_by("position")
    return list(rows.values_list("sub_domain__code", "code"))
