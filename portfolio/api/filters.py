"""Filters of the portfolio's lists."""

from django_filters import BooleanFilter, CharFilter, ChoiceFilter, MultipleChoiceFilter
from drf_spectacular.utils import extend_schema_field

from hubapp.api.filters import DateFilter, FilterSet, SiteFilter, UpdatedSinceFilter
from hubapp.db.search import containing
from hubapp.refs import normalise_ref
from portfolio.enums import DecisionKind, EnquiryKind, EnquiryState, InnovationType, State

SEVERAL = "Give it more than once for several."
ME, NOBODY = "me", "none"


@extend_schema_field({"type": "string"})
class AssigneeFilter(CharFilter):
    """``assignee=<reference of an account>``, ``me`` or ``none``."""

    def __init__(self, **kwargs):
        kwargs.setdefault("help_text", "The reference of an account, “me” or “none”.")
        kwargs.setdefault("max_length", 20)
        super().__init__(**kwargs)

    def filter(self, qs, value):
        if not value:
            return qs
        if value == NOBODY:
            return qs.filter(assignee=None)
        if value == ME:
            user_id = self.parent.request.user.viewer.user_id
            return qs.filter(assignee_id=user_id) if user_id else qs.none()
        return qs.filter(assignee__ref=normalise_ref(value))


@extend_schema_field({"type": "string"})
class RefFilter(CharFilter):
    """A record by its reference, in any case."""

    def __init__(self, **kwargs):
        kwargs.setdefault("max_length", 20)
        super().__init__(**kwargs)

    def filter(self, qs, value):
        return super().filter(qs, normalise_ref(value)) if value else qs


class InnovationFilters(FilterSet):
    site = SiteFilter()
    state = MultipleChoiceFilter(choices=State.choices, help_text=SEVERAL)
    innovation_type = MultipleChoiceFilter(choices=InnovationType.choices, help_text=SEVERAL)
    assignee = AssigneeFilter()
    received_from = DateFilter("received_on", "gte", help_text="Received on this day or later.")
    received_to = DateFilter("received_on", "lte", help_text="Received on this day or earlier.")
    q = CharFilter(
        method="holding",
        max_length=200,
        help_text="Words that reference, title or texts hold, in any case.",
    )
    updated_since = UpdatedSinceFilter()

    @staticmethod
    def holding(queryset, name, value):
        return queryset.filter(containing("search_text", value))


class DecisionFilters(FilterSet):
    site = SiteFilter()
    innovation = RefFilter(
        field_name="innovation__ref", help_text="The reference of an innovation."
    )
    kind = MultipleChoiceFilter(choices=DecisionKind.choices, help_text=SEVERAL)
    made_from = DateFilter("made_on", "gte", help_text="Made on this day or later.")
    made_to = DateFilter("made_on", "lte", help_text="Made on this day or earlier.")
    updated_since = UpdatedSinceFilter("made_at")


class ReasonFilters(FilterSet):
    site = SiteFilter()
    kind = ChoiceFilter(
        choices=[choice for choice in DecisionKind.choices if choice[0] != DecisionKind.UNDO]
    )
    is_active = BooleanFilter(help_text="Whether it is offered.")


class EnquiryFilters(FilterSet):
    site = SiteFilter()
    state = MultipleChoiceFilter(choices=EnquiryState.choices, help_text=SEVERAL)
    kind = MultipleChoiceFilter(choices=EnquiryKind.choices, help_text=SEVERAL)
    assignee = AssigneeFilter()
    received_from = DateFilter("received_on", "gte", help_text="Received on this day or later.")
    received_to = DateFilter("received_on", "lte", help_text="Received on this day or earlier.")
    updated_since = UpdatedSinceFilter()
