"""Several raters of one self-assessment, and what all agreed on: the same services and permissions as the pages.

Raters stand here by reference. The name and address of whoever was asked are stored and never read back.
"""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from hubapp.api.idempotency import idempotent
from hubapp.api.serializers import InputSerializer, RecordSerializer, ShapeSerializer, SiteField
from hubapp.api.views import ListMixin, RetrieveMixin
from maturity.api.assess import ANSWERS, LEAD, NOT_ANSWERED, RATE, OfAssessment, wrong
from maturity.models import Rater
from maturity.models.assessment import REASON_TEXT
from maturity.models.framework import CODE
from maturity.queries import hands as queries
from maturity.services import raters
from maturity.services.assessments import CLEARED, Said

MOST = 1000
NAME, EMAIL = 200, 254


# -- shapes ----------------------------------------------------------------------
class RaterSerializer(RecordSerializer):
    """Somebody who was asked to rate too."""

    site = SiteField()
    self_assessment = serializers.CharField(
        source="assessment.ref", read_only=True, help_text="Its reference."
    )
    member = serializers.CharField(
        source="user.ref",
        read_only=True,
        allow_null=True,
        default=None,
        help_text="The reference of a member's account; null: somebody from outside.",
    )
    answered = serializers.IntegerField(
        source="said", read_only=True, help_text="How many indicators; not what was said."
    )

    class Meta:
        model = Rater
        fields = [
            "ref", "site", "self_assessment", "member", "state", "answered", "asked_at", "expires_at", "done_at",
            "updated_at",
        ]  # fmt: skip
        read_only_fields = fields


class NewRater(InputSerializer):
    """A member, or the name and address of somebody else."""

    member = serializers.CharField(
        max_length=20, required=False, help_text="The reference of a member's account."
    )
    name = serializers.CharField(max_length=NAME, required=False)
    email = serializers.EmailField(max_length=EMAIL, required=False)


class RaterSaid(ShapeSerializer):
    """What one rater who is done said of an indicator."""

    rater = serializers.CharField(help_text="A reference.")
    answer = serializers.ChoiceField(choices=ANSWERS)
    value = serializers.IntegerField(allow_null=True)
    note = serializers.CharField()


class HeardShape(ShapeSerializer):
    """One indicator: what each rater said, whether they differ, and what the site says."""

    indicator = serializers.CharField(help_text="Its code.")
    sub_domain = serializers.CharField(help_text="The code of its sub-domain.")
    said = RaterSaid(many=True)
    differs = serializers.BooleanField()
    answer = serializers.ChoiceField(choices=ANSWERS, help_text="The site's own.")
    value = serializers.IntegerField(allow_null=True)
    reason = serializers.CharField(help_text="Why, where raters differed.")


class AgreedInput(InputSerializer):
    """What all agreed on; with a reason where raters differ."""

    indicator = serializers.CharField(max_length=CODE, help_text="Its code.")
    answer = serializers.ChoiceField(choices=ANSWERS)
    value = serializers.IntegerField(
        required=False, allow_null=True, help_text="With rated, and only then."
    )
    reason = serializers.CharField(max_length=REASON_TEXT, required=False, allow_blank=True)


class ConsensusInput(InputSerializer):
    """What is agreed on several indicators; what is not named stays as it is."""

    agreed = AgreedInput(many=True, max_length=MOST)  # type: ignore[call-arg]  # an option of the list


# -- resources -------------------------------------------------------------------
class RaterViewSet(OfAssessment, ListMixin, RetrieveMixin):
    """Who was asked to rate one self-assessment."""

    perms = {"list": LEAD, "retrieve": LEAD, "create": LEAD, "renew": LEAD, "withdraw": LEAD}
    matched = ("renew", "withdraw")
    tagged = ("create", "renew", "withdraw")
    serializer_class = RaterSerializer
    orderings = ("asked_at", "-asked_at")

    def scope(self):
        rows = queries.every_rater()
        if getattr(self, "swagger_fake_view", False):
            return rows.none()
        return rows.filter(assessment=self.assessment)

    @extend_schema(responses={200: RaterSerializer})
    def retrieve(self, request, assessment: str, ref: str) -> Response:
        """One of them."""
        return self.record_response(self.find(self.scope(), ref))

    @extend_schema(request=NewRater, responses={201: RaterSerializer})
    @idempotent
    def create(self, request, assessment: str) -> Response:
        """Ask somebody, by a link that is mailed to them. Asking the same one twice is once."""
        given = self.cleaned(NewRater)
        asked: dict[str, Any] = {
            "name": given.get("name", ""),
            "email": given.get("email", ""),
        }
        if "member" in given:
            user = queries.member_with_ref(self.assessment.site, given["member"])
            if user is None:
                raise wrong("member", "No member of this site has this reference.")
            asked = {"user": user}
        row = raters.invite(assessment=self.assessment, by=self.actor, **asked)
        return self.created(self.reread(row))

    @extend_schema(request=None, responses={200: RaterSerializer})
    def renew(self, request, assessment: str, ref: str) -> Response:
        """Mail a new link; every earlier one stops working."""
        row = self.matching(ref)
        raters.renew(rater=row, by=self.actor)
        return self.record_response(self.reread(row))

    @extend_schema(request=None, responses={200: RaterSerializer})
    def withdraw(self, request, assessment: str, ref: str) -> Response:
        """Take the request back: the link says so."""
        row = self.matching(ref)
        raters.withdraw(rater=row, by=self.actor)
        return self.record_response(self.reread(row))

    def matching(self, ref: str) -> Rater:
        """The one at the address, at the version that the caller read."""
        row: Rater = self.find(self.scope(), ref)
        self.require_match(row)
        return row

    def address_of(self, record: Rater) -> str:
        return str(self.request.build_absolute_uri(f"{record.ref}/"))


class ConsensusViewSet(OfAssessment):
    """What raters who are done said of each indicator, and what all agreed on."""

    perms = {"retrieve": RATE, "partial_update": RATE}
    matched = ("partial_update",)
    tagged = ("partial_update",)
    serializer_class = HeardShape

    def scope(self):
        return queries.every_rater()

    @extend_schema(responses={200: HeardShape(many=True)})
    def retrieve(self, request, assessment: str) -> Response:
        """Every indicator, in the framework's order. Who is not done yet has said nothing."""
        return self.whole(self._found())

    @extend_schema(request=ConsensusInput, responses={200: HeardShape(many=True)})
    def partial_update(self, request, assessment: str) -> Response:
        """Record what is agreed, as the site's ratings. 409 where raters differ and there is no reason."""
        self.must_match_all(self._found())
        said: dict[str, Said] = {}
        for given in self.cleaned(ConsensusInput)["agreed"]:
            code = given["indicator"]
            if code in said:
                raise wrong("agreed", f"“{code}” is named twice.")
            if given["answer"] == NOT_ANSWERED:
                said[code] = CLEARED
            else:
                said[code] = Said(given["answer"], given.get("value"), given.get("reason", ""))
        raters.agree(assessment=self.assessment, said=said, by=self.actor)
        return self.whole(self._found())

    def _found(self) -> list[dict[str, Any]]:
        return [
            {
                "indicator": row.indicator.code,
                "sub_domain": row.indicator.sub_domain.code,
                "said": [
                    {
                        "rater": each.rater.ref,
                        "answer": each.answer,
                        "value": each.value,
                        "note": each.note,
                    }
                    for _, each in row.said
                ],
                "differs": row.differs,
                "answer": row.rating.answer if row.rating and row.is_settled else NOT_ANSWERED,
                "value": row.rating.value if row.rating else None,
                "reason": row.rating.reason if row.rating else "",
            }
            for row in queries.heard_in(self.assessment)
        ]
