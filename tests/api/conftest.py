"""Callers of the API: a key or a person, as a client of its own."""

import datetime as dt
import json

import pytest
from django.test import Client

from accounts.enums import Scope
from accounts.models import User
from accounts.services.keys import create_key
from hubapp.actors import system
from portfolio.models import Checklist, ChecklistItem
from tests import factories

BY = system("tests")
JSON = "application/json"


class Caller:
    """Calls ``/api/v1/``: ``caller.get("innovations/", q="word")``, ``caller.post(path, {…}, if_match=etag)``."""

    def __init__(self, *, key: str = "", user: User | None = None, checks_csrf: bool = False):
        self.client = Client(enforce_csrf_checks=checks_csrf)
        self.headers = {"Authorization": f"Bearer {key}"} if key else {}
        if user:
            self.client.force_login(user, backend="accounts.backends.EmailBackend")

    @staticmethod
    def address(path: str) -> str:
        return path if path.startswith(("/", "http")) else f"/api/v1/{path}"

    def get(self, path: str, *, headers: dict | None = None, **parameters):
        return self.client.get(
            self.address(path), parameters, headers={**self.headers, **(headers or {})}
        )

    def send(
        self,
        method: str,
        path: str,
        data,
        *,
        if_match="",
        key="",
        headers: dict | None = None,
        kind=JSON,
    ):
        headers = {**self.headers, **(headers or {})}
        if if_match:
            headers["If-Match"] = if_match
        if key:
            headers["Idempotency-Key"] = key
        return self.client.generic(
            method,
            self.address(path),
            data if isinstance(data, bytes) else _json(data),
            content_type=kind,
            headers=headers,
        )

    def post(self, path: str, data=None, **more):
        return self.send("POST", path, {} if data is None else data, **more)

    def put(self, path: str, data, **more):
        return self.send("PUT", path, data, **more)

    def patch(self, path: str, data, **more):
        return self.send("PATCH", path, data, **more)

    def every(self, path: str, **parameters) -> list[dict]:
        """All rows, walking the pages."""
        found, response = [], self.get(path, **parameters)
        while True:
            assert response.status_code == 200, response.content
            found += response.json()["results"]
            after = response.json()["next"]
            if after is None:
                return found
            response = self.get(after)


def _json(data) -> bytes:
    return json.dumps(data).encode()


def new_key(site, *scopes: str, **more) -> str:
    """A key of ``site``; every scope unless said."""
    return create_key(
        site=site, name="Test key", scopes=list(scopes or Scope.values), by=BY, **more
    )[1]


@pytest.fixture
def nobody():
    """Has no credentials."""
    return Caller()


@pytest.fixture
def robot(site):
    """A key of ``site`` with every scope."""
    return Caller(key=new_key(site))


@pytest.fixture
def key_with(site):
    """``key_with("sites:read")``: a key of ``site`` with these scopes."""
    return lambda *scopes: Caller(key=new_key(site, *scopes))


@pytest.fixture
def person(hub_user):
    """Hub staff of ``site`` at a browser."""
    return Caller(user=hub_user)


@pytest.fixture
def as_role(site):
    """``as_role("executive")``: a member of ``site`` with this role."""
    return lambda role, at=None: Caller(user=factories.member(at or site, role))


@pytest.fixture
def checklist(db) -> Checklist:
    return two_questions()


def two_questions() -> Checklist:
    """A checklist with two questions."""
    checklist = Checklist.objects.create(
        key="test-list", version=1, title="Test list", valid_from=dt.date(2025, 1, 1)
    )
    ChecklistItem.objects.bulk_create(
        ChecklistItem(checklist=checklist, code=code, position=n, label=code, question=f"{code}?")
        for n, code in enumerate(("relevance", "impact"), start=1)
    )
    return checklist
