"""Resources of the portfolio: the same services and permissions as its pages."""

from functools import cached_property
from typing import Any

from django.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.response import Response

from accounts.queries import member_of
from hubapp import events
from hubapp.api import etags
from hubapp.api.idempotency import idempotent
from hubapp.api.permissions import NO_ACTION
from hubapp.api.problems import Problem
from hubapp.api.views import ListMixin, ReadResource, Resource, RetrieveMixin
from hubapp.refs import normalise_ref
from portfolio.api import serializers as shapes
from portfolio.api.classification import taken_out
from portfolio.api.desk import CLOCK_PERMS, CLOCK_WRITES, ClockActions, details_of
from portfolio.api.filters import (
    ME,
    DecisionFilters,
    EnquiryFilters,
    InnovationFilters,
    ReasonFilters,
)
from portfolio.enums import Channel
from portfolio.models import Innovation
from portfolio.queries import resources
from portfolio.services import (
    classification,
    decisions,
    enquiries,
    innovations,
    submissions,
)

VIEW = "portfolio.view_innovation"
LIST = "portfolio.view_portfolio"


def wrong(name: str, sentence: str) -> Problem:
    """400: one field of the body is wrong."""
    return Problem(400, f"Some of what was sent is not right: {name}.", {name: [sentence]})


class InnovationViewSet(ClockActions, ReadResource):
    """The innovations that the caller may read. Confidential ones only the desk, never an API key."""

    perms = {
        "list": LIST,
        "retrieve": VIEW,
        "create": "portfolio.add_innovation",
        "partial_update": "portfolio.triage_innovation",
        "resume": "portfolio.triage_innovation",
        **CLOCK_PERMS,
    }
    matched = ("partial_update", "resume", *CLOCK_WRITES)
    tagged = ("create", "partial_update", "resume", *CLOCK_WRITES)
    serializer_class = shapes.InnovationSerializer
    filterset_class = InnovationFilters
    orderings = ("queued_at", "-queued_at", "updated_at", "-updated_at", "sort_due")

    def scope(self):
        return resources.innovations_for(self.viewer)

    @extend_schema(request=shapes.NewInnovation, responses={201: shapes.InnovationSerializer})
    @idempotent
    def create(self, request) -> Response:
        """Add an idea on someone's behalf; it waits in the site's queue, received now."""
        given = self.cleaned(shapes.NewInnovation)
        site = self.site_for(given.pop("site", None))
        return self.created(
            submissions.add_on_behalf(site=site, by=self.actor, channel=Channel.API, **given)
        )

    @extend_schema(request=shapes.InnovationChanges, responses={200: shapes.InnovationSerializer})
    def partial_update(self, request, ref: str) -> Response:
        """Correct the title, the type or what else it is said to be, or assign it. What the submitter sent stays in the submission."""
        innovation = self.get_object()
        self.require_match(innovation)
        given = self.cleaned(shapes.InnovationChanges)
        said = taken_out(given)
        with transaction.atomic(), events.operation():
            if "assignee" in given:
                to = self.member(innovation, given.pop("assignee"))
                innovation = innovations.assign(innovation=innovation, to=to, by=self.actor)
                innovation.assignee = to
            innovation = innovations.correct(innovation=innovation, by=self.actor, **given)
            if said:
                classification.classify(innovation=innovation, by=self.actor, **said)
        return self.record_response(self.reread(innovation))

    @extend_schema(request=None, responses={200: shapes.InnovationSerializer})
    @action(detail=True, methods=["post"])
    def resume(self, request, ref: str) -> Response:
        """Stop waiting for the submitter: the clock runs again."""
        innovation = self.get_object()
        self.require_match(innovation)
        decisions.resume(innovation=innovation, by=self.actor)
        return self.record_response(self.reread(innovation))

    def member(self, innovation: Innovation, ref: str | None) -> Any:
        """The member of the innovation's site whose account this is."""
        if ref is None:
            return None
        if ref == ME:
            if self.viewer.user_id is None:
                raise wrong("assignee", "An API key is nobody: name a member.")
            return self.request.user
        member = member_of(innovation.site, normalise_ref(ref))
        if member is None:
            raise wrong("assignee", "No member of this site has this reference.")
        return member.user


class OfInnovation(ListMixin, Resource):
    """What belongs to one innovation, at its address: found by it, and the permission asked on it."""

    def initial(self, request, *args, **kwargs) -> None:
        super().initial(request, *args, **kwargs)
        if self.action not in NO_ACTION:
            # Looked up before anything is done, even before an earlier answer is repeated.
            self.innovation  # noqa: B018 - looked up to refuse what is not there

    @cached_property
    def innovation(self) -> Innovation:
        found = self.find(resources.innovations_for(self.viewer), self.kwargs["innovation"])
        self.check_object_permissions(self.request, found)
        return found


class InnovationDecisionViewSet(OfInnovation, RetrieveMixin):
    """The decisions on one innovation, in the order they were made."""

    perms = {"list": VIEW, "create": "portfolio.decide_innovation"}
    matched = ("create",)
    tagged = ("create",)
    serializer_class = shapes.DecisionSerializer
    orderings = ("number", "-number")

    def scope(self):
        if getattr(self, "swagger_fake_view", False):
            return resources.decisions_for(self.viewer)
        return resources.decisions_for(self.viewer).filter(innovation=self.innovation)

    @extend_schema(request=shapes.NewDecision, responses={201: shapes.DecisionSerializer})
    @idempotent
    def create(self, request, innovation: str) -> Response:
        """Decide. If-Match takes the innovation's ETag; the answer carries the decision's own."""
        on = self.innovation
        etags.require_match(request, etags.etag_of(on.ref, on.version))
        given = self.cleaned(shapes.NewDecision)
        reason = resources.offered_reason(on, kind=given["kind"], code=given["reason_code"])
        if reason is None:
            raise wrong("reason_code", "This site offers no reason with this code for this kind.")
        # An organisation that is added on the way goes with the decision, or not at all.
        with transaction.atomic(), events.operation():
            decision = decisions.decide(
                innovation=on,
                kind=given["kind"],
                reason_code=reason.code,
                words=given.get("words", reason.words),
                next_step=given.get("next_step", reason.next_step),
                version=on.version,
                by=self.actor,
                **details_of(self, on, given, reason, self.actor),
            )
        return self.created(decision)

    def etag_of(self, record) -> str:
        return _etag_of_decision(record)


def _etag_of_decision(decision) -> str:
    """A decision never changes, but whether it can be undone hangs on its innovation."""
    return etags.etag_of(decision.ref, decision.innovation.version)


class DecisionViewSet(ReadResource):
    """Decisions on every innovation that the caller may read, the newest first."""

    perms = {"list": LIST, "retrieve": VIEW, "undo": "portfolio.decide_innovation"}
    matched = ("undo",)
    tagged = ("undo",)
    serializer_class = shapes.DecisionSerializer
    filterset_class = DecisionFilters
    orderings = ("-made_at", "made_at")

    def scope(self):
        return resources.decisions_for(self.viewer)

    def permission_object(self, record):
        return record.innovation

    def etag_of(self, record) -> str:
        return _etag_of_decision(record)

    @extend_schema(request=None, responses={201: shapes.DecisionSerializer})
    @action(detail=True, methods=["post"])
    @idempotent
    def undo(self, request, ref: str) -> Response:
        """Undo a decision whose mail is still held, by a decision of kind undo; the mail will not leave."""
        decision = self.get_object()
        self.require_match(decision)
        return self.created(decisions.undo(decision=decision, by=self.actor))


class ReasonViewSet(ReadResource):
    """The coded reasons of decisions, with each site's standard words."""

    perms = {"list": LIST, "retrieve": LIST}
    serializer_class = shapes.ReasonSerializer
    filterset_class = ReasonFilters
    orderings = ("position", "-position")

    def scope(self):
        return resources.reasons_for(self.viewer)


class EnquiryViewSet(ReadResource):
    """Enquiries: logged, answered or signposted, and counted apart from ideas."""

    perms = {
        "list": "portfolio.view_enquiries",
        "retrieve": "portfolio.view_enquiries",
        "create": "portfolio.handle_enquiry",
        "answer": "portfolio.handle_enquiry",
        "signpost": "portfolio.handle_enquiry",
        "reopen": "portfolio.handle_enquiry",
    }
    matched = ("answer", "signpost", "reopen")
    tagged = ("create", "answer", "signpost", "reopen")
    serializer_class = shapes.EnquirySerializer
    filterset_class = EnquiryFilters
    orderings = ("-received_at", "received_at")

    def scope(self):
        return resources.enquiries_for(self.viewer)

    @extend_schema(request=shapes.NewEnquiry, responses={201: shapes.EnquirySerializer})
    @idempotent
    def create(self, request) -> Response:
        """Log an enquiry, received now."""
        given = self.cleaned(shapes.NewEnquiry)
        site = self.site_for(given.pop("site", None))
        return self.created(enquiries.log(site=site, by=self.actor, **given))

    @extend_schema(request=shapes.EnquiryAnswer, responses={200: shapes.EnquirySerializer})
    @action(detail=True, methods=["post"])
    def answer(self, request, ref: str) -> Response:
        """Write down what was answered; the enquiry is closed."""
        return self._do(enquiries.answer, shapes.EnquiryAnswer)

    @extend_schema(request=shapes.Signpost, responses={200: shapes.EnquirySerializer})
    @action(detail=True, methods=["post"])
    def signpost(self, request, ref: str) -> Response:
        """Write down who can help instead; the enquiry is closed."""
        return self._do(enquiries.signpost, shapes.Signpost)

    @extend_schema(request=None, responses={200: shapes.EnquirySerializer})
    @action(detail=True, methods=["post"])
    def reopen(self, request, ref: str) -> Response:
        """Take a closed enquiry up again; what was answered stays to be read."""
        return self._do(enquiries.reopen)

    def _do(self, verb, serializer=None) -> Response:
        enquiry = self.get_object()
        self.require_match(enquiry)
        given = self.cleaned(serializer) if serializer else {}
        return self.record_response(
            verb(enquiry=enquiry, by=self.actor, version=enquiry.version, **given)
        )
