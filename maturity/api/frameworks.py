"""``/api/v1/frameworks/`` and ``/api/v1/reference-cohorts/``"""

import zlib
from typing import Any

from django.db.models import Count
from django.http import Http404
from django_filters import BooleanFilter, CharFilter
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from hubapp.api import etags
from hubapp.api.filters import DateFilter, FilterSet
from hubapp.api.pagination import WholeList
from hubapp.api.serializers import RecordSerializer, ShapeSerializer
from hubapp.api.views import ListMixin, ReadResource, Resource, RetrieveMixin
from maturity.models import Domain, Framework, Indicator, SubDomain
from maturity.queries import frameworks as queries
from maturity.reference_cohorts import Cohort, Standing, cohorts

VIEW = "maturity.view_framework"


# -- shapes ----------------------------------------------------------------------
class ScalePointSerializer(serializers.Serializer):
    """One point of a scale. Not applicable and not answered are never points of it."""

    value = serializers.IntegerField()
    label = serializers.CharField()  # type: ignore[assignment]  # the name that points have
    description = serializers.CharField()


class IndicatorSerializer(serializers.ModelSerializer):
    """One statement that is rated."""

    questions = serializers.ListField(
        child=serializers.CharField(), help_text="To consider before rating."
    )
    same_as = serializers.CharField(
        source="same_as.code",
        default=None,
        allow_null=True,
        help_text="The code of the indicator that asks the same in the version that this one follows;"
        " null: it asks something new.",
    )

    class Meta:
        model = Indicator
        fields = ["code", "text", "questions", "same_as"]
        read_only_fields = fields


class SubDomainSerializer(serializers.ModelSerializer):
    """A sub-domain: one page of a self-assessment. What is not rated has no indicators."""

    rated = serializers.BooleanField(source="is_rated")
    questions = serializers.ListField(
        child=serializers.CharField(), help_text="To consider before rating."
    )
    indicators = IndicatorSerializer(many=True, read_only=True)

    class Meta:
        model = SubDomain
        fields = ["code", "name", "rated", "about", "questions", "indicators"]
        read_only_fields = fields


class DomainSerializer(serializers.ModelSerializer):
    """A domain with its sub-domains."""

    rated = serializers.BooleanField(source="is_rated")
    sub_domains = SubDomainSerializer(many=True, read_only=True)

    class Meta:
        model = Domain
        fields = ["code", "name", "rated", "sub_domains"]
        read_only_fields = fields


class FrameworkSerializer(RecordSerializer):
    """One published version of a framework; it never changes, but ends when the next one begins."""

    version = serializers.CharField(source="edition", help_text="As people name it.")
    network = serializers.CharField(
        source="network.slug",
        default=None,
        allow_null=True,
        help_text="The network that published it; null: it comes with Hubapp.",
    )
    indicator_count = serializers.IntegerField()

    class Meta:
        model = Framework
        fields = [
            "ref", "slug", "key", "version", "title", "source", "network", "valid_from", "valid_to",
            "indicator_count",
        ]  # fmt: skip
        read_only_fields = fields


class FullFrameworkSerializer(FrameworkSerializer):
    """The same with all its parts."""

    notes = serializers.ListField(child=serializers.CharField())
    scale = ScalePointSerializer(many=True, help_text="Lowest first.")
    follows = serializers.CharField(
        source="follows.slug",
        default=None,
        allow_null=True,
        help_text="The slug of the version that it carries on; null: it stands alone.",
    )
    domains = DomainSerializer(many=True, read_only=True)

    class Meta(FrameworkSerializer.Meta):
        fields = [*FrameworkSerializer.Meta.fields, "notes", "scale", "follows", "domains"]
        read_only_fields = fields


class FigureSerializer(serializers.Serializer):
    """One figure of the report, or one that follows from its figures."""

    id = serializers.CharField()
    ratings = serializers.ListField(
        child=serializers.IntegerField(), help_text="Counted together, if there are several."
    )
    rating_stated = serializers.BooleanField(
        help_text="False: the report does not say which rating it counts."
    )
    sites = serializers.IntegerField(help_text="How many sites.")
    answered = serializers.ListField(
        child=serializers.IntegerField(),
        help_text="Each number of sites that answered which gives the printed percentage; empty: none was"
        " printed, or nothing fits.",
    )
    n = serializers.IntegerField(
        allow_null=True, help_text="How many sites answered, if that is certain."
    )
    percent_printed = serializers.IntegerField(allow_null=True, help_text="Null: none was printed.")
    percent = serializers.IntegerField(
        allow_null=True, help_text="Worked out on n, rounded half up; null: it cannot be known."
    )
    standing = serializers.ChoiceField(
        source="standing.value", choices=[(each.value, each.words) for each in Standing]
    )
    note = serializers.CharField()


class CellSerializer(serializers.Serializer):
    """One indicator and one rating."""

    rating = serializers.IntegerField()
    standing = serializers.ChoiceField(
        source="standing.value", choices=[(each.value, each.words) for each in Standing]
    )
    sites = serializers.IntegerField(
        allow_null=True, help_text="Null: not published, which is not 0."
    )
    n = serializers.IntegerField(allow_null=True, help_text="How many sites answered.")
    percent = serializers.IntegerField(allow_null=True)


class PublishedIndicatorSerializer(serializers.Serializer):
    """What was published about one indicator."""

    code = serializers.CharField()
    cells = CellSerializer(many=True, help_text="One for each point of the scale.")
    figures = FigureSerializer(many=True)


class CohortSerializer(ShapeSerializer):
    """A reference cohort: sites that rated themselves elsewhere, as far as it was published."""

    slug = serializers.CharField()
    title = serializers.CharField()
    framework = serializers.CharField(help_text="The slug of the framework that they rated by.")
    sites = serializers.IntegerField(help_text="How many sites it is of.")
    source = serializers.CharField()  # type: ignore[assignment]  # the name that it has


class FullCohortSerializer(CohortSerializer):
    """The same with every figure."""

    notes = serializers.ListField(child=serializers.CharField())
    indicators = PublishedIndicatorSerializer(
        many=True, help_text="Those with a figure; nothing was published about the others."
    )


# -- resources --------------------------------------------------------------------
class FrameworkFilters(FilterSet):
    key = CharFilter(max_length=40)
    valid_on = DateFilter(method="in_force", help_text="In force on this day.")
    own = BooleanFilter(
        field_name="network",
        lookup_expr="isnull",
        exclude=True,
        help_text="Whether a network published it; false: it comes with Hubapp.",
    )

    @staticmethod
    def in_force(queryset, name, value):
        in_force = queryset.filter(valid_from__lte=value)
        return in_force.filter(valid_to=None) | in_force.filter(valid_to__gte=value)


class FrameworkViewSet(ReadResource):
    """Every published version of every framework that the caller may read."""

    perms = {"list": VIEW, "retrieve": VIEW}
    serializer_class = FrameworkSerializer
    filterset_class = FrameworkFilters
    orderings = ("slug", "-slug")
    lookup_field = "slug"

    def scope(self):
        rows = queries.frameworks_readable_by(self.viewer).select_related("network")
        return rows.annotate(indicator_count=Count("indicators"))

    def permission_object(self, record) -> Any:
        """Whoever may read frameworks anywhere may read whatever the scope gives them."""
        return None

    @extend_schema(responses={200: FullFrameworkSerializer})
    def retrieve(self, request, *args, **kwargs) -> Response:
        """One version with all its parts, by its slug."""
        self.check_object_permissions(request, None)
        found = queries.framework_by_slug(self.scope(), self.kwargs["slug"])
        if found is None:
            raise Http404
        return self.record_response(found)

    def get_serializer_class(self):
        return FullFrameworkSerializer if self.action == "retrieve" else FrameworkSerializer

    def etag_of(self, record: Framework) -> str:
        # A version never changes, but it ends.
        ended = record.valid_to.toordinal() if record.valid_to else 0
        return etags.etag_of(f"{record.ref}-{record.digest[:12]}", ended)

    def address_of(self, record: Framework) -> str:
        return self.reverse_action("detail", kwargs={"slug": record.slug})


class ReferenceCohortViewSet(ListMixin, RetrieveMixin, Resource):
    """What was published about sites that rated themselves elsewhere. What was not published is null, never 0."""

    perms = {"list": VIEW, "retrieve": VIEW}
    serializer_class = CohortSerializer
    pagination_class = WholeList
    filter_backends = []
    lookup_field = "slug"

    def scope(self) -> list[Cohort]:
        return list(cohorts().values())

    @extend_schema(responses={200: FullCohortSerializer})
    def retrieve(self, request, *args, **kwargs) -> Response:
        # No record and no site: whoever reads frameworks anywhere.
        self.check_object_permissions(request, None)
        cohort = cohorts().get(self.kwargs["slug"])
        if cohort is None:
            raise Http404
        return self.record_response(cohort)

    def get_serializer_class(self):
        return FullCohortSerializer if self.action == "retrieve" else CohortSerializer

    def etag_of(self, record: Cohort) -> str:
        # Its words may be improved, and a figure mended.
        return etags.etag_of(f"{record.slug}-{zlib.crc32(repr(record).encode()):x}", 1)
