"""Ideas that name no site: a coordinator sends them to one or more."""

from django.db import transaction
from django.utils import timezone

from accounts.models import Site
from hubapp import events
from hubapp.actors import Actor
from hubapp.problems import Refused
from portfolio.models import Innovation, Submission, SubmissionSite
from portfolio.services.innovations import open_at_site


@transaction.atomic
def route(*, submission: Submission, sites: list[Site], by: Actor) -> list[Innovation]:
    """Send a confirmed submission to ``sites``, which receive it now. Once.

    :raises Refused: no site given, not confirmed, or somebody routed it already
    """
    if not sites:
        raise Refused("Choose at least one site.")
    now = timezone.now()
    routed = (
        Submission.objects.filter(pk=submission.pk, routed_at=None, network__isnull=False)
        .exclude(confirmed_at=None)
        .update(routed_at=now)
    )
    if not routed:
        raise Refused("Somebody has sent this idea on already, or it was withdrawn.")
    submission.refresh_from_db()
    SubmissionSite.objects.bulk_create([SubmissionSite(submission=submission, site=site) for site in sites])
    with events.operation():
        events.record("submission.routed", by=by, subject=submission, changes={"sites": [s.code for s in sites]})
        return [open_at_site(submission=submission, site=site, at=now, by=by) for site in sites]
