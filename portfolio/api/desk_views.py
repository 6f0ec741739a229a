"""Resources beside decisions: what came of a signpost, and how a site's desk works."""

from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.queries import sites_visible_to
from hubapp.api import etags
from hubapp.api.idempotency import idempotent
from hubapp.api.serializers import InputSerializer, InstantField, SiteField
from hubapp.api.views import Resource, RetrieveMixin
from portfolio.api.serializers import ActedBySerializer
from portfolio.api.views import OfInnovation
from portfolio.enums import FollowUpOutcome
from portfolio.models import FollowUp
from portfolio.queries import resources
from portfolio.queries.front_door import front_door_of
from portfolio.queries.settings import triage_settings_of
from portfolio.services import decisions
from portfolio.services.settings import FIELDS


class FollowUpSerializer(ActedBySerializer):
    """What was heard of a signpost. It never changes."""

    site = SiteField()
    innovation = serializers.CharField(
        source="innovation.ref", read_only=True, help_text="Its reference."
    )
    decision = serializers.CharField(
        source="decision.ref", read_only=True, help_text="The signpost that it is about."
    )
    at = InstantField(read_only=True)

    class Meta:
        model = FollowUp
        fields = [
            "ref", "site", "innovation", "decision", "outcome", "note", "again_on", "at", "author_kind", "author_ref",
        ]  # fmt: skip
        read_only_fields = fields


class NewFollowUp(InputSerializer):
    """What became of a signpost."""

    outcome = serializers.ChoiceField(choices=FollowUpOutcome.choices)
    note = serializers.CharField(max_length=2000, required=False, allow_blank=True)
    again_on = serializers.DateField(
        required=False, help_text="With no_answer, and only then: when to ask again."
    )


class FollowUpViewSet(OfInnovation, RetrieveMixin):
    """What came of the signposts of one innovation, in order."""

    # The note is for the desk: so is the list.
    perms = {"list": "portfolio.triage_innovation", "create": "portfolio.triage_innovation"}
    matched = ("create",)
    serializer_class = FollowUpSerializer
    orderings = ("at", "-at")

    def scope(self):
        rows = resources.follow_ups_for(self.viewer)
        if getattr(self, "swagger_fake_view", False):
            return rows
        return rows.filter(innovation=self.innovation)

    @extend_schema(request=NewFollowUp, responses={201: FollowUpSerializer})
    @idempotent
    def create(self, request, innovation: str) -> Response:
        """Write down what came of it. If-Match takes the innovation's ETag."""
        on = self.innovation
        etags.require_match(request, etags.etag_of(on.ref, on.version))
        given = self.cleaned(NewFollowUp)
        row = decisions.follow_up(innovation=on, by=self.actor, version=on.version, **given)
        return self.created(row)

    def etag_of(self, record) -> str:
        return etags.etag_of(record.ref, 1)

    def address_of(self, record) -> str:
        return self.request.build_absolute_uri(self.request.path)


class TriageSettingsSerializer(serializers.Serializer):
    """What a site promises, and what else its desk asks."""

    site = serializers.CharField(help_text="Its code.")
    acknowledge_days = serializers.IntegerField(
        help_text="Working days until somebody writes to the submitter."
    )
    decision_days = serializers.IntegerField(help_text="Working days until the answer.")
    assessors_wanted = serializers.IntegerField(help_text="People who assess each idea.")
    asks_screening = serializers.BooleanField(
        help_text="Whether the eight yes or no questions are asked."
    )
    shows_published = serializers.BooleanField(
        help_text="Whether visitors see published ideas like theirs."
    )
    offers_introductions = serializers.BooleanField(
        help_text="Whether hubs of the same network may ask to be introduced."
    )


class TriageSettingsViewSet(Resource):
    """How one site's desk works. It is changed on the site's settings page only."""

    perms = {"retrieve": "accounts.view_site"}
    serializer_class = TriageSettingsSerializer

    def scope(self):
        return sites_visible_to(self.viewer)

    @extend_schema(responses={200: TriageSettingsSerializer})
    def retrieve(self, request, code: str) -> Response:
        """The settings of one site, by its code in any case; the defaults where it never changed them."""
        site: Any = self.viewer.site_by_code(code)
        if site is None:
            raise Http404
        self.check_object_permissions(request, site)
        settings = triage_settings_of(site)
        values: dict[str, Any] = {name: getattr(settings, name) for name in FIELDS}
        values |= {"site": site.code, "decision_days": front_door_of(site).decision_days}
        return Response(self.get_serializer(values).data)
