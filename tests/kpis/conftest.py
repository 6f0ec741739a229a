"""A month to look back on: tests of numbers stand on 20 November 2026."""

import datetime as dt

import pytest
import time_machine


@pytest.fixture
def clock():
    """A clock that stands still, and can be moved."""
    with time_machine.travel(dt.datetime(2026, 11, 20, 9, tzinfo=dt.UTC), tick=False) as traveller:
        yield traveller
