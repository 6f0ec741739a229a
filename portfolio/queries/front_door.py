"""What the public pages need to know; nothing here depends on a viewer."""

from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import Network, Site
from portfolio import links
from portfolio.models import Draft, FrontDoor, Innovation, Submission


def front_door_of(site: Site) -> FrontDoor:
    """A site's front door; the defaults (an unsaved row) if it was never changed."""
    return FrontDoor.objects.filter(site=site).first() or FrontDoor(site=site)


def sites_that_take_ideas() -> QuerySet[Site]:
    """Open sites whose front door is open, by name. For anyone."""
    return Site.objects.filter(closed_on=None).filter(Q(front_door=None) | Q(front_door__is_open=True))


def site_that_takes_ideas(slug: str) -> Site | None:
    """One of them by its slug, old slugs included."""
    return sites_that_take_ideas().filter(Q(slug=slug) | Q(old_slugs__slug=slug)).first()


def networks_that_route() -> QuerySet[Network]:
    """Networks with a coordinator and an open site: they can take an idea whose sender is not sure."""
    return (
        Network.objects.filter(
            memberships__ended_at=None, memberships__isnull=False,
            places__valid_to=None, places__site__in=sites_that_take_ideas(),
        )
        .filter(Q(places__valid_from__lte=timezone.localdate()))
        .distinct()
    )


def draft_by_token(token: str) -> Draft | None:
    """The draft a link opens."""
    opened = links.open_token(links.DRAFT, token)
    if opened is None:
        return None
    return Draft.objects.select_related("person", "entry_site").filter(ref=opened.ref).first()


def submission_sent_from_draft_token(token: str) -> Submission | None:
    """What became of a draft that was already sent: a second press finds the first."""
    opened = links.open_token(links.DRAFT, token)
    if opened is None:
        return None
    return Submission.objects.select_related("submitter").filter(once_key=f"draft:{opened.ref}").first()


def submission_by_confirm_token(token: str) -> Submission | None:
    """The submission whose address a link confirms."""
    opened = links.open_token(links.CONFIRM, token)
    if opened is None:
        return None
    return Submission.objects.select_related("submitter", "network").filter(ref=opened.ref).first()


def submission_by_track_token(token: str) -> tuple[Submission | None, bool]:
    """``(submission, False)``; ``(None, True)`` for a link that was renewed since, ``(None, False)`` for no link of ours."""
    opened = links.open_token(links.TRACK, token)
    if opened is None:
        return None, False
    submission = Submission.objects.select_related("submitter", "network").filter(ref=opened.ref).first()
    if submission is None:
        return None, False
    if submission.link_generation != opened.generation:
        return None, True
    return submission, False


def innovations_of(submission: Submission) -> QuerySet[Innovation]:
    """A submission's records, one for each site, for its submitter."""
    return submission.innovations.select_related("site").order_by("site__name", "id")
