"""Rounds and what they released: the same services and permissions as their pages.

Reading is for whoever coordinates the network, and for the sites that were asked.
Writing is the coordinators' alone. A key belongs to a site and coordinates nothing.
"""

from functools import cached_property
from typing import Any

from django.http import Http404
from django_filters import CharFilter, ChoiceFilter
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from accounts.models import Network, Site
from hubapp.api import etags
from hubapp.api.filters import FilterSet, SiteFilter, UpdatedSinceFilter
from hubapp.api.idempotency import idempotent
from hubapp.api.permissions import NO_ACTION
from hubapp.api.problems import NOT_FOUND, Problem
from hubapp.api.serializers import InputSerializer, RecordSerializer, ShapeSerializer
from hubapp.api.views import ListMixin, ReadResource, Resource, RetrieveMixin
from maturity.api.assess import ReasonInput, wrong
from maturity.enums import AssessmentState, Disclosure, RoundState
from maturity.models import Release, Round, SelfAssessment
from maturity.models.framework import CODE, NAME_TEXT
from maturity.queries import network as reading
from maturity.queries import rounds as queries
from maturity.services import closing, releases, reminders, rounds

READ, FOLLOW, MANAGE = (
    "maturity.view_joined_rounds",
    "maturity.view_rounds",
    "maturity.manage_rounds",
)
# More than any network has.
MOST_SITES = 2000


# -- shapes ----------------------------------------------------------------------
class RoundSerializer(RecordSerializer):
    """Who rates themselves by which framework, from when to when, and who sees what."""

    network = serializers.CharField(
        source="network.slug",
        read_only=True,
        allow_null=True,
        default=None,
        help_text="The slug of the network; null: a site's own round.",
    )
    site = serializers.CharField(
        source="site.code",
        read_only=True,
        allow_null=True,
        default=None,
        help_text="The code of the site whose own round it is; null: a network's.",
    )
    framework = serializers.CharField(
        source="framework.slug", read_only=True, help_text="The slug of the framework."
    )
    sites = serializers.SerializerMethodField(
        help_text="How many sites were asked; null for who does not coordinate the network."
    )
    submitted = serializers.SerializerMethodField(
        help_text="How many of them have submitted; null likewise."
    )

    class Meta:
        model = Round
        fields = [
            "ref", "network", "site", "name", "framework", "opens_on", "closes_on", "state", "disclosure",
            "min_others", "asks_raters", "asks_review", "sites", "submitted", "opened_at", "closed_at",
            "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(serializers.IntegerField(allow_null=True))
    def get_sites(self, row: Any) -> int | None:
        return row.sites if self._coordinates(row) else None

    @extend_schema_field(serializers.IntegerField(allow_null=True))
    def get_submitted(self, row: Any) -> int | None:
        return row.submitted if self._coordinates(row) else None

    def _coordinates(self, row: Round) -> bool:
        return row.network_id in self.context["view"].viewer.network_ids


class ProgressSerializer(RecordSerializer):
    """How far one site is. Never what it rated."""

    site = serializers.CharField(
        source="site.code", read_only=True, help_text="The code of the site."
    )
    name = serializers.CharField(source="site.name", read_only=True)
    asked = serializers.IntegerField(  # type: ignore[assignment]  # the field shadows a property of that name
        read_only=True, help_text="Of how many indicators."
    )

    class Meta:
        model = SelfAssessment
        fields = ["site", "name", "state", "answered", "asked", "submitted_on"]
        read_only_fields = fields


class ReleaseSerializer(RecordSerializer):
    """One release of a round; it never changes."""

    class Meta:
        model = Release
        fields = ["ref", "number", "at", "on", "reason", "min_others", "sites"]
        read_only_fields = fields


class ReleasedGroup(ShapeSerializer):
    """A group of sites that was released."""

    code = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # the name that choices have
    sites = serializers.IntegerField()


class ReleasedCell(ShapeSerializer):
    """Quartiles of one indicator in one group, by nearest rank. A group that is withheld is left out."""

    group = serializers.CharField()
    n = serializers.IntegerField(help_text="Sites that rated it.")
    lower = serializers.IntegerField()
    median = serializers.IntegerField()
    upper = serializers.IntegerField()
    release = serializers.IntegerField(help_text="The release that the figures are of.")


class ReleasedIndicator(ShapeSerializer):
    """One indicator; without cells: withheld, for all."""

    indicator = serializers.CharField()
    sub_domain = serializers.CharField()
    cells = ReleasedCell(many=True)


class PointTimes(ShapeSerializer):
    """How often one point of the scale was given."""

    value = serializers.IntegerField()
    count = serializers.IntegerField()


class ReleasedPool(ShapeSerializer):
    """All sites together in one sub-domain, over the indicators that are shown."""

    sub_domain = serializers.CharField()
    counts = PointTimes(many=True, help_text="Empty: nothing of it is shown.")
    shown = serializers.IntegerField(help_text="How many of its indicators are shown.")
    of = serializers.IntegerField()


class FullReleaseSerializer(ReleaseSerializer):
    """The same with every figure, as it was frozen."""

    groups = serializers.SerializerMethodField(help_text="Empty: too few sites.")
    indicators = serializers.SerializerMethodField()
    sub_domains = serializers.SerializerMethodField()

    class Meta(ReleaseSerializer.Meta):
        fields = [*ReleaseSerializer.Meta.fields, "groups", "indicators", "sub_domains"]
        read_only_fields = fields

    @extend_schema_field(ReleasedGroup(many=True))
    def get_groups(self, row: Release) -> list[dict[str, Any]]:
        return [
            {"code": code, "label": reading.GROUP_WORDS.get(code, code), "sites": sites}
            for code, sites in reading.content_of(row).groups.items()
        ]

    @extend_schema_field(ReleasedIndicator(many=True))
    def get_indicators(self, row: Release) -> list[dict[str, Any]]:
        content = reading.content_of(row)
        return [
            {
                "indicator": code,
                "sub_domain": sub_domain,
                "cells": [
                    {
                        "group": group,
                        "n": cell.n,
                        "lower": cell.lower,
                        "median": cell.median,
                        "upper": cell.upper,
                        "release": cell.release,
                    }
                    for group in content.groups
                    if (cell := content.cell(code, group))
                ],
            }
            for sub_domain, codes in content.sub_domains.items()
            for code in codes
        ]

    @extend_schema_field(ReleasedPool(many=True))
    def get_sub_domains(self, row: Release) -> list[dict[str, Any]]:
        content = reading.content_of(row)
        found = []
        for code, indicators in content.sub_domains.items():
            pool = content.pools.get(code)
            counts = dict(pool.counts) if pool else {}
            found.append(
                {
                    "sub_domain": code,
                    "counts": [
                        {"value": value, "count": counts.get(value, 0)} for value in content.scale
                    ]
                    if pool
                    else [],
                    "shown": pool.shown if pool else 0,
                    "of": len(indicators),
                }
            )
        return found


class _RoundFields(InputSerializer):
    disclosure = serializers.ChoiceField(choices=Disclosure.choices, required=False)
    min_others = serializers.IntegerField(
        min_value=2,
        max_value=50,
        required=False,
        help_text="How many others must stand in a comparison, at least.",
    )
    asks_raters = serializers.BooleanField(required=False)
    asks_review = serializers.BooleanField(required=False)


class NewRound(_RoundFields):
    """A round of a network, written down and not open yet."""

    network = serializers.CharField(
        max_length=60,
        required=False,
        help_text="The slug of a network; may be left out by who coordinates only one.",
    )
    framework = serializers.CharField(max_length=2 * CODE, help_text="The slug of a framework.")
    name = serializers.CharField(max_length=NAME_TEXT)
    opens_on = serializers.DateField()
    closes_on = serializers.DateField()


class RoundChanges(_RoundFields):
    """What may be changed of a round: all of it before it is open, then its name and closing date."""

    framework = serializers.CharField(max_length=2 * CODE, required=False)
    name = serializers.CharField(max_length=NAME_TEXT, required=False)
    opens_on = serializers.DateField(required=False)
    closes_on = serializers.DateField(required=False)


class ChosenSites(InputSerializer):
    """Sites of the network."""

    sites = serializers.ListField(
        child=serializers.CharField(max_length=40), min_length=1, max_length=MOST_SITES
    )


class MaybeSites(InputSerializer):
    """Sites of the network; left out: all that are in it today."""

    sites = serializers.ListField(
        child=serializers.CharField(max_length=40),
        min_length=1,
        max_length=MOST_SITES,
        required=False,
    )


class OneSite(InputSerializer):
    """One site of the round."""

    site = serializers.CharField(max_length=40, help_text="Its code.")


class Reminded(ShapeSerializer):
    """Whom a reminder went to."""

    site = serializers.CharField()
    mails = serializers.IntegerField(help_text="0: the site has no lead to write to.")


# -- filters ---------------------------------------------------------------------
class RoundFilters(FilterSet):
    site = SiteFilter(
        field_name="assessments__site", help_text="Rounds that this site of yours was asked to."
    )
    network = CharFilter(
        field_name="network__slug", max_length=60, help_text="The slug of a network."
    )
    framework = CharFilter(
        field_name="framework__slug", max_length=2 * CODE, help_text="The slug of a framework."
    )
    state = ChoiceFilter(choices=RoundState.choices)
    updated_since = UpdatedSinceFilter()


class ProgressFilters(FilterSet):
    state = ChoiceFilter(choices=AssessmentState.choices)


# -- resources -------------------------------------------------------------------
class OfNetwork(Resource):
    """Asks the permission on the round's network, or on the site through which the caller reads it."""

    def permission_object(self, record: Any) -> Network | Site | None:
        viewer = self.viewer
        for network in viewer.networks:
            if network.pk == record.network_id:
                return network
        return next((site for site in viewer.sites if site.pk == record.asked_site), None)


class RoundViewSet(OfNetwork, ReadResource):
    """Rounds of the networks that the caller coordinates, and those that their sites were asked to."""

    perms = {
        "list": READ,
        "retrieve": READ,
        "create": MANAGE,
        "partial_update": MANAGE,
        "open": MANAGE,
        "add_sites": MANAGE,
        "close": MANAGE,
        "cancel": MANAGE,
        "remind": MANAGE,
        "restate": MANAGE,
    }
    matched = ("partial_update", "open", "close", "cancel")
    tagged = ("create", "partial_update", "open", "add_sites", "close", "cancel")
    serializer_class = RoundSerializer
    filterset_class = RoundFilters
    orderings = ("-closes_on", "closes_on")

    def scope(self):
        return queries.rounds_for(self.viewer)

    @extend_schema(request=NewRound, responses={201: RoundSerializer})
    @idempotent
    def create(self, request) -> Response:
        """Write a round of a network down; no site is asked before it is opened."""
        given = self.cleaned(NewRound)
        network = self._network(given.pop("network", None))
        self._with_framework(given, network)
        return self.created(self.reread(rounds.prepare(network=network, by=self.actor, **given)))

    @extend_schema(request=RoundChanges, responses={200: RoundSerializer})
    def partial_update(self, request, ref: str) -> Response:
        """Change it; once it is open, only its name and closing date."""
        row = self.matching()
        given = self.cleaned(RoundChanges)
        self._with_framework(given, row.network)
        rounds.change(round=row, by=self.actor, version=row.version, **given)
        return self.record_response(self.reread(row))

    @extend_schema(request=MaybeSites, responses={200: RoundSerializer})
    @action(detail=True, methods=["post"])
    def open(self, request, ref: str) -> Response:
        """Open it and ask its sites. What it asks and shows cannot change afterwards."""
        row = self.matching()
        codes = self.cleaned(MaybeSites).get("sites")
        sites = queries.sites_that_may_join(row) if codes is None else self._sites(row, codes)
        rounds.open_round(round=row, sites=sites, by=self.actor)
        return self.record_response(self.reread(row))

    @extend_schema(request=ChosenSites, responses={200: RoundSerializer})
    @action(detail=True, methods=["post"], url_path="add-sites")
    @idempotent
    def add_sites(self, request, ref: str) -> Response:
        """Let more sites join, also after it closed; those in it stay as they are. Twice is once."""
        row = self.get_object()
        sites = self._sites(row, self.cleaned(ChosenSites)["sites"])
        rounds.add_sites(round=row, sites=sites, by=self.actor)
        return self.record_response(self.reread(row))

    @extend_schema(request=None, responses={200: RoundSerializer})
    @action(detail=True, methods=["post"])
    def close(self, request, ref: str) -> Response:
        """Close it: what was submitted is final, and what all say together is released."""
        row = self.matching()
        closing.close(round=row, by=self.actor)
        return self.record_response(self.reread(row))

    @extend_schema(request=None, responses={200: RoundSerializer})
    @action(detail=True, methods=["post"])
    def cancel(self, request, ref: str) -> Response:
        """Call it off. What sites wrote stays theirs to read."""
        row = self.matching()
        rounds.cancel(round=row, by=self.actor)
        return self.record_response(self.reread(row))

    @extend_schema(request=OneSite, responses={200: Reminded})
    @action(detail=True, methods=["post"])
    @idempotent
    def remind(self, request, ref: str) -> Response:
        """Mail the leads of one site that it is not submitted yet; at most once a day."""
        row = self.get_object()
        code = self.cleaned(OneSite)["site"]
        found = queries.progress_of(row).filter(site__code__iexact=code).first()
        if found is None:
            raise wrong("site", "No site of this round has this code.")
        found.round = row
        sent = reminders.remind(assessment=found, by=self.actor)
        return Response({"site": found.site.code, "mails": sent})

    @extend_schema(request=ReasonInput, responses={201: FullReleaseSerializer})
    @action(detail=True, methods=["post"])
    @idempotent
    def restate(self, request, ref: str) -> Response:
        """Release anew what late or reopened sites changed; sites read the reason. 409 while too few have."""
        row = self.get_object()
        made = releases.restate(round=row, by=self.actor, **self.cleaned(ReasonInput))
        context = self.get_serializer_context()
        response = Response(FullReleaseSerializer(made, context=context).data, status=201)
        address = self.reverse_action("detail", kwargs={"ref": row.ref})
        response["Location"] = f"{address}releases/{made.number}/"
        return response

    def matching(self) -> Round:
        """The one at the address, at the version that the caller read."""
        row: Round = self.get_object()
        self.require_match(row)
        return row

    def _network(self, slug: str | None) -> Network:
        networks = self.viewer.networks
        if slug:
            found = self.viewer.network_by_slug(slug)
        else:
            found = networks[0] if len(networks) == 1 else None
        if found is None:
            raise Problem(404, NOT_FOUND, {"network": ["You coordinate no network of this name."]})
        return found

    @staticmethod
    def _with_framework(given: dict[str, Any], network: Any) -> None:
        if "framework" not in given:
            return
        slug = given["framework"]
        rows = queries.frameworks_for(network) if network else []
        framework = next((each for each in rows if each.slug == slug), None)
        if framework is None:
            raise wrong("framework", "No framework that this network can use has this slug.")
        given["framework"] = framework

    @staticmethod
    def _sites(round: Round, codes: list[str]) -> list[Site]:
        known = {site.code.upper(): site for site in queries.sites_that_may_join(round)}
        for code in codes:
            if code.upper() not in known:
                raise wrong("sites", f"“{code}” is no site of this network.")
        return [known[code.upper()] for code in codes]


class OfRound(OfNetwork):
    """What belongs to one round, at its address: the permission is asked on that."""

    def initial(self, request, *args, **kwargs) -> None:
        super().initial(request, *args, **kwargs)
        if self.action not in NO_ACTION:
            self.round  # noqa: B018 - looked up to refuse what is not there

    @cached_property
    def round(self) -> Round:
        found: Round = self.find(queries.rounds_for(self.viewer), self.kwargs["round"])
        self.check_object_permissions(self.request, found)
        return found

    def permission_object(self, record: Any) -> Any:
        return super().permission_object(record if isinstance(record, Round) else self.round)


class ProgressViewSet(OfRound, ListMixin):
    """How far every site of a round is, who has not started first. Never what it rated."""

    perms = {"list": FOLLOW}
    serializer_class = ProgressSerializer
    filterset_class = ProgressFilters
    orderings = ("place",)

    def scope(self):
        if getattr(self, "swagger_fake_view", False):
            return queries.no_progress()
        return queries.progress_of(self.round)


class ReleaseViewSet(OfRound, ListMixin, RetrieveMixin):
    """What a round released of all its sites together, as it was frozen. Nothing before it has closed."""

    perms = {"list": READ, "retrieve": READ}
    serializer_class = ReleaseSerializer
    orderings = ("-number", "number")

    def scope(self):
        if getattr(self, "swagger_fake_view", False):
            return queries.no_releases()
        return queries.releases_in(self.round)

    @extend_schema(
        responses={200: FullReleaseSerializer},
        parameters=[OpenApiParameter("number", OpenApiTypes.INT, OpenApiParameter.PATH)],
    )
    def retrieve(self, request, round: str, number: int) -> Response:
        """One release with every figure; an indicator or group without a cell is withheld."""
        found = self.scope().filter(number=number).first()
        if found is None:
            raise Http404
        return self.record_response(found)

    def get_serializer_class(self):
        return FullReleaseSerializer if self.action == "retrieve" else ReleaseSerializer

    def etag_of(self, record: Release) -> str:
        # It never changes.
        return etags.etag_of(record.ref, record.number)
