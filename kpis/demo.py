"""Demo numbers: the months of the demo ideas, computed as beat would."""

from hubapp.actors import Actor
from kpis import services


def load(by: Actor) -> None:
    """Compute every month that the demo ideas touch."""
    services.compute_due(by=by)
