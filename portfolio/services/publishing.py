"""What a site tells anybody about an idea: a summary in its own words, and only that."""

from django.db import transaction

from hubapp import events, instants
from hubapp.actors import Actor
from hubapp.problems import Refused, Stale
from portfolio.models import Innovation
from portfolio.queries.similar import NOT_PUBLIC
from portfolio.services.moves import CHANGED, change
from portfolio.validators import nhs_numbers_in, spaced


@transaction.atomic
def publish(
    *,
    innovation: Innovation,
    summary: str,
    by: Actor,
    version: int | None = None,
    not_nhs_numbers: tuple[str, ...] = (),
) -> Innovation:
    """Publish a summary of an idea, or change the one that is published.

    :param not_nhs_numbers: what looks like an NHS number in it, and somebody said is none
    :raises Refused: confidential, taken back or merged; no summary; an NHS number in it
    :raises ValidationError: the summary is too long
    :raises Stale: somebody changed the idea since ``version``
    """
    if version is not None and version != innovation.version:
        raise Stale(CHANGED)
    if innovation.is_confidential:
        raise Refused("This idea is confidential, so nothing of it can be published.")
    if innovation.state in NOT_PUBLIC:
        state = innovation.get_state_display().lower()
        raise Refused(f"Nothing of this idea can be published: {state}.")
    summary = summary.strip()
    if not summary:
        raise Refused("Write the summary that anybody may read.")
    doubted = [each for each in nhs_numbers_in(summary) if each not in not_nhs_numbers]
    if doubted:
        raise Refused(
            f"The summary has what looks like an NHS number, {spaced(doubted[0])}. Take it out."
        )
    if summary == innovation.public_summary:
        return innovation
    before = innovation.public_summary
    innovation.public_summary = summary
    try:
        innovation.clean_fields(
            exclude=[f.name for f in innovation._meta.fields if f.name != "public_summary"]
        )
    except Exception:
        innovation.public_summary = before
        raise
    change(
        innovation,
        public_summary=summary,
        published_at=innovation.published_at or instants.now(),
    )
    events.record(
        "innovation.published",
        by=by,
        subject=innovation,
        changes={"public_summary": "changed" if before else "added"},
    )
    return innovation


@transaction.atomic
def unpublish(*, innovation: Innovation, by: Actor, version: int | None = None) -> Innovation:
    """Take back what was published of an idea. Nothing changes if nothing was.

    :raises Stale: somebody changed the idea since ``version``
    """
    if version is not None and version != innovation.version:
        raise Stale(CHANGED)
    if innovation.published_at is None:
        return innovation
    change(innovation, public_summary="", published_at=None)
    events.record("innovation.unpublished", by=by, subject=innovation)
    return innovation
