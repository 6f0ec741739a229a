"""That a list was taken away as a file."""

from collections.abc import Mapping

from django.db import transaction

from accounts.models import Site
from hubapp import events
from hubapp.actors import Actor

# What people typed may hold a name: that it was given is told, not what it was.
TYPED = ("q", "tag")


@transaction.atomic
def record_export(
    *, site: Site, kind: str, count: int, filters: Mapping[str, str], by: Actor
) -> None:
    """Tell that ``count`` ideas of a site left as a file.

    :param kind: "csv" or "xlsx"
    :param filters: name → code of the filters that were on
    """
    told = {name: "given" if name in TYPED else value for name, value in filters.items()}
    events.record(
        "innovations.exported",
        by=by,
        subject=site,
        site_id=site.pk,
        changes={"kind": kind, "count": count, **told},
    )
