"""Shapes of people's places: sites."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.enums import OrganisationKind
from accounts.models import Site
from hubapp.api.serializers import InstantField, RecordSerializer


class OrganisationSerializer(serializers.Serializer):
    """An organisation, by its ODS code where it has one."""

    ref = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=OrganisationKind.choices)
    ods_code = serializers.CharField(allow_null=True)


class SiteSerializer(RecordSerializer):
    """A site; ``code`` names it everywhere in the API."""

    host = serializers.SerializerMethodField()
    networks = serializers.SerializerMethodField(
        help_text="Slugs of the networks it belongs to today."
    )
    created_at = InstantField(read_only=True)

    class Meta:
        model = Site
        fields = ["code", "ref", "name", "slug", "host", "networks", "is_demo", "created_at"]
        read_only_fields = fields

    @extend_schema_field(OrganisationSerializer(allow_null=True))
    def get_host(self, site: Any) -> dict | None:
        hosts = site.present_hosts
        return OrganisationSerializer(hosts[0].organisation).data if hosts else None

    def get_networks(self, site: Any) -> list[str]:
        return [place.network.slug for place in site.present_places]
