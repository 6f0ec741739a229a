"""Demo needs and calls."""

from hubapp.actors import Actor


def load(by: Actor) -> None:
    """Nothing yet."""
