"""Organisations."""

import datetime as dt

from django.db import transaction

from accounts.enums import OrganisationKind
from accounts.models import Organisation
from hubapp import events
from hubapp.actors import Actor


@transaction.atomic
def create_organisation(
    *,
    name: str,
    by: Actor,
    kind: str = OrganisationKind.NHS_PROVIDER,
    ods_code: str = "",
    valid_from: dt.date | None = None,
) -> Organisation:
    """A new organisation.

    :raises ValidationError: no name, an unknown kind, an ODS code that is taken or is none
    """
    organisation = Organisation(
        name=" ".join(name.split()),
        kind=kind,
        ods_code=ods_code.strip().upper() or None,
        valid_from=valid_from,
    )
    organisation.full_clean()
    organisation.save()
    events.record("organisation.created", by=by, subject=organisation, changes={"kind": kind})
    return organisation


@transaction.atomic
def ensure_organisation(
    *, name: str, by: Actor, kind: str = OrganisationKind.NHS_PROVIDER, ods_code: str = ""
) -> Organisation:
    """The organisation with this ODS code, or this name when it has none; made if there is none."""
    rows = Organisation.objects.filter(valid_to=None)
    code = ods_code.strip().upper()
    found = (
        rows.filter(ods_code=code).first()
        if code
        else rows.filter(name=name.strip(), ods_code=None).first()
    )
    return found or create_organisation(name=name, kind=kind, ods_code=ods_code, by=by)
