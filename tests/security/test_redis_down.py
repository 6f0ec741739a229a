"""Redis down: nothing that people or systems do fails because of it."""

import time

import pytest
from django.core.cache import cache

from portfolio.models import Draft, Innovation
from tests import factories
from tests.api.conftest import Caller

pytestmark = pytest.mark.django_db


@pytest.fixture
def nobody_answers(settings):
    settings.CACHES = {
        "default": {
            "BACKEND": "hubapp.web.cache.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
            "OPTIONS": {"socket_connect_timeout": 1},
        }
    }


def test_people_and_systems_go_on(nobody_answers, site, client):
    assert client.post(f"/submit/{site.slug}/", {"submitter_kind": "staff"}).status_code == 302
    assert Draft.objects.count() == 1
    assert client.get("/track/not-a-token/").status_code == 404
    user = factories.member(site)
    typed = {"username": user.person.email, "password": "correct horse battery"}
    assert client.post("/accounts/login/", typed).status_code == 302
    assert client.get("/").status_code == 200
    desk = Caller(user=user)
    assert desk.get("innovations/").status_code == 200
    assert desk.post("innovations/", {"title": "While Redis is down"}).status_code == 201
    assert Innovation.objects.count() == 1


def test_the_cache_answers_as_if_it_were_empty(nobody_answers):
    started = time.monotonic()
    for _ in range(200):
        cache.set("key", 1)
        assert cache.get("key", "nothing") == "nothing"
    assert time.monotonic() - started < 60, "a Redis that fails is left alone for a while"
    assert cache.add("key", 1)
    assert cache.get_many(["key"]) == {}
    assert not cache.has_key("key")
    assert cache.get_or_set("key", 2) == 2
    cache.set_many({"key": 1})
    cache.delete_many(["key"])
    assert not cache.touch("key")
    assert not cache.delete("key")
    with pytest.raises(ValueError, match="does not answer"):
        cache.incr("key")


@pytest.mark.redis
def test_a_redis_that_answers_keeps(settings):
    import os

    settings.CACHES = {
        "default": {
            "BACKEND": "hubapp.web.cache.RedisCache",
            "LOCATION": os.environ["TEST_REDIS_URL"],
            "KEY_PREFIX": "test-cache-that-answers",
        }
    }
    cache.set("key", {"a": 1}, 30)
    assert cache.get("key") == {"a": 1}
    assert cache.delete("key")
