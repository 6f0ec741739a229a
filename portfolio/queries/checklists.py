"""Checklists of a site, and what assessors answered: who sees whose answers, and how they are counted.

The rule, in one place (:func:`with_what_is_shown`): somebody else's finished
answers are shown to whoever finished their own on the same checklist of the
same idea, or to everybody once as many as the site wants are finished. Nobody
sees somebody else's unfinished ones.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

from django.db.models import (
    BooleanField,
    Case,
    Count,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
    prefetch_related_objects,
)
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone

from accounts.enums import ASSIGNABLE, Function, Role
from accounts.models import Membership, Site, User
from accounts.viewers import Viewer
from hubapp.db.compiled import compiled
from hubapp.hooks import WorkItem, WorkList
from hubapp.refs import normalise_ref
from hubapp.web.charts import StackedBarChart, StackedRow
from hubapp.web.paging import counted
from hubapp.workdays import london_date
from portfolio.enums import ENDED, AnswerValue, RequestState
from portfolio.models import (
    Answer,
    Assessment,
    AssessmentRequest,
    Checklist,
    ChecklistDraft,
    ChecklistItem,
    Innovation,
    Interest,
    SiteChecklist,
    TriageSettings,
)
from portfolio.queries.interests import interests_standing
from portfolio.queries.present import There

# What a site uses that has chosen nothing.
DEFAULT_KEY = "manchester-8"
# How many requests "my work" shows; the rest is on the ideas.
WORK_SHOWN = 10


# -- checklists ------------------------------------------------------------------
def _in_force(rows: QuerySet[Checklist]) -> QuerySet[Checklist]:
    today = london_date(timezone.now())
    return rows.filter(valid_from__lte=today).filter(Q(valid_to=None) | Q(valid_to__gte=today))


def of_site(site: Site) -> QuerySet[Checklist]:
    """Every version of every checklist that a site can use: shipped ones and its own."""
    return Checklist.objects.filter(Q(site=None) | Q(site=site))


def own_versions(site: Site, key: str) -> QuerySet[Checklist]:
    """The versions of one of a site's own checklists, newest first."""
    return Checklist.objects.filter(site=site, key=key).order_by("-version")


def current_versions(site: Site) -> list[Checklist]:
    """The version in force of each checklist that a site can use, by title, with its questions; two queries."""
    found: dict[str, Checklist] = {}
    # Its own before a shipped one of the same key.
    rows = _in_force(of_site(site)).order_by("key", F("site").asc(nulls_last=True), "-version")
    for row in rows.prefetch_related("items"):
        found.setdefault(row.key, row)
    return sorted(found.values(), key=attrgetter("title"))


def current_version(site: Site, key: str) -> Checklist | None:
    """The version in force of one checklist that a site can use."""
    rows = _in_force(of_site(site).filter(key=key))
    return rows.order_by(F("site").asc(nulls_last=True), "-version").first()


def checklists_in_use(site: Site) -> list[Checklist]:
    """What a site's assessors answer, in its order, with the questions; three queries."""
    chosen = list(
        SiteChecklist.objects.filter(site=site)
        .order_by("position", "pk")
        .values("key", "is_active")
    )
    keys = [row["key"] for row in chosen if row["is_active"]] if chosen else [DEFAULT_KEY]
    found: dict[str, Checklist] = {}
    rows = _in_force(of_site(site).filter(key__in=keys))
    for row in rows.order_by(F("site").asc(nulls_last=True), "-version").prefetch_related("items"):
        found.setdefault(row.key, row)
    return [found[key] for key in keys if key in found]


def checklist_at(site: Site, ref: str) -> Checklist | None:
    """One version by its reference, among those that a site can use."""
    return of_site(site).filter(ref=normalise_ref(ref)).prefetch_related("items").first()


def drafts_of(site: Site) -> list[ChecklistDraft]:
    """What a site is writing."""
    return list(ChecklistDraft.objects.filter(site=site).select_related("based_on"))


def draft_at(site: Site, ref: str) -> ChecklistDraft | None:
    """One of them by its reference."""
    return (
        ChecklistDraft.objects.filter(site=site, ref=normalise_ref(ref))
        .select_related("site", "based_on")
        .first()
    )


def versions_of(site: Site, key: str) -> list[Checklist]:
    """Every version of one checklist as a site sees it, newest first, with questions and ``times_used`` here."""
    newest = current_version(site, key) or of_site(site).filter(key=key).first()
    if newest is None:
        return []
    used = Count("assessments", filter=Q(assessments__site=site))
    rows = Checklist.objects.filter(site=newest.site_id, key=key).annotate(times_used=used)
    return list(rows.order_by("-version").prefetch_related("items"))


# -- who sees whose answers -----------------------------------------------------------
def _interest_stands(user: str, innovation: str) -> Exists:
    """Whether the person at ``user`` has an interest that stands in the idea at ``innovation``."""
    rows = Interest.objects.filter(user=OuterRef(user), innovation=OuterRef(innovation))
    later = Interest.objects.filter(
        user=OuterRef("user"), innovation=OuterRef("innovation"), number__gt=OuterRef("number")
    )
    return Exists(rows.filter(~Exists(later), is_withdrawn=False))


def with_what_is_shown(rows: QuerySet[Assessment], user_id: int | None) -> QuerySet[Assessment]:
    """Assessments with what decides who sees them.

    ``wanted``: how many the site wants; ``finished``: how many are finished on
    the same checklist of the same idea by people who declared no interest;
    ``has_interest``: of the assessor; ``shown``: whether this person sees it.
    """
    same = Assessment.objects.filter(
        innovation=OuterRef("innovation"), checklist__key=OuterRef("checklist__key")
    ).exclude(done_at=None)
    finished = (
        same.alias(excluded=_interest_stands("assessor", "innovation"))
        .filter(excluded=False)
        .order_by()
        .values("innovation")
        .annotate(n=Count("pk"))
        .values("n")
    )
    wanted = TriageSettings.objects.filter(site=OuterRef("site")).values("assessors_wanted")
    rows = rows.annotate(
        wanted=Coalesce(Subquery(wanted), Value(1), output_field=IntegerField()),
        finished=Coalesce(Subquery(finished), Value(0), output_field=IntegerField()),
        has_interest=_interest_stands("assessor", "innovation"),
    )
    others = Q(done_at__isnull=False) & Q(finished__gte=F("wanted"))
    if user_id is None:
        shown = others
    else:
        rows = rows.annotate(finished_own=Exists(same.filter(assessor_id=user_id)))
        shown = Q(assessor_id=user_id) | others | (Q(done_at__isnull=False) & Q(finished_own=True))
    return rows.annotate(
        shown=Case(When(shown, then=Value(True)), default=Value(False), output_field=BooleanField())
    )


def readable(rows: QuerySet[Assessment], user_id: int | None) -> QuerySet[Assessment]:
    """Those of ``rows`` that this person sees; nobody in particular (a key) for None."""
    return with_what_is_shown(rows, user_id).filter(Q(shown=True))


def own_assessment(innovation: Innovation, checklist: Checklist, user: User) -> Assessment | None:
    """What this person answered so far to one version, finished or not."""
    return (
        Assessment.objects.filter(innovation=innovation, checklist=checklist, assessor=user)
        .select_related("checklist")
        .prefetch_related("answers__item")
        .first()
    )


def own_assessments(innovation: Innovation, user: User) -> dict[str, Assessment]:
    """Checklist key → what this person answered to its newest version that they began."""
    rows = (
        Assessment.objects.filter(innovation=innovation, assessor=user)
        .select_related("checklist")
        .prefetch_related("answers__item")
        .order_by("checklist__version")
    )
    return {row.checklist.key: row for row in rows}


def others_have_finished(assessment: Assessment) -> bool:
    """Whether somebody else finished the same checklist of the same idea."""
    return (
        Assessment.objects.filter(
            innovation_id=assessment.innovation_id,
            checklist__key=assessment.checklist.key,
            done_at__isnull=False,
        )
        .exclude(assessor_id=assessment.assessor_id)
        .exists()
    )


# -- counted ----------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class RollUp:
    """One person's answers as counts: what is not answered is none of the others, and a "no" has its name."""

    # (words, how many, value), in the order of the scales.
    counts: list[tuple[str, int, str]]
    # The questions answered with no.
    noes: list[str]
    # Answers that are no yes or no: ("Maturity", "Advanced").
    told: list[tuple[str, str]]
    unanswered: int

    @property
    def words(self) -> str:
        """ "5 yes, 1 partly, 1 no: procurement; maturity: advanced; 1 not answered"."""
        parts, said = [], []
        for words, count, value in self.counts:
            if value == AnswerValue.NO:
                said.append(f"{count} {words.lower()}: {', '.join(map(_small, self.noes))}")
                parts.append(", ".join(said))
                said = []
            else:
                said.append(f"{count} {words.lower()}")
        if said:
            parts.append(", ".join(said))
        parts += [f"{_small(label)}: {_small(answer)}" for label, answer in self.told]
        if self.unanswered:
            parts.append(f"{self.unanswered} not answered")
        return "; ".join(parts) or "nothing answered"


def _small(label: str) -> str:
    """A label inside a sentence; abbreviations keep their capitals."""
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]


def roll_up(answers: Iterable[Answer], asked: int) -> RollUp:
    """Count answers, whose items are loaded; ``asked``: how many questions there are."""
    answers = sorted(answers, key=lambda answer: answer.item.position)
    counts: Counter[tuple[str, str]] = Counter()
    order: dict[tuple[str, str], int] = {}
    told = []
    for answer in answers:
        if not answer.item.is_counted:
            told.append((answer.item.label, answer.label))
            continue
        key = (answer.label, answer.value)
        counts[key] += 1
        order[key] = _ORDER.get(answer.value, len(_ORDER))
    return RollUp(
        counts=[
            (label, counts[label, value], value)
            for label, value in sorted(counts, key=lambda key: order[key])
        ],
        noes=[answer.item.label for answer in answers if answer.value == AnswerValue.NO],
        told=told,
        unanswered=max(asked - len(answers), 0),
    )


_ORDER = {value: place for place, value in enumerate(AnswerValue.values)}


@dataclass(frozen=True, slots=True)
class Answered:
    """One question, and the answer if there is one."""

    item: ChecklistItem
    value: str = ""
    label: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class AssessmentView:
    """One assessor's answers as a page shows them."""

    assessment: Assessment
    by: str
    is_own: bool
    # The assessor declared an interest after all: the answers are shown and not counted.
    has_interest: bool
    rows: list[Answered]
    roll_up: RollUp


@dataclass(frozen=True, slots=True)
class ItemCounts:
    """One question across assessors: (words, how many, value) in the order of its scale, and whether they differ."""

    item: ChecklistItem
    counts: list[tuple[str, int, str]]
    differ: bool

    @property
    def words(self) -> str:
        """ "2 yes, 1 no"."""
        return ", ".join(f"{count} {label.lower()}" for label, count, _ in self.counts if count)


@dataclass(slots=True)
class ChecklistResult:
    """One checklist of one idea, as one person may see it."""

    checklist: Checklist
    wanted: int
    # How many finished who have no interest in the idea.
    finished: int
    views: list[AssessmentView] = field(default_factory=list)
    # Who finished, while this person does not see what.
    hidden: list[str] = field(default_factory=list)
    # Who began and has not finished, other than this person.
    begun: list[str] = field(default_factory=list)

    @property
    def own(self) -> AssessmentView | None:
        """One's own answers, finished or not."""
        return next((view for view in self.views if view.is_own), None)

    @property
    def counted(self) -> list[AssessmentView]:
        """Finished ones that count: those of people without an interest."""
        return [view for view in self.views if view.assessment.done_at and not view.has_interest]

    @property
    def is_ready(self) -> bool:
        """Whether as many as wanted have finished, or oneself has: the next step is to decide."""
        own = self.own
        return self.finished >= self.wanted or bool(own and own.assessment.done_at)

    @property
    def noes(self) -> list[tuple[str, str]]:
        """(question, who said no), of everything one sees and is finished."""
        said: dict[str, list[str]] = {}
        for view in self.views:
            if view.assessment.done_at:
                for label in view.roll_up.noes:
                    said.setdefault(label, []).append("you" if view.is_own else view.by)
        return [(label, ", ".join(names)) for label, names in said.items()]

    @property
    def items(self) -> list[ItemCounts]:
        """Each question across the assessors that count; empty while there are fewer than two."""
        views = self.counted
        if len(views) < 2:
            return []
        items: dict[str, ChecklistItem] = {}
        values: dict[str, Counter[str]] = {}
        # The newest version's words where versions differ.
        for view in sorted(views, key=lambda view: -view.assessment.checklist.version):
            for row in view.rows:
                if row.value:
                    items.setdefault(row.item.code, row.item)
                    values.setdefault(row.item.code, Counter())[row.value] += 1
        return [
            ItemCounts(
                item=item,
                counts=[
                    (label, values[code][value], value) for value, label in item.labels.items()
                ],
                differ=len(values[code]) > 1,
            )
            for code, item in sorted(items.items(), key=lambda each: each[1].position)
        ]

    @property
    def differences(self) -> list[str]:
        """The questions on which the assessors differ."""
        return [each.item.label for each in self.items if each.differ]

    @property
    def charts(self) -> list[StackedBarChart]:
        """A picture of the counts, one for each scale, with its sentence and table."""
        scales: dict[tuple[str, ...], list[ItemCounts]] = {}
        for each in self.items:
            scales.setdefault(tuple(label for label, _, _ in each.counts), []).append(each)
        charts = []
        for number, (labels, rows) in enumerate(scales.items(), start=1):
            title = f"Answers of {len(self.counted)} assessors"
            if number > 1:
                title += f" ({', '.join(_small(row.item.label) for row in rows)})"
            charts.append(
                StackedBarChart(
                    id=f"answers-{self.checklist.ref}-{number}",
                    level=4,
                    title=title,
                    summary=_sentence(rows),
                    series=list(labels),
                    rows=[
                        StackedRow(row.item.label, [count for _, count, _ in row.counts])
                        for row in rows
                    ],
                    label_heading="Question",
                )
            )
        return charts


def _sentence(rows: list[ItemCounts]) -> str:
    """What a reader should take away: where somebody said no, and where they differ."""
    noes = [
        _small(row.item.label)
        for row in rows
        if any(count and value == AnswerValue.NO for _, count, value in row.counts)
    ]
    differ = [_small(row.item.label) for row in rows if row.differ]
    said = []
    if noes:
        said.append(f"Somebody said no to: {', '.join(noes)}.")
    said.append(
        f"They differ on: {', '.join(differ)}." if differ else "They agree on every question."
    )
    return " ".join(said)


def results_of(
    innovation: Innovation, user_id: int | None, *, with_open_questions: bool = False
) -> list[ChecklistResult]:
    """What was answered about one idea, as this person may see it, by checklist; two queries.

    :param with_open_questions: also bring the questions that one has not answered yet (one or two more)
    """
    rows = _assessments_of(innovation_id=innovation.pk, user_id=user_id)
    shown = [row for row in rows if vars(row)["shown"]]
    prefetch_related_objects(shown, Prefetch("answers", Answer.objects.select_related("item")))
    if with_open_questions:
        prefetch_related_objects([row.checklist for row in shown if not row.done_at], "items")
    results: dict[str, ChecklistResult] = {}
    for row in sorted(rows, key=lambda row: -row.checklist.version):
        said = vars(row)
        results.setdefault(
            row.checklist.key, ChecklistResult(row.checklist, said["wanted"], said["finished"])
        )
    for row in rows:
        result = results[row.checklist.key]
        if vars(row)["shown"]:
            result.views.append(_view(row, user_id, with_open_questions))
        elif row.done_at:
            result.hidden.append(str(row.assessor))
        elif not vars(row)["has_interest"]:
            result.begun.append(str(row.assessor))
    return sorted(results.values(), key=lambda result: result.checklist.title)


@compiled
def _assessments_of(*, innovation_id: int, user_id: int | None) -> QuerySet[Assessment]:
    """Of one idea, with what decides who sees them and ``asked``: how many questions there are."""
    asked = ChecklistItem.objects.filter(checklist=OuterRef("checklist")).order_by()
    return (
        with_what_is_shown(Assessment.objects.filter(innovation=innovation_id), user_id)
        .annotate(asked=Subquery(asked.values("checklist").annotate(n=Count("pk")).values("n")))
        .select_related("checklist", "assessor__person")
        .order_by("-updated_at", "-pk")
    )


def _view(row: Assessment, user_id: int | None, with_open_questions: bool) -> AssessmentView:
    answers = {answer.item_id: answer for answer in row.answers.all()}
    items = sorted((each.item for each in answers.values()), key=attrgetter("position"))
    if with_open_questions and not row.done_at:
        items = list(row.checklist.items.all())
    return AssessmentView(
        assessment=row,
        by=str(row.assessor),
        is_own=row.assessor_id == user_id,
        has_interest=vars(row)["has_interest"],
        rows=[
            Answered(item, answers[item.pk].value, answers[item.pk].label, answers[item.pk].note)
            if item.pk in answers
            else Answered(item)
            for item in items
        ],
        roll_up=roll_up(answers.values(), vars(row)["asked"] or 0),
    )


def noes_among(innovation_ids: Iterable[int], user_id: int | None) -> QuerySet[Answer]:
    """Answers of no about these ideas, with ``innovation_id``, among the finished ones that this person sees."""
    seen = readable(
        Assessment.objects.filter(innovation_id__in=list(innovation_ids), done_at__isnull=False),
        user_id,
    )
    noes = Answer.objects.filter(value=AnswerValue.NO, assessment__in=seen.values("pk"))
    return noes.annotate(innovation_id=F("assessment__innovation_id"))


# -- who was asked -----------------------------------------------------------------------
def requests_of(innovation: Innovation) -> list[AssessmentRequest]:
    """Who was asked to assess one idea, oldest first; one query."""
    return list(
        AssessmentRequest.objects.filter(innovation=innovation)
        .exclude(state=RequestState.WITHDRAWN)
        .select_related("assessor__person")
        .order_by("asked_at", "pk")
    )


def request_of(innovation: Innovation, ref: str) -> AssessmentRequest | None:
    """One of them by its reference."""
    return (
        AssessmentRequest.objects.filter(innovation=innovation, ref=normalise_ref(ref))
        .select_related("assessor__person", "innovation__site")
        .first()
    )


def people_to_ask(innovation: Innovation) -> list[tuple[User, str]]:
    """Members who could be asked to assess one idea, by name, each with what stands about them; three queries.

    Whoever is asked already, or declared an interest, is left out.
    """
    members = User.objects.filter(
        memberships__site_id=innovation.site_id,
        memberships__ended_at=None,
        memberships__role__in=ASSIGNABLE,
        is_active=True,
    )
    asked = AssessmentRequest.objects.filter(innovation=innovation, state=RequestState.ASKED)
    excluded = {row.user_id for row in interests_standing(innovation)}
    excluded |= set(asked.values_list("assessor_id", flat=True))
    rows = members.exclude(pk__in=excluded).select_related("person").distinct()
    found: list[tuple[User, str]] = []
    for user in rows.order_by("person__name", "pk").prefetch_related(
        Prefetch(
            "memberships",
            Membership.objects.filter(site_id=innovation.site_id, ended_at=None),
            to_attr="held_here",
        )
    ):
        held = [Role(row.role).label for row in user.held_here]
        held += [Function(code).label for row in user.held_here for code in row.functions]
        found.append((user, ", ".join(dict.fromkeys(held))))
    return found


def request_to_mail(ref: str) -> AssessmentRequest | None:
    """For its mail: what somebody was asked and still may do; None once it is closed or the idea ended."""
    return (
        AssessmentRequest.objects.filter(
            ref=ref, state=RequestState.ASKED, assessor__is_active=True
        )
        .exclude(innovation__state__in=ENDED)
        .select_related("assessor__person", "innovation", "site")
        .first()
    )


def open_request_to(innovation: Innovation, user: User) -> AssessmentRequest | None:
    """What this person was asked and has neither done nor declined."""
    return AssessmentRequest.objects.filter(
        innovation=innovation, assessor=user, state=RequestState.ASKED
    ).first()


def asked_to_assess(user: User) -> list[WorkList]:
    """For my work: ideas that somebody was asked to assess, the soonest due first; one query."""
    viewer: Viewer = user.viewer
    sites = viewer.site_ids_with(ASSIGNABLE)
    if not sites:
        return []
    shown = _first_to_assess(user_id=user.pk, site_ids=sites)
    if not shown:
        return []
    today = london_date(timezone.now())
    items = [
        WorkItem(
            title=row.innovation.title,
            href=reverse(
                "portfolio:assess", kwargs={"site": row.site.slug, "ref": row.innovation.ref}
            ),
            site_name=row.site.name,
            why="You were asked to assess it",
            due_on=row.due_on,
            overdue=bool(row.due_on and row.due_on < today),
        )
        for row in shown
    ]
    count = f"{len(shown)}" if len(shown) < WORK_SHOWN else counted(_to_assess(user.pk, sites))
    return [WorkList("Ideas to assess", items, count=count, comes_first=True)]


def _to_assess(user_id: int, site_ids: list[int]) -> QuerySet[AssessmentRequest]:
    """What somebody was asked to assess, and may."""
    return (
        AssessmentRequest.objects.filter(
            assessor_id=user_id, state=RequestState.ASKED, site_id__in=site_ids
        )
        .exclude(innovation__state__in=ENDED)
        .alias(excluded=_interest_stands("assessor", "innovation"))
        .filter(excluded=False)
    )


@compiled
def _first_to_assess(*, user_id: int, site_ids: list[int]) -> QuerySet[AssessmentRequest]:
    rows = _to_assess(user_id, site_ids).select_related("innovation", "site")
    return rows.order_by(F("due_on").asc(nulls_last=True), "asked_at", "pk")[:WORK_SHOWN]


def requests_for(viewer: Viewer) -> QuerySet[AssessmentRequest]:
    """For the API: requests about ideas that the viewer may see."""
    rows = AssessmentRequest.objects.filter(innovation__in=Innovation.objects.visible_to(viewer))
    return rows.select_related("site", "innovation", "assessor")


def desk_context(
    innovation: Innovation, user_id: int | None, there: There | None = None, *, short: bool = False
) -> dict[str, Any]:
    """What the record and the panel show of checklists: results, requests, and which button comes next.

    :param there: what there is, if that is known already: the rest is not looked for
    :param short: for the panel: without requests, interests and the questions that are still open
    """
    results = []
    if there is None or there.assessments:
        results = results_of(innovation, user_id, with_open_questions=not short)
    own = [result.own for result in results if result.own]
    unfinished = [view for view in own if not view.assessment.done_at]
    context: dict[str, Any] = {
        "results": results,
        "own": next(iter(unfinished or own), None),
        "any_finished": any(result.is_ready for result in results) and not unfinished,
    }
    if not short:
        interests = interests_standing(innovation) if there is None or there.interests else []
        context |= {
            "requests": requests_of(innovation) if there is None or there.requests else [],
            "interests": interests,
            "own_interest": any(row.user_id == user_id for row in interests),
        }
    return context
