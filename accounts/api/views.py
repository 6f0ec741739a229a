"""``/api/v1/sites/``"""

import hashlib
import json

from django.http import Http404

from accounts import queries
from accounts.api.serializers import SiteSerializer
from hubapp.api import etags
from hubapp.api.views import ReadResource


class SiteViewSet(ReadResource):
    """The sites that the caller belongs to. A key belongs to one."""

    perms = {"list": "accounts.view_site", "retrieve": "accounts.view_site"}
    serializer_class = SiteSerializer
    orderings = ("created_at", "-created_at")
    lookup_field = "code"

    def scope(self):
        return queries.sites_visible_to(self.viewer)

    def etag_of(self, record) -> str:
        # Its host and networks have no version of their own: the whole of it makes the tag.
        shown = json.dumps(SiteSerializer(record).data, sort_keys=True)
        return etags.etag_of(record.ref, int(hashlib.sha256(shown.encode()).hexdigest()[:12], 16))

    def find(self, rows, ref: str):
        """By code, in any case."""
        site = self.viewer.site_by_code(ref)
        found = rows.filter(pk=site.pk).first() if site else None
        if found is None:
            raise Http404
        return found
