"""What somebody who imports may see of imports."""

from collections.abc import Iterator

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from accounts.models import Site
from accounts.viewers import Viewer
from hubapp.events.models import Event
from portfolio.enums import RowOutcome, State
from portfolio.models import ImportJob, ImportMapping, ImportRow, Innovation

# Tables that point to an innovation although nobody did anything to it: which of their rows
# count as something done, or None for none of them. Who adds a label raises the version;
# which ideas look alike, and who has one open, is stored without anybody's doing.
BY_ITSELF: dict[str, Q | None] = {
    "moves": Q(number__gt=1),
    "import_rows": None,
    "labels": None,
    "similar": Q(dismissed_at__isnull=False),
    "look_elsewhere": Q(asked_at__isnull=False),
    "presences": None,
}
EVENTS_BY_ITSELF = ("innovation.imported", "innovation.similar_found")


def imports_at(site: Site, *, viewer: Viewer) -> QuerySet[ImportJob]:
    """A site's imports that the viewer may see."""
    return ImportJob.objects.visible_to(viewer).at(site).select_related("site")


def imports_for(viewer: Viewer) -> QuerySet[ImportJob]:
    """Imports of all sites that the viewer may see."""
    return ImportJob.objects.visible_to(viewer).select_related("site")


def import_by_ref(site: Site, ref: str, *, viewer: Viewer) -> ImportJob | None:
    """One of a site's imports, or None: foreign and missing are the same."""
    return imports_at(site, viewer=viewer).filter(ref=ref).first()


def was_sent(site: Site, file_name: str) -> bool:
    """Whether a file of this name was ever sent at the site."""
    return ImportJob.objects.at(site).filter(file_name=file_name).exists()


def rows_not_added(job: ImportJob) -> QuerySet[ImportRow]:
    """The rows of an import that were refused, each with its reason."""
    return job.rows.filter(outcome=RowOutcome.FAILED)


def no_rows() -> QuerySet[ImportRow]:
    """No row at all: what the schema of the API is made from."""
    return ImportRow.objects.none()


def rows_of(job: ImportJob, *, viewer: Viewer) -> QuerySet[ImportRow]:
    """Every row of an import; ``readable_ref``: of its innovation, if the viewer may read that one."""
    readable = Innovation.objects.visible_to(viewer).filter(pk=OuterRef("innovation_id"))
    return job.rows.annotate(readable_ref=Subquery(readable.values("ref")[:1]))


def rows_to_look_at(job: ImportJob) -> QuerySet[ImportRow]:
    """The rows that were added with something to look at: an NHS number perhaps, or a text cut short."""
    return (
        job.rows.filter(outcome=RowOutcome.CREATED)
        .exclude(reason="")
        .exclude(innovation__state=State.UNDONE)
        .select_related("innovation")
    )


def reasons_by_line(job: ImportJob) -> Iterator[tuple[int, str]]:
    """Line and reason of every row not added, in the order of the file; streamed."""
    return (
        rows_not_added(job)
        .order_by("number")
        .values_list("number", "reason")
        .iterator(chunk_size=500)
    )


def remembered_mapping(site_id: int, fingerprint: str) -> ImportMapping | None:
    """What the site said files with these headings mean."""
    return ImportMapping.objects.filter(site_id=site_id, fingerprint=fingerprint).first()


def remembered_fingerprints(site_id: int) -> frozenset[str]:
    """The kinds of files that the site said something about."""
    rows = ImportMapping.objects.filter(site_id=site_id)
    return frozenset(rows.values_list("fingerprint", flat=True))


# -- undoing ----------------------------------------------------------------------


def _is_touched() -> Q:
    """Whether anything was done to an innovation since it was imported.

    Every table that points to innovations counts, also one that is new, unless
    :data:`BY_ITSELF` names it; so does every event.
    """
    found = Q(version__gt=1) | Q(assignee__isnull=False)
    for relation in Innovation._meta.related_objects:
        counts = BY_ITSELF.get(relation.get_accessor_name() or "", Q())
        if counts is not None:
            rows = relation.field.model._base_manager.filter(
                counts, **{relation.field.name: OuterRef("pk")}
            )
            found |= Q(Exists(rows))
    events = Event.objects.filter(
        subject_kind=Innovation._meta.label_lower, subject_ref=OuterRef("ref")
    ).exclude(verb__in=EVENTS_BY_ITSELF)
    return found | Q(Exists(events))


def added_by_import(job: ImportJob) -> QuerySet[Innovation]:
    """The innovations that an import added and that were not taken out again."""
    return Innovation.objects.listed().filter(
        import_rows__job=job, import_rows__outcome=RowOutcome.CREATED
    )


def touched_by_import(job: ImportJob) -> QuerySet[Innovation]:
    """Of what an import added: what somebody worked on since."""
    return added_by_import(job).filter(_is_touched()).select_related("site")


def untouched(ids: list[int]) -> QuerySet[Innovation]:
    """Of these innovations: those that nobody did anything to since they were imported."""
    return Innovation.objects.listed().filter(pk__in=ids).exclude(_is_touched())
