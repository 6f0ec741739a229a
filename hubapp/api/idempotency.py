"""``Idempotency-Key``: a create that is sent twice happens once.

The key is claimed in a transaction of its own, so that a second request that
comes while the first is at work is told so (409). What the first creates and
the answer it got are then stored in one transaction: a process that dies
between leaves a claim and nothing created, and the claim can be taken over.
"""

import datetime as dt
import functools
import hashlib
import json
import re
from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.utils import timezone
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from hubapp.api.models import IdempotentRequest
from hubapp.api.problems import Problem, bad_header

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
KEPT = dt.timedelta(days=1)
# Longer than any request may run: a claim this old lost its process.
DEAD_AFTER = dt.timedelta(minutes=5)
# In the place of an answer whose texts may be kept no longer.
REMOVED: dict[str, str] = {}
_KEY = re.compile(r"[!-~]{1,255}")


def idempotent(handler: Callable[..., Response]) -> Callable[..., Response]:
    """For a view's create: honours ``Idempotency-Key``.

    The same key with the same request gets the first answer again, marked
    ``Idempotency-Replayed: true``; with another request 422; while the first
    is still at work 409. An answer other than success is not kept.
    """

    @functools.wraps(handler)
    def once(view, request, *args, **kwargs):
        key = request.headers.get(HEADER)
        if key is None:
            return handler(view, request, *args, **kwargs)
        if not _KEY.fullmatch(key):
            raise bad_header(HEADER, "use 1 to 255 visible ASCII characters, such as a UUID.")
        claim = _claim(request, key)
        if claim.status is not None:
            return _replay(request, claim)
        try:
            with transaction.atomic():
                response = handler(view, request, *args, **kwargs)
                _keep(claim, response)
        except BaseException:
            IdempotentRequest.objects.filter(
                pk=claim.pk, status=None, created_at=claim.created_at
            ).delete()
            raise
        return response

    once.idempotent = True  # type: ignore[attr-defined]  # so that the schema documents the header
    return once


def _claim(request, key: str) -> IdempotentRequest:
    """A claim of our own (its status is None), or the answered one of an earlier request."""
    actor = request.user.actor
    viewer = request.user.viewer
    # What the caller may do is part of it: an answer is not repeated to somebody who has
    # left the site, or lost the role or scope, since they got it.
    rights = [
        sorted(viewer.scopes),
        sorted((site, sorted(held)) for site, held in viewer.roles.items()),
    ]
    sent = json.dumps(
        [request.method, request.get_full_path(), request.data, rights],
        sort_keys=True,
        default=_told,
    )
    fingerprint = hashlib.sha256(sent.encode()).hexdigest()
    caller = hashlib.sha256(f"{actor.kind}:{actor.ref}".encode()).hexdigest()[:40]
    key_hash = hashlib.sha256(key.encode()).hexdigest()
    now = timezone.now()
    try:
        with transaction.atomic():
            return IdempotentRequest.objects.create(
                caller=caller, key_hash=key_hash, fingerprint=fingerprint, created_at=now
            )
    except IntegrityError:
        earlier = IdempotentRequest.objects.filter(caller=caller, key_hash=key_hash).first()
    if earlier is None:
        # The first failed in this very moment and gave its claim back.
        raise _at_work()
    if earlier.created_at < now - KEPT:
        # The beat task has not deleted it yet.
        earlier.delete()
        return _claim(request, key)
    if earlier.fingerprint != fingerprint:
        raise Problem(
            422,
            "This Idempotency-Key was used for another request. Use a new key for each new thing.",
            {HEADER: ["Used before for something else."]},
        )
    if earlier.status is None:
        dead = earlier.created_at < now - DEAD_AFTER
        mine = dead and IdempotentRequest.objects.filter(
            pk=earlier.pk, status=None, created_at=earlier.created_at
        ).update(created_at=now)
        if not mine:
            raise _at_work()
        earlier.created_at = now
    return earlier


def _told(value: object) -> list[str]:
    """A file in a request, for its fingerprint: its name and a hash of its bytes."""
    if not isinstance(value, UploadedFile):
        raise TypeError(f"{type(value).__name__} is nothing that a request holds")
    digest = hashlib.sha256()
    for chunk in value.chunks():
        digest.update(chunk)
    value.seek(0)
    return [value.name or "", digest.hexdigest()]


def _at_work() -> Problem:
    problem = Problem(
        409,
        "The first request with this Idempotency-Key is still at work. Try again in a moment.",
        {HEADER: ["In use by a request that has not finished."]},
    )
    problem.wait = 1
    return problem


def _keep(claim: IdempotentRequest, response: Response) -> None:
    # As text: PostgreSQL would put the fields in another order.
    body = JSONRenderer().render(response.data).decode()
    kept = IdempotentRequest.objects.filter(
        pk=claim.pk, status=None, created_at=claim.created_at
    ).update(
        status=response.status_code,
        location=urlsplit(response.get("Location", "")).path,
        body={"body": body, "etag": response.get("ETag", "")},
    )
    if not kept:
        # Somebody took the claim over, thinking us dead: theirs counts, ours is rolled back.
        raise _at_work()


def _replay(request, claim: IdempotentRequest) -> Response:
    assert claim.status is not None
    assert claim.body is not None
    if claim.body == REMOVED:
        raise Problem(
            410, "This was done, and its texts were blacked out since. Read the record again."
        )
    response = Response(json.loads(claim.body["body"]), status=claim.status)
    if claim.location:
        response["Location"] = request.build_absolute_uri(claim.location)
    if claim.body["etag"]:
        response["ETag"] = claim.body["etag"]
    response[REPLAYED] = "true"
    return response


def forget(texts: Iterable[str]) -> int:
    """Remove the kept answers that hold any of ``texts`` (references, words), in any case.

    The request stays known, so that its repetition does not do it again.
    Inside the caller's transaction; returns how many.
    """
    wanted = [text.casefold() for text in texts if text]
    answered = IdempotentRequest.objects.exclude(status=None).exclude(body=None)
    found = [
        row.pk
        for row in answered.only("pk", "body").iterator(chunk_size=500)
        if row.body and any(text in row.body.get("body", "").casefold() for text in wanted)
    ]
    return IdempotentRequest.objects.filter(pk__in=found).update(body=REMOVED) if found else 0


def tidy() -> int:
    """Forget what is older than a day; returns how many."""
    return IdempotentRequest.objects.filter(created_at__lt=timezone.now() - KEPT).delete()[0]
