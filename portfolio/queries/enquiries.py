"""Enquiries: lists and counts, apart from ideas."""

from collections.abc import Iterable

from django.db.models import QuerySet

from accounts.models import Site
from accounts.viewers import Viewer
from hubapp.hooks import Reference
from hubapp.refs import normalise_ref
from hubapp.web.paging import counted
from portfolio.enums import EnquiryKind, EnquiryState
from portfolio.models import Enquiry


def enquiries_of_site(viewer: Viewer, site: Site) -> QuerySet[Enquiry]:
    """A site's enquiries that the viewer may read."""
    return Enquiry.objects.visible_to(viewer).at(site)


def enquiry_for(viewer: Viewer, site: Site, ref: str) -> Enquiry | None:
    """One of them by its reference."""
    return (
        enquiries_of_site(viewer, site)
        .filter(ref=normalise_ref(ref))
        .select_related("enquirer", "assignee__person", "site")
        .first()
    )


def enquiry_links(viewer: Viewer, refs: Iterable[str]) -> dict[str, Reference]:
    """Ref → subject and address, of those the viewer may read; one query."""
    rows = Enquiry.objects.visible_to(viewer).filter(ref__in=list(refs)).select_related("site")
    return {row.ref: Reference(row.subject, row.get_absolute_url()) for row in rows}


def counts_by_state(viewer: Viewer, site: Site) -> dict[str, str]:
    """State → how many enquiries of the site, every state present, "1,000+" at most."""
    rows = enquiries_of_site(viewer, site)
    return {state: counted(rows.filter(state=state)) for state in EnquiryState.values}


def offered(value: str, choices: type[EnquiryState] | type[EnquiryKind]) -> str:
    """A filter's value if it is one of ``choices``, else ""."""
    return value if value in choices.values else ""
