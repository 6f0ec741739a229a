"""Every list costs as many queries with three rows as with one; a new list without a row fails."""

import ast
from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests import factories
from tests.architecture.lists import COORDINATOR, FIXED, LISTS, Lists
from tests.architecture.test_names_resolve import sources


def patterns(resolver=None, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every URL name of the product and what answers there."""
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            yield from patterns(entry, f"{prefix}{entry.namespace}:" if entry.namespace else prefix)
        else:
            yield f"{prefix}{entry.name}", entry


def names_used() -> dict[str, set[str]]:
    """For each function and class of the views: the names that its body mentions."""
    used: dict[str, set[str]] = {}
    for path, tree in sources():
        if "views" in path.parts or path.stem == "views":
            for node in tree.body:
                if isinstance(node, ast.FunctionDef | ast.ClassDef):
                    found = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
                    used.setdefault(node.name, set()).update(found)
    return used


def turns_pages(name: str, used: dict[str, set[str]]) -> bool:
    """Whether ``name`` comes to ``keyset_page``, itself or through what it calls or extends."""
    seen, waiting = set(), {name}
    while waiting:
        seen |= waiting
        waiting = set().union(*(used.get(each, set()) for each in waiting)) - seen
    return "keyset_page" in seen


def lists_of_the_product() -> set[str]:
    used = names_used()
    found = set()
    for name, pattern in patterns():
        view = getattr(pattern.callback, "view_class", None)
        actions = getattr(pattern.callback, "actions", None) or {}
        if (view and turns_pages(view.__name__, used)) or actions.get("get") == "list":
            found.add(name)
    return found


def test_every_list_has_a_row():
    found = lists_of_the_product()
    assert {"portfolio:triage", "api:v1:innovations-list"} <= found
    assert found - {row.name for row in LISTS} - FIXED == set(), "lists without a row in lists.py"
    assert {row.name for row in LISTS} - {name for name, _ in patterns()} == set()


@pytest.mark.django_db
@pytest.mark.parametrize("row", LISTS, ids=[f"{r.name}-{r.role}-{r.query}" for r in LISTS])
def test_a_list_costs_the_same_with_one_row_and_with_three(row, count_queries):
    world = Lists()
    client = Client()
    if row.role == COORDINATOR:
        world.asker = factories.coordinator(world.network)
    elif row.role:
        world.role = row.role
    if row.role:
        client.force_login(world.asker, backend="accounts.backends.EmailBackend")
    shown = [row.more(world)]

    def address() -> str:
        return f"{reverse(row.name, kwargs=row.kwargs(world))}?{row.query}"

    client.get(address())  # what is read once for a process is read
    costs = []
    for more in (0, 2):
        shown += [row.more(world) for _ in range(more)]
        here = address()
        cache.clear()  # what is kept drawn is drawn anew, with all that it reads
        with count_queries() as queries:
            page = client.get(here)
        costs.append(len(queries))
        assert page.status_code == 200
        assert [text for text in shown if text not in page.content.decode()] == []
    assert costs[0] == costs[1] <= row.most, [query["sql"] for query in queries]
