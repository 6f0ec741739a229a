"""``/api/v1/kpis/`` and ``/api/v1/kpi-values/``"""

import zlib

from django.http import Http404
from rest_framework.response import Response

from hubapp.api import etags
from hubapp.api.pagination import WholeList
from hubapp.api.views import ListMixin, ReadResource, Resource, RetrieveMixin
from kpis import queries
from kpis.api.filters import KpiValueFilters
from kpis.api.serializers import ContributionSerializer, KpiSerializer, KpiValueSerializer
from kpis.definitions import REGISTRY, Definition
from kpis.models import KpiValue


class KpiViewSet(ListMixin, RetrieveMixin, Resource):
    """What each KPI means and how it is counted."""

    perms = {"list": "kpis.view_kpis", "retrieve": "kpis.view_kpis"}
    serializer_class = KpiSerializer
    pagination_class = WholeList
    filter_backends = []
    lookup_field = "kpi"

    def scope(self) -> list[Definition]:
        return list(REGISTRY.values())

    def retrieve(self, request, *args, **kwargs) -> Response:
        # No record and no site: whoever reads numbers anywhere.
        self.check_object_permissions(request, None)
        definition = REGISTRY.get(self.kwargs["kpi"])
        if definition is None:
            raise Http404
        return self.record_response(definition)

    def etag_of(self, record: Definition) -> str:
        # Its words may be improved without a new version.
        words = f"{record.title}{record.meaning}{record.how_counted}"
        return etags.etag_of(f"{record.key}-{zlib.crc32(words.encode()):x}", record.version)


class KpiValueViewSet(ReadResource):
    """The numbers: one version of each in the list, every version by its reference."""

    perms = {"list": "kpis.view_kpis", "retrieve": "kpis.view_kpis"}
    serializer_class = KpiValueSerializer
    filterset_class = KpiValueFilters
    orderings = ("period_start", "-period_start")

    def scope(self):
        return queries.stored_values(self.viewer)

    def etag_of(self, record: KpiValue) -> str:
        # A version never changes, but another may take its place.
        return etags.etag_of(record.ref, int(record.is_current))


class ContributionViewSet(ListMixin, Resource):
    """The records behind a number, frozen with it."""

    perms = {"list": "kpis.view_kpis"}
    serializer_class = ContributionSerializer
    filter_backends = []
    orderings = ("id",)
    # The number whose records are asked for.
    value: KpiValue

    def scope(self):
        self.value = self.find(queries.stored_values(self.viewer), self.kwargs["value"])
        self.check_object_permissions(self.request, self.value)
        return queries.contributions_to(queries.figure(self.viewer, self.value))
