"""The eight questions: which enabling functions each concerns, what was answered, and what is coming."""

import datetime as dt
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.db.models import Case, Exists, OuterRef, Prefetch, Q, QuerySet, Sum, Value, When
from django.urls import reverse
from django.utils import timezone

from accounts.enums import DESK, Function
from accounts.models import Site, User
from accounts.viewers import Viewer
from hubapp.db.compiled import compiled
from hubapp.hooks import WorkItem, WorkList
from hubapp.workdays import add_working_days, london_date
from portfolio.enums import COMING, YesNo
from portfolio.models import Innovation, ScreeningAnswer
from portfolio.models.innovation import where_read
from portfolio.queries.counted import counted_once

FOLDER = Path(__file__).resolve().parent.parent / "screening"
# Working days for which "my work" calls an answer new.
NEW_FOR = 10
WORK_SHOWN = 10


# -- the questions -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Question:
    """One question, and the enabling functions that a yes concerns."""

    code: str
    label: str
    question: str
    functions: tuple[str, ...]

    @property
    def functions_words(self) -> str:
        """ "Procurement, Legal and intellectual property"."""
        return ", ".join(Function(code).label for code in self.functions)


@dataclass(frozen=True, slots=True)
class Edition:
    """One version of the questions, in use from a day on."""

    version: int
    valid_from: dt.date
    questions: tuple[Question, ...]

    def codes_for(self, functions: Iterable[str]) -> list[str]:
        """The questions that concern any of ``functions``."""
        wanted = set(functions)
        return [each.code for each in self.questions if wanted & set(each.functions)]

    @property
    def functions(self) -> list[Function]:
        """Every function that some question concerns, in the order of the enum."""
        named = {code for each in self.questions for code in each.functions}
        return [function for function in Function if function in named]


@cache
def editions(folder: Path = FOLDER) -> tuple[Edition, ...]:
    """Every version of the questions, the newest first; read once for a process.

    :raises ValueError: a file names a function that there is none, or a code twice
    """
    found = []
    for path in sorted(folder.glob("*.json")):
        data = json.loads(path.read_text(encoding="utf-8"))
        questions = tuple(
            Question(
                str(each["code"]),
                str(each["label"]),
                str(each["question"]),
                tuple(Function(code).value for code in each["functions"]),
            )
            for each in data["questions"]
        )
        if len({each.code for each in questions}) < len(questions):
            raise ValueError(f"{path.name} has two questions with the same code")
        found.append(
            Edition(int(data["version"]), dt.date.fromisoformat(data["valid_from"]), questions)
        )
    return tuple(sorted(found, key=lambda each: each.version, reverse=True))


def edition_on(day: dt.date | None = None) -> Edition:
    """The version in use on a day; today's unless said."""
    day = day or london_date(timezone.now())
    return next(each for each in editions() if each.valid_from <= day)


# -- one idea ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Asked:
    """One question and its answer; "" is not answered."""

    question: Question
    value: str = ""
    at: dt.datetime | None = None

    @property
    def words(self) -> str:
        """ "Yes", "No" or "Not answered"."""
        return YesNo(self.value).label if self.value else "Not answered"


@dataclass(frozen=True, slots=True)
class Screening:
    """The questions about one idea and how far they are answered."""

    rows: list[Asked]
    # Whether the site asks them; what was answered shows where it no longer does, too.
    is_asked: bool = True

    @property
    def answered(self) -> int:
        """How many are answered."""
        return sum(bool(row.value) for row in self.rows)

    @property
    def words(self) -> str:
        """ "3 of 8 answered"."""
        return f"{self.answered} of {len(self.rows)} answered"

    @property
    def yes(self) -> list[Asked]:
        """Those answered by yes."""
        return [row for row in self.rows if row.value == YesNo.YES]

    @property
    def functions(self) -> list[Function]:
        """Whom it concerns, in the order of the enum."""
        named = {code for row in self.yes for code in row.question.functions}
        return [function for function in Function if function in named]

    @property
    def functions_words(self) -> str:
        """The same in words."""
        return ", ".join(function.label for function in self.functions)

    @property
    def is_shown(self) -> bool:
        """Whether a page says anything of it."""
        return self.is_asked or bool(self.answered)


def screening_of(innovation: Innovation) -> Screening:
    """The eight questions about an idea, and whether its site asks them; one query."""
    found = list(
        Innovation.objects.filter(pk=innovation.pk).values_list(
            "screening__question",
            "screening__value",
            "screening__at",
            "site__triage_settings__asks_screening",
        )
    )
    known = {code: (value, at) for code, value, at, _ in found if code}
    rows = [Asked(each, *known.get(each.code, ("", None))) for each in edition_on().questions]
    return Screening(rows, is_asked=any(row[3] for row in found))


def unanswered(*, is_asked: bool) -> Screening:
    """The eight questions about an idea for which none is answered; no query."""
    return Screening([Asked(each) for each in edition_on().questions], is_asked=is_asked)


# -- what is coming -----------------------------------------------------------------------


def may_choose(viewer: Viewer, site: Site) -> list[Function]:
    """The functions whose coming work the viewer may see at a site: the desk all, members their own."""
    functions = edition_on().functions
    if viewer.has_role(site.pk, DESK):
        return functions
    own = viewer.functions.get(site.pk, frozenset())
    return [function for function in functions if function in own]


def signs_for_a_function(viewer: Viewer, site: Site) -> bool:
    """Whether the viewer signs for an enabling function there."""
    return bool(viewer.functions.get(site.pk))


def coming(
    viewer: Viewer, site_ids: Iterable[int], functions: Iterable[str]
) -> QuerySet[Innovation]:
    """Ideas that may still become something, with a yes that concerns one of ``functions``.

    Confidential ones only where the viewer may read them.
    """
    site_ids = list(site_ids)
    said = _said_yes(edition_on().codes_for(functions), site_ids)
    return _open_to(viewer, site_ids).filter(said)


def coming_to(viewer: Viewer) -> QuerySet[Innovation]:
    """What is coming at every site of the viewer: to the desk and to keys all, to members what
    concerns their functions."""
    if viewer.is_key:
        if "innovations:read" not in viewer.scopes:
            return Innovation.objects.none()
        return coming(viewer, viewer.site_ids, Function.values)
    wanted = Q(pk__in=[])
    for site in viewer.sites:
        codes = edition_on().codes_for(may_choose(viewer, site))
        if codes:
            wanted |= Q(site_id=site.pk) & Q(_said_yes(codes, [site.pk]))
    return _open_to(viewer, viewer.site_ids).filter(wanted)


def coming_with_answers(viewer: Viewer) -> QuerySet[Innovation]:
    """The same with the questions that said yes; two queries for a page."""
    yes = ScreeningAnswer.objects.filter(value=YesNo.YES)
    return (
        coming_to(viewer)
        .select_related("site")
        .defer("problem", "for_whom", "idea", "search_text")
        .prefetch_related(Prefetch("screening", queryset=yes))
    )


def _open_to(viewer: Viewer, site_ids: Iterable[int]) -> QuerySet[Innovation]:
    """Ideas of these sites that may still become something: open ones, and those the viewer may read."""
    site_ids = list(site_ids)
    rows = Innovation.objects.filter(site_id__in=site_ids, state__in=COMING)
    if viewer.is_key:
        return rows.filter(is_confidential=False)
    desks = viewer.site_ids_with(DESK)
    if set(site_ids) <= set(desks):
        return rows  # with nothing that PostgreSQL has to read the rows for
    return rows.filter(
        Q(is_confidential=False) | Q(site_id__in=desks) | Q(assignee_id=viewer.user_id)
    )


def _said_yes(codes: Iterable[str], site_ids: list[int]) -> Exists:
    # With the sites, which the index begins with: else every answer of every site is read.
    answers = ScreeningAnswer.objects.filter(
        site__in=site_ids,
        innovation=OuterRef("pk"),
        question__in=list(codes),
        value=YesNo.YES,
    )
    return Exists(answers)


@dataclass(frozen=True, slots=True)
class ComingRow:
    """One idea that is coming: which questions said yes, and since when."""

    innovation: Innovation
    # Labels of the questions that concern the functions asked about.
    labels: list[str]
    # When the first of them said so.
    since: dt.datetime | None
    # Whether the viewer may open it.
    may_open: bool

    @property
    def words(self) -> str:
        """ "Personal data, Supplier"."""
        return ", ".join(self.labels)


def coming_rows(
    viewer: Viewer, rows: list[Innovation], functions: Iterable[str]
) -> list[ComingRow]:
    """What a page says of each; two queries for all."""
    labels = {each.code: each.label for each in edition_on().questions}
    codes = edition_on().codes_for(functions)
    said: dict[int, list[ScreeningAnswer]] = {}
    ids = [row.pk for row in rows]
    for answer in _yes_among(ids=ids, codes=list(codes)):
        said.setdefault(answer.innovation_id, []).append(answer)
    if viewer.is_key:
        may_open = Innovation.objects.visible_to(viewer).filter(pk__in=ids)
        readable = set(may_open.values_list("pk", flat=True))
    else:
        readable = set(_readable_among(**where_read(viewer), ids=ids))
    found = []
    for row in rows:
        yes = sorted(said.get(row.pk, []), key=lambda each: codes.index(each.question))
        since = min((each.at for each in yes), default=None)
        found.append(
            ComingRow(row, [labels[each.question] for each in yes], since, row.pk in readable)
        )
    return found


@compiled
def _yes_among(*, ids: list[int], codes: list[str]) -> QuerySet[ScreeningAnswer]:
    return ScreeningAnswer.objects.filter(innovation__in=ids, question__in=codes, value=YesNo.YES)


@compiled
def _readable_among(
    *,
    desk: list[int],
    readers: list[int],
    assigned_at: list[int],
    user_id: int | None,
    ids: list[int],
) -> QuerySet[Innovation, int]:
    rows = Innovation.objects.read_at(
        desk=desk, readers=readers, assigned_at=assigned_at, user_id=user_id
    )
    return rows.filter(pk__in=ids).values_list("pk", flat=True)


def counts_by_function(viewer: Viewer, site: Site, functions: Iterable[Function]) -> dict[str, int]:
    """How many ideas are coming to each function, each idea once, and to "" any of them; one query."""
    wanted = list(functions)
    if not wanted:
        return {}
    what = f"coming:{edition_on().version}:{[function.value for function in wanted]}"
    return counted_once(viewer, site, what, lambda: _counts_by_function(viewer, site, wanted))


def _counts_by_function(viewer: Viewer, site: Site, wanted: list[Function]) -> dict[str, int]:
    codes = edition_on().codes_for(wanted)
    bits = {code: 1 << place for place, code in enumerate(codes)}
    answers = ScreeningAnswer.objects.filter(
        site=site,
        value=YesNo.YES,
        question__in=codes,
        innovation__in=_open_to(viewer, [site.pk]),
    )
    # An idea answers each question once, so that the sum names the questions. To count ideas for
    # each function in the database would sort all of them once for each.
    said = Sum(Case(*(When(question=code, then=Value(bit)) for code, bit in bits.items())))
    ideas = Counter(
        answers.order_by().values("innovation").annotate(said=said).values_list("said", flat=True)
    )
    found = {"": sum(ideas.values())}
    for function in wanted:
        mask = sum(bits[code] for code in edition_on().codes_for([function]))
        found[function.value] = sum(count for said, count in ideas.items() if said & mask)
    return found


def work_of(user: User) -> list[WorkList]:
    """For members with enabling functions: what is new for them, by function."""
    viewer = user.viewer
    found = []
    for site in viewer.sites:
        for function in sorted(viewer.functions.get(site.pk, frozenset())):
            work = _new_for(viewer, site, Function(function))
            if work.items:
                found.append(work)
    return found


def _new_for(viewer: Viewer, site: Site, function: Function) -> WorkList:
    """ "New for information governance": ideas with a yes of the last ten working days."""
    codes = edition_on().codes_for([function])
    since = _new_since()
    fresh = ScreeningAnswer.objects.filter(
        site=site, innovation=OuterRef("pk"), question__in=codes, value=YesNo.YES, at__gte=since
    )
    rows = _open_to(viewer, [site.pk]).filter(Exists(fresh)).order_by("-queued_at", "-pk")
    shown = coming_rows(viewer, list(rows[: WORK_SHOWN + 1]), [function])
    page = reverse("portfolio:coming", kwargs={"site": site.slug}) + f"?function={function}"
    items = [
        WorkItem(
            title=row.innovation.title,
            href=row.innovation.get_absolute_url() if row.may_open else page,
            site_name=site.name,
            why=row.words,
            since=row.since,
        )
        for row in shown[:WORK_SHOWN]
    ]
    count = f"{len(items)}" if len(shown) <= WORK_SHOWN else f"more than {WORK_SHOWN}"
    label = function.label if function == Function.DIGITAL else function.label.lower()
    return WorkList(f"New for {label}", items, count=count, more_href=page)


def _new_since() -> dt.datetime:
    """The beginning of the day ten working days ago."""
    today = london_date(timezone.now())
    day = today - dt.timedelta(days=NEW_FOR)
    while add_working_days(day, NEW_FOR) > today:
        day -= dt.timedelta(days=1)
    return timezone.make_aware(dt.datetime.combine(day, dt.time()))
