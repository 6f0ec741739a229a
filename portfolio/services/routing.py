"""Ideas that name no site: a coordinator sends them to one or more."""

from django.db import transaction

from accounts.models import Site
from hubapp import events, instants
from hubapp.actors import Actor
from hubapp.problems import Refused
from portfolio.models import Innovation, Submission, SubmissionSite
from portfolio.queries.routing import sites_of_network_that_take_ideas
from portfolio.services.innovations import open_at_site
from portfolio.services.submissions import mail_submitter


@transaction.atomic
def route(*, submission: Submission, sites: list[Site], by: Actor) -> list[Innovation]:
    """Send a confirmed submission to ``sites``, which receive it now. Once.

    :raises Refused: no site given, not confirmed, or somebody routed it already
    """
    if not sites:
        raise Refused("Choose at least one site.")
    if submission.network is not None:
        open_here = {site.pk for site in sites_of_network_that_take_ideas(submission.network)}
        if any(site.pk not in open_here for site in sites):
            raise Refused("One of these sites takes no ideas at present. Choose again.")
    now = instants.now()
    routed = (
        Submission.objects.filter(pk=submission.pk, routed_at=None, network__isnull=False)
        .exclude(confirmed_at=None)
        .update(routed_at=now)
    )
    if not routed:
        raise Refused("Somebody has sent this idea on already, or it was withdrawn.")
    submission.refresh_from_db()
    SubmissionSite.objects.bulk_create(
        [SubmissionSite(submission=submission, site=site) for site in sites]
    )
    with events.operation():
        events.record(
            "submission.routed",
            by=by,
            subject=submission,
            changes={"sites": [s.code for s in sites]},
        )
        innovations = [
            open_at_site(submission=submission, site=site, at=now, by=by) for site in sites
        ]
        mail_submitter(submission, "routed")
        return innovations
