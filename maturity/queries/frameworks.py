"""Frameworks that somebody may read, in the shape of their files; and what was published about sites elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils import timezone

from accounts.enums import READERS
from accounts.models import Network, NetworkSite, Site
from accounts.viewers import Viewer
from hubapp.refs import normalise_ref
from hubapp.web.charts import StackedBarChart, StackedRow, Value
from hubapp.workdays import london_date
from maturity.models import Domain, Framework, FrameworkDraft, Indicator, SelfAssessment, SubDomain
from maturity.reference_cohorts import Cell, Cohort, Figure, PublishedIndicator, Standing, cohorts


# -- which ------------------------------------------------------------------------
def frameworks_readable_by(viewer: Viewer) -> QuerySet[Framework]:
    """What comes with Hubapp, what the viewer's networks published, and whatever their sites were asked by."""
    sites = viewer.site_ids if viewer.is_key else viewer.site_ids_with(READERS)
    return Framework.objects.filter(_of_sites(sites) | Q(network_id__in=viewer.network_ids))


def frameworks_of_site(site: Site) -> QuerySet[Framework]:
    """What comes with Hubapp, what the site's networks published, and whatever it was asked by."""
    return Framework.objects.filter(_of_sites([site.pk]))


def frameworks_of_network(network: Network) -> QuerySet[Framework]:
    """What comes with Hubapp, and what the network published."""
    return Framework.objects.filter(Q(network=None) | Q(network=network))


def _of_sites(site_ids: list[int]) -> Q:
    today = london_date(timezone.now())
    there = NetworkSite.objects.filter(
        Q(valid_to=None) | Q(valid_to__gte=today),
        network=OuterRef("network"),
        site_id__in=site_ids,
        valid_from__lte=today,
    )
    # A site that left a network still reads what it answered.
    asked = SelfAssessment.objects.filter(round__framework=OuterRef("pk"), site_id__in=site_ids)
    return Q(network=None) | Q(Exists(there)) | Q(Exists(asked))


def listed(rows: QuerySet[Framework]) -> list[Framework]:
    """For a page: newest first within each title, with ``indicator_count``; one query."""
    return list(
        rows.select_related("network")
        .annotate(indicator_count=Count("indicators"))
        .order_by("title", "-valid_from", "pk")
    )


def framework_by_slug(rows: QuerySet[Framework], slug: str) -> Framework | None:
    """One of them with all its parts, four queries; what comes with Hubapp before another of the same name."""
    return with_parts(rows).filter(slug=slug).order_by("network_id", "pk").first()


def with_parts(rows: QuerySet[Framework]) -> QuerySet[Framework]:
    """With domains, their sub-domains and indicators, each fetched once for all."""
    indicators = Indicator.objects.select_related("same_as")
    sub_domains = SubDomain.objects.prefetch_related(Prefetch("indicators", indicators))
    domains = Domain.objects.prefetch_related(Prefetch("sub_domains", sub_domains))
    return rows.select_related("network", "follows").prefetch_related(Prefetch("domains", domains))


def content_of(framework: Framework) -> dict[str, Any]:
    """What its file says, from a framework :func:`with_parts`."""
    content: dict[str, Any] = {
        "key": framework.key,
        "version": framework.edition,
        "title": framework.title,
        "source": framework.source,
        "notes": framework.notes,
        "valid_from": framework.valid_from.isoformat(),
        "scale": framework.scale,
        "domains": [
            {
                "code": domain.code,
                "name": domain.name,
                "rated": domain.is_rated,
                "sub_domains": [_sub_domain(row) for row in domain.sub_domains.all()],
            }
            for domain in framework.domains.all()
        ],
    }
    if framework.follows:
        content["crosswalk"] = {
            "from": framework.follows.slug,
            "indicators": {
                indicator.code: indicator.same_as.code
                for domain in framework.domains.all()
                for sub_domain in domain.sub_domains.all()
                for indicator in sub_domain.indicators.all()
                if indicator.same_as
            },
        }
    return content


def _sub_domain(row: SubDomain) -> dict[str, Any]:
    return {
        "code": row.code,
        "name": row.name,
        "rated": row.is_rated,
        "about": row.about,
        "questions": row.questions,
        "indicators": [
            {"code": each.code, "text": each.text, "questions": each.questions}
            for each in row.indicators.all()
        ],
    }


def codes_in(framework: Framework) -> list[str]:
    """The codes of its indicators, in order."""
    return list(framework.indicators.order_by("position").values_list("code", flat=True))


def texts_in(rows: QuerySet[Framework], slug: str) -> dict[str, str]:
    """Indicator code → statement, of the framework with that slug; empty if there is none. Two queries."""
    framework = rows.filter(slug=slug).order_by("network_id", "pk").first()
    if framework is None:
        return {}
    return dict(framework.indicators.order_by("position").values_list("code", "text"))


# -- drafts ---------------------------------------------------------------------------
def drafts_of(network: Network) -> list[FrameworkDraft]:
    """What was brought in and is not published yet."""
    return list(FrameworkDraft.objects.filter(network=network).order_by("title", "pk"))


def draft_of(network: Network, ref: str) -> FrameworkDraft | None:
    """One of them by its reference."""
    return (
        FrameworkDraft.objects.filter(network=network, ref=normalise_ref(ref)[:20])
        .select_related("network")
        .first()
    )


# -- what was published about sites elsewhere ---------------------------------------------
class PublishedChart(StackedBarChart):
    """A stacked chart in which a figure that was not published says so."""

    def words(self, value: Value, note: str = "") -> str:
        """A value as text; None is not published."""
        return "not published" if value is None else super().words(value, note)


@dataclass(frozen=True, slots=True)
class PublishedRow:
    """One indicator for a page: where it stands, its statement, what each cell says, and what to know of it."""

    domain: str
    sub_domain: str
    text: str
    # In the order of the scale: (label of the point, words, standing).
    cells: list[tuple[str, str, str]]
    notes: list[str]
    has_misprint: bool


@dataclass(frozen=True, slots=True)
class Published:
    """A reference cohort as a page shows it."""

    cohort: Cohort
    rows: list[PublishedRow]
    chart: StackedBarChart
    # Indicators of the framework about which nothing was published.
    without: int


def published_about(content: Mapping[str, Any], slug: str) -> Published | None:
    """The reference cohort that was rated by this framework, if there is one; it asks the database nothing.

    :param content: the framework as its file has it
    """
    cohort = next((each for each in cohorts().values() if each.framework == slug), None)
    if cohort is None:
        return None
    known = {row.code: row for row in cohort.indicators}
    labels = {point["value"]: f"{point['value']} {point['label']}" for point in content["scale"]}
    rows, bars, without = [], [], 0
    for domain in content["domains"]:
        for sub_domain in domain["sub_domains"]:
            for indicator in sub_domain["indicators"]:
                row = known.get(indicator["code"])
                if row is None:
                    without += 1
                    continue
                rows.append(
                    PublishedRow(
                        domain=domain["name"],
                        sub_domain=sub_domain["name"],
                        text=indicator["text"],
                        cells=[
                            (labels[cell.rating], cell_words(cell), cell.standing.value)
                            for cell in row.cells
                        ],
                        notes=_notes(row),
                        has_misprint=any(cell.standing is Standing.MISPRINT for cell in row.cells),
                    )
                )
                bars.append(StackedRow(indicator["text"], _parts(row)))
    tops = [row.cells[-1] for row in cohort.indicators]
    none_at_top = sum(cell.sites == 0 for cell in tops)
    top = content["scale"][-1]
    chart = PublishedChart(
        title=f"What {cohort.sites} sites said, as far as it was published",
        summary=f"On {none_at_top} of these {len(rows)} indicators the report says that no site rates itself"
        f" {top['value']} ({top['label'].lower()}). Where a bar ends, nothing more was published.",
        series=[*labels.values(), _together(cohort)],
        rows=bars,
        label_heading="Indicator",
        level=2,
    )
    return Published(cohort, rows, chart, without)


def _together(cohort: Cohort) -> str:
    """What the figures are called that count several ratings at once: "3 or 5, not told apart"."""
    ratings = sorted(
        {each for row in cohort.indicators for f in row.combined for each in f.ratings}
    )
    return f"{' or '.join(map(str, ratings))}, not told apart" if ratings else "Not told apart"


def _parts(row: PublishedIndicator) -> list[int | None]:
    """One bar: sites at each rating, and at several that are not told apart."""
    together = sum(figure.sites for figure in row.combined) if row.combined else None
    return [*(cell.sites for cell in row.cells), together]


def cell_words(cell: Cell) -> str:
    """One cell in words: "5 of 17 (29%)", "not published"."""
    if cell.figure is None:
        return Standing.NOT_PUBLISHED.words
    return figure_words(cell.figure)


def figure_words(figure: Figure) -> str:
    """One figure in words, with its own N."""
    if figure.standing is Standing.MISPRINT:
        return f"{figure.sites}, printed as {figure.percent_printed}%"
    words = str(figure.sites)
    if figure.answered:
        words += f" of {figure.n_words}"
    if figure.percent is not None:
        words += f" ({figure.percent}%)"
    if not figure.answered:
        words += ", N not published"
    if not figure.rating_stated:
        words += ", rating not stated"
    return words


def _notes(row: PublishedIndicator) -> list[str]:
    together = [
        f"{' and '.join(map(str, figure.ratings))} together: {figure_words(figure)}."
        for figure in row.combined
    ]
    return together + [figure.note for figure in row.figures if figure.note]
