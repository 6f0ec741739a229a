"""Questions to one person, the eight questions, and what is coming, as resources."""

from typing import Any

from django.core.exceptions import ValidationError
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from accounts.enums import Function
from accounts.queries import member_of
from hubapp.api import etags
from hubapp.api.filters import FilterSet, SiteFilter, UpdatedSinceFilter
from hubapp.api.idempotency import idempotent
from hubapp.api.serializers import InputSerializer, InstantField, RecordSerializer, SiteField
from hubapp.api.views import ListMixin, RetrieveMixin
from hubapp.refs import normalise_ref
from portfolio.api.serializers import ActedBySerializer, CodeOrNull
from portfolio.api.views import VIEW, OfInnovation, wrong
from portfolio.enums import AskKind, AskProof, AskShows, AskState, InnovationType, YesNo
from portfolio.models import Ask, Innovation
from portfolio.models.ask import LONGEST_QUESTION
from portfolio.queries import asks as queries
from portfolio.queries import screening as screened
from portfolio.services import asks, screening
from portfolio.services.asks import DAYS, MOST_DAYS

ASK = "portfolio.ask_somebody"


# -- questions to one person ------------------------------------------------------------
class AskSerializer(ActedBySerializer):
    """One question to one person. Their name and address are never read back."""

    site = SiteField()
    innovation = serializers.CharField(
        source="innovation.ref", read_only=True, help_text="Its reference."
    )
    asked_of = serializers.CharField(
        source="person.user.ref",
        read_only=True,
        allow_null=True,
        default=None,
        help_text="The reference of the account of whoever is asked; null if they have none.",
    )
    function = CodeOrNull(Function.choices, help_text="The enabling function they answer for.")
    kind = serializers.ChoiceField(choices=AskKind.choices, read_only=True)
    shows = serializers.ChoiceField(choices=AskShows.choices, read_only=True)
    state = serializers.ChoiceField(choices=AskState.choices, source="standing", read_only=True)
    verdict = CodeOrNull(YesNo.choices, help_text="Only of a sign-off that was answered.")
    proof = CodeOrNull(AskProof.choices, help_text="How whoever answered showed who they are.")

    class Meta:
        model = Ask
        fields = [
            "ref", "site", "innovation", "asked_of", "function", "kind", "question", "shows", "stops_clock", "state",
            "asked_at", "expires_at", "reminded_at", "link_wanted_at", "withdrawn_at", "answered_at", "verdict",
            "answer", "proof", "updated_at", "author_kind", "author_ref",
        ]  # fmt: skip
        read_only_fields = fields


class NewAsk(InputSerializer):
    """A question to a member of the site, or to anybody with an address."""

    member = serializers.CharField(
        max_length=20, required=False, help_text="The reference of a member's account."
    )
    name = serializers.CharField(
        max_length=200, required=False, help_text="Of whoever is no member. Never read back."
    )
    email = serializers.EmailField(
        required=False, help_text="Gets the link and the code. Never read back."
    )
    function = serializers.ChoiceField(choices=Function.choices, required=False)
    kind = serializers.ChoiceField(choices=AskKind.choices)
    question = serializers.CharField(max_length=LONGEST_QUESTION)
    shows = serializers.ChoiceField(choices=AskShows.choices, required=False)
    stops_clock = serializers.BooleanField(
        required=False, help_text="Whether the clock stands still until there is an answer."
    )
    days = serializers.IntegerField(
        min_value=1,
        max_value=MOST_DAYS,
        required=False,
        help_text=f"How many days the link works; {DAYS} unless said.",
    )


class AskViewSet(OfInnovation, RetrieveMixin):
    """Questions about one innovation, each to one person, who answers from a mailed link."""

    perms = {
        "list": VIEW, "retrieve": VIEW, "create": ASK, "remind": ASK, "renew": ASK, "withdraw": ASK,
    }  # fmt: skip
    matched = ("remind", "renew", "withdraw")
    tagged = ("create", "remind", "renew", "withdraw")
    serializer_class = AskSerializer
    orderings = ("asked_at", "-asked_at")

    def scope(self):
        rows = queries.asks_visible_to(self.viewer)
        if getattr(self, "swagger_fake_view", False):
            return rows
        return rows.filter(innovation=self.innovation)

    def get_object(self):
        return self.find(self.get_queryset(), self.kwargs["ref"])

    @extend_schema(request=NewAsk, responses={201: AskSerializer})
    @idempotent
    def create(self, request, innovation: str) -> Response:
        """Ask one person one question; they get a link by mail and need no account."""
        given = self.cleaned(NewAsk)
        on = self.innovation
        if "member" in given:
            member = member_of(on.site, normalise_ref(given.pop("member")))
            if member is None:
                raise wrong("member", "No member of this site has this reference.")
            given |= {"person": member.user.person, "name": "", "email": ""}
        else:
            for name in ("name", "email"):
                if not given.get(name, "").strip():
                    raise wrong(name, "Say who is asked: a member, or a name and an email address.")
        try:
            row = asks.ask(innovation=on, by=self.actor, **given)
        except ValidationError as error:
            raise wrong(next(iter(error.message_dict)), error.messages[0]) from error
        return self.created(self.reread(row))

    @extend_schema(request=None, responses={200: AskSerializer})
    @action(detail=True, methods=["post"])
    def remind(self, request, innovation: str, ref: str) -> Response:
        """Mail the link once more; at most once a day."""
        return self._do(asks.remind)

    @extend_schema(request=None, responses={200: AskSerializer})
    @action(detail=True, methods=["post"])
    def renew(self, request, innovation: str, ref: str) -> Response:
        """Mail a new link; earlier ones stop working."""
        return self._do(asks.renew)

    @extend_schema(request=None, responses={200: AskSerializer})
    @action(detail=True, methods=["post"])
    def withdraw(self, request, innovation: str, ref: str) -> Response:
        """Take the question back; its link says so."""
        return self._do(asks.withdraw)

    def _do(self, verb) -> Response:
        row = self.get_object()
        self.require_match(row)
        verb(ask=row, by=self.actor)
        return self.record_response(self.reread(row))

    def address_of(self, record) -> str:
        return self.reverse_action(
            "detail", kwargs={"innovation": record.innovation.ref, "ref": record.ref}
        )


# -- the eight questions ---------------------------------------------------------------------
class ScreeningAnswerSerializer(serializers.Serializer):
    """One question, whom a yes concerns, and the answer if there is one."""

    code = serializers.CharField(source="question.code", read_only=True)
    label = serializers.CharField(  # type: ignore[assignment]  # the field shadows an attribute
        source="question.label", read_only=True
    )
    question = serializers.CharField(source="question.question", read_only=True)
    functions = serializers.ListField(
        source="question.functions",
        child=serializers.ChoiceField(choices=Function.choices),
        read_only=True,
    )
    value = CodeOrNull(YesNo.choices, help_text="Null: not answered, which is neither.")
    at = InstantField(read_only=True, allow_null=True)


class ScreeningSerializer(serializers.Serializer):
    """The eight questions about one innovation."""

    innovation = serializers.CharField(read_only=True, help_text="Its reference.")
    answered = serializers.IntegerField(read_only=True)
    questions = ScreeningAnswerSerializer(many=True, read_only=True)


class NewScreening(InputSerializer):
    """Answers by the code of their question; what is left out stays as it is."""

    answers = serializers.DictField(
        child=serializers.ChoiceField(choices=YesNo.choices, allow_null=True),
        help_text="Code of a question → yes, no, or null to take the answer away.",
    )


class ScreeningViewSet(OfInnovation):
    """The eight yes-or-no questions about one innovation."""

    perms = {"retrieve": VIEW, "partial_update": "portfolio.assess_innovation"}
    matched = ("partial_update",)
    tagged = ("retrieve", "partial_update")
    serializer_class = ScreeningSerializer

    @extend_schema(responses={200: ScreeningSerializer})
    def retrieve(self, request, innovation: str) -> Response:
        """The questions and their answers."""
        return self._answer(self.innovation)

    @extend_schema(request=NewScreening, responses={200: ScreeningSerializer})
    def partial_update(self, request, innovation: str) -> Response:
        """Answer some of the questions."""
        on = self.innovation
        etags.require_match(request, self._etag(on))
        answers = self.cleaned(NewScreening)["answers"]
        known = {each.code for each in screened.edition_on().questions}
        for code in answers:
            if code not in known:
                raise wrong(f"answers.{code[:40]}", "There is no such question.")
        screening.save(
            innovation=on,
            answers={code: value or "" for code, value in answers.items()},
            by=self.actor,
        )
        return self._answer(on)

    def _answer(self, on: Innovation) -> Response:
        found = screened.screening_of(on)
        shape = {"innovation": on.ref, "answered": found.answered, "questions": found.rows}
        response = Response(ScreeningSerializer(shape).data)
        response["ETag"] = self._etag(on)
        return response

    @staticmethod
    def _etag(on: Innovation) -> str:
        """Of the answers: it changes when one of them does."""
        digits = {"": "0", YesNo.YES.value: "1", YesNo.NO.value: "2"}
        rows = screened.screening_of(on).rows
        return etags.etag_of(on.ref, int("".join(digits[row.value] for row in rows)))


# -- what is coming -----------------------------------------------------------------------------
class ComingSerializer(RecordSerializer):
    """An idea that will need an enabling function, early: no more than its title, type and state."""

    site = SiteField()
    innovation_type = CodeOrNull(InnovationType.choices, help_text="Null until somebody says.")
    yes_to = serializers.SerializerMethodField(help_text="Codes of the questions that said yes.")
    functions = serializers.SerializerMethodField(help_text="The enabling functions it concerns.")
    since = serializers.SerializerMethodField(help_text="When the first of them said so.")

    class Meta:
        model = Innovation
        fields = [
            "ref", "site", "title", "innovation_type", "state", "queued_at", "yes_to", "functions", "since",
            "updated_at",
        ]  # fmt: skip
        read_only_fields = fields

    def get_yes_to(self, innovation: Innovation) -> list[str]:
        said = {answer.question for answer in innovation.screening.all()}
        return [each.code for each in screened.edition_on().questions if each.code in said]

    def get_functions(self, innovation: Innovation) -> list[str]:
        said = {answer.question for answer in innovation.screening.all()}
        named = {
            code
            for each in screened.edition_on().questions
            if each.code in said
            for code in each.functions
        }
        return [code for code in Function.values if code in named]

    def get_since(self, innovation: Innovation) -> str | None:
        first = min((answer.at for answer in innovation.screening.all()), default=None)
        return InstantField().to_representation(first) if first else None


class ComingFilters(FilterSet):
    site = SiteFilter()
    updated_since = UpdatedSinceFilter()


class ComingViewSet(ListMixin):
    """What is coming for enabling functions: to the desk and to keys all, to members what concerns
    the functions they sign for."""

    perms = {"list": "portfolio.view_coming"}
    serializer_class = ComingSerializer
    filterset_class = ComingFilters
    orderings = ("-queued_at", "queued_at", "updated_at", "-updated_at")

    def scope(self) -> Any:
        return screened.coming_with_answers(self.viewer)
