"""The shared cache, without which everything still works."""

import logging
import time
from collections.abc import Callable
from typing import Any

from django.core.cache.backends import redis as django_redis
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

# After Redis failed once it is left alone this long, so that nobody waits for it again and again.
REST_SECONDS = 5


def _guarded(name: str, otherwise: Callable[..., Any]) -> Any:
    """The client's method ``name``; ``otherwise``, with the same arguments, while Redis is down."""
    real = getattr(django_redis.RedisCacheClient, name)

    def call(self: "_Client", *args: Any, **kwargs: Any) -> Any:
        if time.monotonic() >= self.down_until:
            try:
                return real(self, *args, **kwargs)
            except (RedisError, OSError) as error:
                self.down_until = time.monotonic() + REST_SECONDS
                logger.warning("the cache does not answer: %s", type(error).__name__)
        return otherwise(*args, **kwargs)

    return call


def _no_such_key(*args: Any, **kwargs: Any) -> int:
    raise ValueError("the cache does not answer")


class _Client(django_redis.RedisCacheClient):
    """Django's, with the answer of an empty cache where Redis gives none."""

    down_until = 0.0

    get = _guarded("get", lambda key, default=None: default)
    get_many = _guarded("get_many", lambda keys: {})
    has_key = _guarded("has_key", lambda key: False)
    # As if nobody had it and it had been kept.
    add = _guarded("add", lambda *args, **kwargs: True)
    set = _guarded("set", lambda *args, **kwargs: None)
    set_many = _guarded("set_many", lambda *args, **kwargs: None)
    touch = _guarded("touch", lambda *args, **kwargs: False)
    delete = _guarded("delete", lambda key: False)
    delete_many = _guarded("delete_many", lambda keys: None)
    clear = _guarded("clear", lambda: False)
    incr = _guarded("incr", _no_such_key)


class RedisCache(django_redis.RedisCache):
    """Redis while it answers, an empty cache while it does not.

    What is kept here only counts (rate limits) or saves work, so a request is
    never refused because Redis is down: it is served, uncounted.
    """

    def __init__(self, server, params):
        super().__init__(server, params)
        self._class = _Client
