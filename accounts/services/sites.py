"""Sites: made, named, moved to another address or host."""

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import Organisation, Site, SiteHost, SiteOldSlug
from accounts.validators import validate_site_slug
from hubapp import events, hooks
from hubapp.actors import Actor
from hubapp.problems import Refused, Stale

SLUG_TAKEN = "Another site has or had this web address. Choose another."
CODE_TAKEN = "Another site has this code."
CHANGED = "Somebody else changed this site since you opened the page. Check what it says now and try again."


@transaction.atomic
def create_site(
    *,
    code: str,
    name: str,
    by: Actor,
    host: Organisation | None = None,
    slug: str = "",
    is_demo: bool = False,
) -> Site:
    """A new site, with whatever other apps give every new site.

    :param code: names it in the API; stored in capitals
    :param slug: names it in addresses; default: the code in lower case
    :param host: the organisation it belongs to from today
    :raises ValidationError: a code, slug or name of the wrong form
    :raises Refused: another site has the code, or has or had the slug
    """
    site = Site(
        code=code.strip().upper(),
        slug=(slug or code).strip().lower(),
        name=" ".join(name.split()),
        is_demo=is_demo,
    )
    site.full_clean(validate_unique=False, validate_constraints=False)
    if Site.objects.filter(code__iexact=site.code).exists():
        raise Refused(CODE_TAKEN)
    _refuse_taken_slug(site.slug, site)
    try:
        with transaction.atomic():
            site.save()
    except IntegrityError as error:
        raise Refused("Another site has this code or web address.") from error
    events.record(
        "site.created", by=by, subject=site, changes={"code": site.code, "slug": site.slug}
    )
    if host is not None:
        set_host(site=site, organisation=host, by=by)
    for prepare in hooks.site_created:
        prepare(site, by)
    return site


@transaction.atomic
def change_site(*, site: Site, name: str, slug: str, by: Actor, version: int | None = None) -> Site:
    """Change the name and the web address; the old address redirects from now on.

    :param version: that of the site on the page that was changed
    :raises ValidationError: a name or slug of the wrong form, by field
    :raises Refused: another site has or had the slug
    :raises Stale: somebody changed the site since
    """
    name, slug = " ".join(name.split()), slug.strip().lower()
    if version is not None and version != site.version:
        raise Stale(CHANGED)
    if not name:
        raise ValidationError({"name": "Enter the name of the site."})
    try:
        validate_site_slug(slug)
    except ValidationError as error:
        raise ValidationError({"slug": error.messages}) from error
    changes: dict = {}
    if name != site.name:
        changes["name"] = "changed"
    if slug != site.slug:
        _refuse_taken_slug(slug, site)
        changes["slug"] = [site.slug, slug]
    if not changes:
        return site
    try:
        with transaction.atomic():
            written = Site.objects.filter(pk=site.pk, version=site.version).update(
                name=name, slug=slug, version=F("version") + 1
            )
            if not written:
                raise Stale(CHANGED)
            if "slug" in changes:
                # Its own earlier address may come back into use.
                SiteOldSlug.objects.filter(site=site, slug=slug).delete()
                SiteOldSlug.objects.create(site=site, slug=site.slug)
    except IntegrityError as error:
        raise Refused(SLUG_TAKEN) from error
    site.name, site.slug, site.version = name, slug, site.version + 1
    events.record("site.changed", by=by, subject=site, changes=changes)
    return site


@transaction.atomic
def set_host(*, site: Site, organisation: Organisation, by: Actor) -> SiteHost:
    """The site belongs to ``organisation`` from today; where it belonged before ends yesterday."""
    today = timezone.localdate()
    current = (
        SiteHost.objects.filter(site=site, valid_to=None).select_related("organisation").first()
    )
    if current is not None and current.organisation_id == organisation.pk:
        return current
    changes = {"organisation": [current.organisation.ref if current else None, organisation.ref]}
    if current is not None:
        current.valid_to = today
        current.save(update_fields=["valid_to"])
    host = SiteHost.objects.create(site=site, organisation=organisation, valid_from=today)
    events.record("site.host_set", by=by, subject=site, changes=changes)
    return host


def _refuse_taken_slug(slug: str, site: Site) -> None:
    taken = Site.objects.filter(slug=slug).exclude(pk=site.pk).exists()
    if taken or SiteOldSlug.objects.filter(slug=slug).exclude(site_id=site.pk).exists():
        raise Refused(SLUG_TAKEN)
