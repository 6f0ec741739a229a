"""A permission that is declared is asked at a door, and one that is asked is declared."""

import ast
import re

from accounts.rules import PERMISSIONS
from hubapp import hooks
from hubapp.api.permissions import SIGNED_IN
from tests.architecture.test_doors import front_rooms
from tests.architecture.test_lists import patterns

NAMES = re.compile(r"(accounts|portfolio|maturity|partners|kpis)\.[a-z]+_[a-z_]+")


def asked_at_doors() -> set[str]:
    """What the views and resources behind the product's addresses ask."""
    asked: set[str] = set()
    for _, pattern in patterns():
        view = getattr(pattern.callback, "view_class", None)
        resource = getattr(pattern.callback, "cls", None)
        asked.add(getattr(view, "permission", ""))
        asked |= set(getattr(resource, "perms", {}).values())
    return asked - {"", SIGNED_IN}


def asked_elsewhere() -> set[str]:
    """What decides whether a link or a button is shown: the hooks' entries, and names in views and API."""
    entries = [*hooks.navigation, *hooks.network_pages, *hooks.site_settings]
    named = {
        node.value
        for _, tree in front_rooms()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and NAMES.fullmatch(node.value)
    }
    return named | {entry.permission for entry in entries}


def test_every_permission_is_asked_at_a_door():
    """One that is only declared, or only hides a button, guards nothing."""
    assert set(PERMISSIONS) - asked_at_doors() == set()


def test_every_permission_that_is_asked_is_declared():
    """An unknown one is refused without a word, to everybody."""
    assert asked_at_doors() - set(PERMISSIONS) == set()
    assert asked_elsewhere() - set(PERMISSIONS) == set()


def test_an_entry_is_shown_to_those_who_may_open_its_page():
    """What a hook's entry asks is what the page behind it asks."""
    behind = {
        name: getattr(getattr(pattern.callback, "view_class", None), "permission", None)
        for name, pattern in patterns()
    }
    wrong = [
        (entry.url_name, entry.permission, behind[entry.url_name])
        for entry in [*hooks.navigation, *hooks.network_pages, *hooks.site_settings]
        if behind[entry.url_name] != entry.permission
    ]
    assert wrong == []
