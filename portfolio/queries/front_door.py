"""What the public pages need to know; nothing here depends on a viewer."""

from dataclasses import dataclass

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import Network, Site
from portfolio import links
from portfolio.enums import SubmitterKind
from portfolio.models import Draft, FrontDoor, Innovation, Submission


def front_door_of(site: Site) -> FrontDoor:
    """A site's front door; the defaults (an unsaved row) if it was never changed."""
    return FrontDoor.objects.filter(site=site).first() or FrontDoor(site=site)


def sites_that_take_ideas() -> QuerySet[Site]:
    """Open sites whose front door is open, by name. For anyone."""
    return (
        Site.objects.filter(closed_on=None)
        .filter(Q(front_door=None) | Q(front_door__is_open=True))
        .select_related("front_door")
        .order_by("name", "id")
    )


def site_of_any_door(slug: str) -> Site | None:
    """A site by its slug or an old one, whether its door is open or not; not one that has closed. For anyone.

    Capitals do not matter: the address stands on posters.
    """
    known = Site.objects.filter(closed_on=None).select_related("front_door")
    slug = slug.lower()
    # A slug that is in use goes before one that another site once had.
    return known.filter(slug=slug).first() or known.filter(old_slugs__slug=slug).first()


def notice_of(site: Site) -> FrontDoor:
    """What a site tells people before they type: its front door, read with the site, or the defaults."""
    try:
        return site.front_door
    except ObjectDoesNotExist:
        return FrontDoor(site=site)


def networks_that_route() -> QuerySet[Network]:
    """Networks with a coordinator and an open site: they can take an idea whose sender is not sure."""
    return (
        Network.objects.filter(
            memberships__ended_at=None,
            memberships__isnull=False,
            places__valid_to=None,
            places__site__in=sites_that_take_ideas(),
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
    return (
        Submission.objects.select_related("submitter")
        .filter(once_key=f"draft:{opened.ref}")
        .first()
    )


@dataclass(frozen=True, slots=True)
class ConfirmLink:
    """What a confirming link opens: nothing of ours, something deleted since, or a submission."""

    submission: Submission | None = None
    is_ours: bool = False
    # The address was corrected since, and the link went to the wrong one.
    replaced: bool = False


def confirm_link(token: str) -> ConfirmLink:
    """The submission whose address a link confirms."""
    opened = links.open_token(links.CONFIRM, token)
    if opened is None:
        return ConfirmLink()
    submission = (
        Submission.objects.select_related("submitter", "network").filter(ref=opened.ref).first()
    )
    if submission is None:
        return ConfirmLink(is_ours=True)
    replaced = submission.confirmed_at is None and submission.link_generation != opened.generation
    return ConfirmLink(submission, is_ours=True, replaced=replaced)


def submission_by_track_token(token: str) -> tuple[Submission | None, bool]:
    """``(submission, False)``; ``(None, True)`` for a link that was renewed since, ``(None, False)`` for no link of ours."""
    opened = links.open_token(links.TRACK, token)
    if opened is None:
        return None, False
    submission = (
        Submission.objects.select_related("submitter", "network").filter(ref=opened.ref).first()
    )
    if submission is None:
        return None, False
    if submission.link_generation != opened.generation:
        return None, True
    return submission, False


def submission_of_replaced_track_token(token: str) -> Submission | None:
    """What a tracking link opened before it was renewed: only for mailing the new one to its owner."""
    opened = links.open_token(links.TRACK, token)
    if opened is None:
        return None
    return Submission.objects.select_related("submitter").filter(ref=opened.ref).first()


def innovations_of(submission: Submission) -> QuerySet[Innovation]:
    """A submission's records, one for each site, for its submitter."""
    return submission.innovations.select_related("site").order_by("site__name", "id")


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a draft goes: to these sites, or to a network's coordinator; ``lost`` if one no longer takes ideas."""

    sites: list[Site]
    network: Network | None = None
    lost: bool = False

    @property
    def is_known(self) -> bool:
        """Whether it can be sent there."""
        return bool(self.sites or self.network) and not self.lost


def destination_of(draft: Draft) -> Destination:
    """Where a draft goes, as of now."""
    codes = set(draft.answers.get("sites") or [])
    slug = draft.answers.get("network")
    if slug:
        network = networks_that_route().filter(slug=slug).first()
        return Destination([], network, lost=network is None)
    sites = list(sites_that_take_ideas().filter(code__in=codes)) if codes else []
    return Destination(sites, lost=len(sites) < len(codes))


#: The steps of a draft, in their order.
STEPS = ("who", "idea", "contact", "check")


def first_unanswered_step(draft: Draft, destination: Destination, *, knows_person: bool) -> str:
    """Where a draft goes on. Somebody signed in (``knows_person``) is not asked who they are."""
    answers = draft.answers
    if not draft.submitter_kind or not destination.is_known:
        return "who"
    texts = all((answers.get(name) or "").strip() for name in ("problem", "for_whom", "idea"))
    if not texts or answers.get("is_confidential") is None:
        return "idea"
    person = draft.person
    if not knows_person:
        needs_organisation = draft.submitter_kind in (
            SubmitterKind.COMPANY, SubmitterKind.UNIVERSITY, SubmitterKind.OTHER_NHS,
        )  # fmt: skip
        if person is None or not person.name or not person.email:
            return "contact"
        if needs_organisation and not person.organisation_words:
            return "contact"
    return "check"
