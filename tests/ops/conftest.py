"""Tests of the commands and of the machinery that starts and stops Hubapp."""

import os

import pytest


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Start the whole product on one leg only: it brings its own database."""
    if os.environ.get("LEG") != "postgresql":
        return
    whole = [item for item in items if item.path.name == "test_runhub.py"]
    config.hook.pytest_deselected(items=whole)
    items[:] = [item for item in items if item not in whole]
