"""Ideas like another: what the database offers, what is stored, and who may see which of it."""

import datetime as dt
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts.enums import ASSIGNABLE, DESK, READERS
from accounts.models import NetworkSite, Site
from accounts.viewers import Viewer
from hubapp.db.compiled import compiled
from hubapp.db.search import fold, likely
from hubapp.db.spelling import likely_misspelt
from hubapp.refs import normalise_ref
from hubapp.workdays import london_date
from portfolio import semantic, similarity
from portfolio.enums import IN_TRIAGE, State
from portfolio.models import Innovation, LookElsewhere, MatchElsewhere, Meaning, SimilarIdea
from portfolio.models.innovation import where_read
from portfolio.queries.triage import ideas_of_site
from portfolio.similarity import Likeness, Profile

# How many are stored for an idea, and shown beside what somebody types.
MOST = 5
# What the submitter took back and what an import took back are compared with nothing.
NOT_COMPARED = (State.WITHDRAWN, State.UNDONE)
# At another site a team "works on" what waits for its desk or is in scoping.
WORKED_ON = (*IN_TRIAGE, State.SCOPING)
# A published idea shows while the site has it.
NOT_PUBLIC = (State.WITHDRAWN, State.UNDONE, State.MERGED)
# So many of the latest published summaries are compared with what a visitor types.
PUBLISHED_COMPARED = 500
# So many of the latest ideas of a site are compared by meaning: 15 MB of numbers.
MEANINGS_COMPARED = 20_000
# Less typed than this is like too much.
SHORTEST_TYPED = 4


# -- candidates and scores --------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Like:
    """Another idea, and how like it is: from 0 to 1."""

    innovation: Innovation
    score: Decimal

    @property
    def likeness(self) -> Likeness | None:
        """In words."""
        return similarity.likeness(float(self.score))


def texts_of(innovation: Innovation) -> tuple[str, str, str, str]:
    """Title and texts, as they are compared."""
    return innovation.title, innovation.problem, innovation.for_whom, innovation.idea


def compared(rows: QuerySet[Innovation]) -> QuerySet[Innovation]:
    """Those that others are compared with."""
    return rows.exclude(state__in=NOT_COMPARED)


def likes_of(
    rows: QuerySet[Innovation],
    site: Site,
    title: str,
    *texts: str,
    least: float = similarity.CLOSE,
    most: int = MOST,
    by_title: bool = False,
) -> list[Like]:
    """Of a site's ``rows`` (some 50 are looked at, and as many again while few are close) at most so many
    like this idea, the likest first.

    :param by_title: compare titles alone, and read nothing else
    """
    every = _scores(rows, site, title, *texts, least=least, by_title=by_title)
    scores = dict(list(every.items())[:most])
    found = {row.pk: row for row in _to_show(ids=list(scores))} if scores else {}
    for row in found.values():
        row.site = site
    return [Like(found[pk], score) for pk, score in scores.items() if pk in found]


@compiled
def _to_show(*, ids: list[int]) -> QuerySet[Innovation]:
    """Ideas with what is told of them beside another, but for their site."""
    rows = Innovation.objects.filter(pk__in=ids).order_by()
    return rows.only("ref", "title", "state", "received_on", "site_id")


def _scores(
    rows: QuerySet[Innovation],
    site: Site,
    title: str,
    *texts: str,
    least: float,
    by_title: bool = False,
) -> dict[int, Decimal]:
    """The ids of those, and how like they are."""
    sought = similarity.sought(title, *texts)
    wanted = similarity.profile(title, *texts)
    titles: dict[int, str] = {}
    scored: dict[int, float] = {}

    def add(found: dict[int, str]) -> None:
        new = {pk: name for pk, name in found.items() if pk not in titles}
        titles.update(new)
        said: Iterable[tuple[int, *tuple[str, ...]]] = new.items()
        if not by_title:
            said = _told(ids=list(new)) if new else []
        for pk, *words in said:
            scored[pk] = similarity.score(wanted, similarity.profile(*words))

    def wants_more() -> bool:
        return sum(score >= least for score in scored.values()) < MOST

    add(likely(rows, replace(sought, told=()), site_id=site.pk))
    # By texts alone no two ideas are close: they add to titles that have something in common.
    if sought.told and wants_more():
        add(likely(rows, replace(sought, words=()), site_id=site.pk))
    if wants_more() and all(score < similarity.SAME for score in scored.values()):
        # Perhaps it is misspelt, if it has words that none of these has.
        folded = [fold(name) for name in titles.values()]
        add(likely_misspelt(rows, sought, folded, site_id=site.pk))
    kept = ((pk, score) for pk, score in scored.items() if score >= least)
    return {pk: Decimal(str(score)) for pk, score in sorted(kept, key=lambda it: (-it[1], it[0]))}


@compiled
def _told(*, ids: list[int]) -> QuerySet[Innovation, tuple[int, str, str, str, str]]:
    """Id, title and texts, as they are compared."""
    rows = Innovation.objects.filter(pk__in=ids).order_by()
    return rows.values_list("pk", "title", "problem", "for_whom", "idea")


def stored(ref: str) -> Innovation | None:
    """One idea of any site, for the task that compares it."""
    return Innovation.objects.filter(ref=ref).select_related("site").first()


def demo_idea(site: Site, title: str) -> Innovation | None:
    """One idea of a demo site by its title."""
    return Innovation.objects.at(site).filter(title=title).select_related("site").first()


def _others(innovation: Innovation) -> QuerySet[Innovation]:
    """Of the same site what an idea is compared with: not itself, nor what was merged into it or it into."""
    rows = compared(Innovation.objects.at(innovation.site)).exclude(pk=innovation.pk)
    rows = rows.exclude(merged_into=innovation.pk)
    if innovation.merged_into_id:
        rows = rows.exclude(pk=innovation.merged_into_id)
    return rows


def likes_of_stored(innovation: Innovation) -> dict[int, Decimal]:
    """Of the same site those like a stored idea: id → score, the likest first."""
    scores = _scores(
        _others(innovation), innovation.site, *texts_of(innovation), least=similarity.CLOSE
    )
    for pk, score in _likes_by_meaning(innovation):
        scores[pk] = max(score, scores.get(pk, score))
    return dict(sorted(scores.items(), key=lambda it: (-it[1], it[0])))


# -- by what they mean, where that is installed -----------------------------------
def words_meant(innovation: Innovation) -> str:
    """What is read for the meaning of an idea."""
    return ". ".join(text.strip() for text in texts_of(innovation) if text.strip())


def digest_of(innovation: Innovation) -> str:
    """Changes with what an idea says."""
    return hashlib.sha256(words_meant(innovation).encode()).hexdigest()


def without_meaning(site: Site, most: int) -> list[Innovation]:
    """Ideas of a site whose meaning is not kept yet, the newest first."""
    rows = compared(Innovation.objects.at(site)).filter(meaning=None)
    return list(rows.defer("search_text").order_by("-pk")[:most])


def _likes_by_meaning(innovation: Innovation) -> list[tuple[int, Decimal]]:
    """Those that mean nearly the same: (id, score). By meaning alone ideas are close, never the same."""
    if not semantic.is_installed():
        return []
    own = Meaning.objects.filter(innovation=innovation).first()
    if own is None or own.digest != digest_of(innovation):
        return []
    rows = Meaning.objects.filter(site=innovation.site, innovation__in=_others(innovation))
    kept = list(
        rows.order_by("-innovation").values_list("innovation", "numbers")[:MEANINGS_COMPARED]
    )
    found = semantic.nearest(bytes(own.numbers), [bytes(numbers) for _, numbers in kept], 2 * MOST)
    span = similarity.SAME - similarity.CLOSE - 0.001
    return [
        (kept[place][0], Decimal(str(round(similarity.CLOSE + span * _above(alike), 3))))
        for place, alike in found
    ]


def _above(alike: float) -> float:
    """How far between just alike and the same, from 0 to 1."""
    return min(1.0, (alike - semantic.ALIKE) / (1 - semantic.ALIKE))


# -- what is stored, for whoever looks ---------------------------------------------
def _shown(viewer: Viewer, site_id: int) -> QuerySet[SimilarIdea]:
    """Pairs whose other idea the viewer may read and which is still compared."""
    return _pairs_with(Innovation.objects.visible_to(viewer), site_id)


def _pairs_with(others: QuerySet[Innovation], site_id: int) -> QuerySet[SimilarIdea]:
    """Pairs whose other idea is one of these, and still compared."""
    others = compared(others).filter(site_id=site_id)
    return SimilarIdea.objects.filter(site_id=site_id, other__in=others).exclude(
        other__merged_into=F("innovation")
    )


def similar_to(viewer: Viewer, innovation: Innovation) -> list[SimilarIdea]:
    """The ideas like one that the viewer was let in to, the likest first; one query."""
    rows = similar_rows(viewer, innovation).filter(dismissed_at=None)
    return list(rows.order_by("-score", "pk")[:MOST])


def similar_rows(viewer: Viewer, innovation: Innovation | None) -> QuerySet[SimilarIdea]:
    """The same as a queryset, with pairs that somebody said are not the same; of no idea, none."""
    if innovation is None:
        return SimilarIdea.objects.none()
    return _whole(_shown(viewer, innovation.site_id), innovation.pk, innovation.merged_into_id or 0)


def _whole(
    pairs: QuerySet[SimilarIdea], innovation_id: int, not_with: int
) -> QuerySet[SimilarIdea]:
    """Those of one idea, but for one other, with what pages show of both."""
    rows = pairs.filter(innovation=innovation_id).exclude(other=not_with)
    return rows.select_related("site", "innovation", "other__site", "other__assignee__person")


def pair_of(viewer: Viewer, innovation: Innovation, ref: str) -> SimilarIdea | None:
    """One stored pair by the other's reference, if the viewer may read both."""
    ref = normalise_ref(ref)[:20]
    if viewer.is_key:
        return similar_rows(viewer, innovation).filter(other__ref=ref).first()
    found = _pair(
        **where_read(viewer),
        site_id=innovation.site_id,
        innovation_id=innovation.pk,
        not_with=innovation.merged_into_id or 0,
        ref=ref,
    )
    return found[0] if found else None


@compiled
def _pair(
    *,
    desk: list[int],
    readers: list[int],
    assigned_at: list[int],
    user_id: int | None,
    site_id: int,
    innovation_id: int,
    not_with: int,
    ref: str,
) -> QuerySet[SimilarIdea]:
    others = Innovation.objects.read_at(
        desk=desk, readers=readers, assigned_at=assigned_at, user_id=user_id
    )
    rows = _whole(_pairs_with(others, site_id), innovation_id, not_with)
    return rows.filter(other__ref=ref).order_by("pk")[:1]


def likeness_of(pair: SimilarIdea) -> Likeness | None:
    """How like the two are, in words."""
    return similarity.likeness(float(pair.score))


def score_of(one: Innovation, other: Innovation) -> float:
    """How like two ideas are that are not stored as a pair."""
    return similarity.score(
        similarity.profile(*texts_of(one)), similarity.profile(*texts_of(other))
    )


def with_similar(
    rows: QuerySet[Innovation], viewer: Viewer, site_ids: Iterable[int]
) -> QuerySet[Innovation]:
    """Those that have an idea like them. To the desk from a column; to others only by what they may read."""
    if not viewer.is_key and all(viewer.has_role(pk, DESK) for pk in site_ids):
        return rows.filter(similar_count__gt=0)
    others = compared(Innovation.objects.visible_to(viewer))
    pairs = SimilarIdea.objects.filter(
        innovation=OuterRef("pk"), dismissed_at=None, other__in=others
    )
    return rows.filter(Exists(pairs))


def counts_for(
    viewer: Viewer, site: Site, innovations: Iterable[Innovation]
) -> dict[int, int] | None:
    """Id → how many ideas like it the viewer may read; None for the desk, whose count is a column."""
    if viewer.has_role(site.pk, DESK):
        return None
    pairs = SimilarIdea.objects.filter(
        innovation__in=[row.pk for row in innovations],
        dismissed_at=None,
        other__in=compared(Innovation.objects.visible_to(viewer)),
    )
    return dict(
        pairs.order_by().values("innovation").annotate(n=Count("pk")).values_list("innovation", "n")
    )


# -- while somebody types -----------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Found:
    """One idea beside what is typed: a record the viewer may open, or a summary anybody may read."""

    words: str
    likeness: Likeness
    score: float
    site_name: str
    href: str = ""
    state: str = ""
    state_words: str = ""
    received_on: dt.date | None = None


def like_typed(
    viewer: Viewer | None, sites: Iterable[Site], title: str, *texts: str
) -> list[Found]:
    """At most five ideas like what is typed, that whoever types may see.

    Members read what they could open anyway. Anybody else, staff who only
    submit too, gets the summaries that a site published, and only of sites
    that show them at their front door; these are compared by the summary
    alone, so that nothing else of an idea can be guessed by typing.
    """
    # Compared by what is typed first: a title, or without one the beginning of the text.
    beginning = title.strip() or " ".join(" ".join(texts).split()[:25])
    if len(beginning) < SHORTEST_TYPED:
        return []
    found: list[Found] = []
    for site in sites:
        if viewer is not None and viewer.has_role(site.pk, ASSIGNABLE):
            rows = compared(ideas_of_site(viewer, site))
            by_title = not any(text.strip() for text in texts)
            likes = likes_of(rows, site, beginning, *texts, by_title=by_title)
            found += [_record(like) for like in likes]
        if viewer is None or not viewer.has_role(site.pk, READERS):
            found += _published(site, beginning, *texts)
    return sorted(found, key=lambda each: -each.score)[:MOST]


def may_show_any(viewer: Viewer | None, sites: Iterable[Site]) -> bool:
    """Whether :func:`like_typed` could ever find something for this person; one query at most."""
    sites = list(sites)
    if viewer is not None and any(viewer.has_role(site.pk, ASSIGNABLE) for site in sites):
        return True
    return bool(sites and shows_published(sites))


def _record(like: Like) -> Found:
    row = like.innovation
    return Found(
        words=row.title,
        likeness=like.likeness or Likeness.CLOSE,
        score=float(like.score),
        site_name=row.site.name,
        href=row.get_absolute_url(),
        state=row.state,
        state_words=row.get_state_display(),
        received_on=row.received_on,
    )


def published_at(site: Site) -> QuerySet[Innovation]:
    """What a site published and still has, the latest first."""
    rows = Innovation.objects.at(site).filter(published_at__isnull=False, is_confidential=False)
    return rows.exclude(state__in=NOT_PUBLIC).order_by("-published_at", "-pk")


def shows_published(sites: Iterable[Site]) -> list[Site]:
    """Those of the sites that show visitors what they published; one query."""
    sites = list(sites)
    showing = set(
        Site.objects.filter(
            pk__in=[site.pk for site in sites], triage_settings__shows_published=True
        ).values_list("pk", flat=True)
    )
    return [site for site in sites if site.pk in showing]


@lru_cache(maxsize=2_000)
def _summary_profile(summary: str) -> Profile:
    return similarity.profile(summary)


def _published(site: Site, title: str, *texts: str) -> list[Found]:
    if not shows_published([site]):
        return []
    wanted = similarity.profile(title, *texts)
    summaries = published_at(site).values_list("public_summary", flat=True)[:PUBLISHED_COMPARED]
    scored = [(similarity.score(wanted, _summary_profile(each)), each) for each in summaries]
    return [
        Found(words=summary, likeness=likeness, score=score, site_name=site.name)
        for score, summary in scored
        if (likeness := similarity.likeness(score))
    ]


# -- at other sites ------------------------------------------------------------------
# How many other sites "a team elsewhere" must be able to mean before it is said.
LEAST_MEANT = 2


def sites_to_introduce(site: Site, today: dt.date | None = None) -> list[Site]:
    """Other open sites that share a network with this one today and offer introductions.

    None unless there are at least :data:`LEAST_MEANT`: "a team elsewhere" that can be one site
    alone names it.
    """
    today = today or london_date(timezone.now())
    current = Q(valid_from__lte=today) & (Q(valid_to=None) | Q(valid_to__gte=today))
    networks = NetworkSite.objects.filter(current, site=site).values("network")
    places = NetworkSite.objects.filter(current, network__in=networks).values("site")
    sites = list(
        Site.objects.filter(
            pk__in=places, closed_on=None, triage_settings__offers_introductions=True
        )
        .exclude(pk=site.pk)
        .order_by("pk")
    )
    return sites if len(sites) >= LEAST_MEANT else []


def matches_now(look: LookElsewhere) -> list[MatchElsewhere]:
    """What was found elsewhere and still may be asked about. For the service that asks: shown to nobody."""
    offering = sites_to_introduce(look.site)
    return list(
        look.matches.filter(
            other__site__in=offering, other__state__in=WORKED_ON, other__is_confidential=False
        )
        .select_related("other__site")
        .order_by("pk")
    )


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A team elsewhere works on this. There is nothing more to know: no site, no number, no title."""

    asked_at: dt.datetime | None = None


def elsewhere_for(innovation: Innovation) -> Elsewhere | None:
    """Whether hub staff may ask to be introduced to a team elsewhere, or did; None where there is none."""
    look = (
        LookElsewhere.objects.filter(innovation=innovation, matches__isnull=False)
        .select_related("site")
        .first()
    )
    if look is None:
        return None
    if look.asked_at:
        return Elsewhere(look.asked_at)
    return Elsewhere() if matches_now(look) else None
