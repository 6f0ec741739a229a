"""What somebody who imports may see of imports."""

from collections.abc import Iterator

from django.db.models import QuerySet

from accounts.models import Site
from accounts.viewers import Viewer
from portfolio.enums import RowOutcome
from portfolio.models import ImportJob, ImportRow


def imports_at(site: Site, *, viewer: Viewer) -> QuerySet[ImportJob]:
    """A site's imports that the viewer may see."""
    return ImportJob.objects.visible_to(viewer).at(site).select_related("site")


def import_by_ref(site: Site, ref: str, *, viewer: Viewer) -> ImportJob | None:
    """One of a site's imports, or None: foreign and missing are the same."""
    return imports_at(site, viewer=viewer).filter(ref=ref).first()


def rows_not_added(job: ImportJob) -> QuerySet[ImportRow]:
    """The rows of an import that were refused, each with its reason."""
    return job.rows.filter(outcome=RowOutcome.FAILED)


def rows_to_look_at(job: ImportJob) -> QuerySet[ImportRow]:
    """The rows that were added and may hold what no idea should: an NHS number."""
    return (
        job.rows.filter(outcome=RowOutcome.CREATED).exclude(reason="").select_related("innovation")
    )


def reasons_by_line(job: ImportJob) -> Iterator[tuple[int, str]]:
    """Line and reason of every row not added, in the order of the file; streamed."""
    return (
        rows_not_added(job)
        .order_by("number")
        .values_list("number", "reason")
        .iterator(chunk_size=500)
    )
