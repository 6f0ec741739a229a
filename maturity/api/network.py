"""What a round released, beside what one site says: the same figures as its page."""

from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from hubapp.api.serializers import InstantField
from maturity.api.assess import READ, OfAssessment
from maturity.queries import assess
from maturity.queries import network as queries


class ReleaseShape(serializers.Serializer):
    """Which release the figures are of."""

    ref = serializers.CharField()
    number = serializers.IntegerField(help_text="1 at closing; each later one is a restatement.")
    at = InstantField()
    reason = serializers.CharField(help_text="Why it was restated; empty for the first.")
    min_others = serializers.IntegerField(help_text="How many others stood in each cell, at least.")
    sites = serializers.IntegerField(help_text="How many sites stand in it.")


class GroupShape(serializers.Serializer):
    """One group of sites that the site is in."""

    code = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # the name that choices have
    sites = serializers.IntegerField()


class CellShape(serializers.Serializer):
    """Quartiles of one indicator in one group."""

    group = serializers.CharField()
    n = serializers.IntegerField(help_text="Sites that rated it.")
    lower = serializers.IntegerField()
    median = serializers.IntegerField()
    upper = serializers.IntegerField()
    release = serializers.IntegerField(help_text="The release that the figures are of.")


class BesideShape(serializers.Serializer):
    """One indicator: what the site says, and each group's quartiles; a group that is withheld is left out."""

    indicator = serializers.CharField()
    sub_domain = serializers.CharField()
    answer = serializers.CharField(help_text="rated, not_applicable or not_answered.")
    value = serializers.IntegerField(allow_null=True)
    place = serializers.CharField(
        allow_null=True,
        help_text="below, within or above the middle half of all; null if not told.",
    )
    cells = CellShape(many=True)


class PoolShape(serializers.Serializer):
    """All sites together: how often each rating was given in a sub-domain, over the indicators that are shown."""

    sub_domain = serializers.CharField()
    counts = serializers.DictField(child=serializers.IntegerField())
    shown = serializers.IntegerField()
    of = serializers.IntegerField()


class ComparisonShape(serializers.Serializer):
    """A site beside the others of its round."""

    self_assessment = serializers.CharField()
    release = ReleaseShape()
    groups = GroupShape(many=True)
    indicators = BesideShape(many=True)
    sub_domains = PoolShape(many=True)


def shape_of(comparison: queries.Comparison, ref: str) -> dict[str, Any]:
    """A comparison as the API has it."""
    release = comparison.release
    codes = [code for code, _, _ in comparison.groups]
    return {
        "self_assessment": ref,
        "release": {
            "ref": release.ref,
            "number": release.number,
            "at": InstantField().to_representation(release.at),
            "reason": release.reason,
            "min_others": release.min_others,
            "sites": release.sites,
        },
        "groups": [
            {"code": code, "label": label, "sites": sites}
            for code, label, sites in comparison.groups
        ],
        "indicators": [
            {
                "indicator": row.indicator.code,
                "sub_domain": sub_domain,
                "answer": row.own.answer if row.own else "not_answered",
                "value": row.own.value if row.own else None,
                "place": row.place or None,
                "cells": [
                    {
                        "group": code,
                        "n": cell.n,
                        "lower": cell.lower,
                        "median": cell.median,
                        "upper": cell.upper,
                        "release": cell.release,
                    }
                    for code, cell in zip(codes, row.cells, strict=True)
                    if cell
                ],
            }
            for sub_domain, rows in comparison.rows.items()
            for row in rows
        ],
        "sub_domains": [
            {
                "sub_domain": part.code,
                "counts": {str(value): times for value, times in part.counts.items()}
                if part.n
                else {},
                "shown": part.of_shown[0] if part.of_shown else 0,
                "of": part.of_shown[1] if part.of_shown else 0,
            }
            for part in comparison.reading.sub_domains
        ],
    }


class ComparisonViewSet(OfAssessment):
    """What a round released of all its sites, beside what one site says."""

    perms = {"retrieve": READ}
    untagged = ("retrieve",)

    def scope(self):
        return assess.assessments_for(self.viewer)

    @extend_schema(responses={200: ComparisonShape})
    def retrieve(self, request, assessment: str) -> Response:
        """The comparison; 404 before the round has closed, and for a site's own round."""
        comparison = queries.comparison_of(self.assessment)
        if comparison is None:
            raise Http404
        return Response(self.only_asked(shape_of(comparison, self.assessment.ref)))
