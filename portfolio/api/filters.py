"""Filters of the portfolio's lists."""

from django.utils import timezone
from django_filters import (
    BooleanFilter,
    CharFilter,
    ChoiceFilter,
    TypedChoiceFilter,
)
from drf_spectacular.utils import extend_schema_field

from hubapp.api.filters import DateFilter, FilterSet, SeveralFilter, SiteFilter, UpdatedSinceFilter
from hubapp.db.search import containing, fold
from hubapp.refs import normalise_ref
from hubapp.workdays import london_date
from portfolio.enums import (
    BenefitArea,
    DecisionKind,
    EnquiryKind,
    EnquiryState,
    Focus,
    IdeaSource,
    InnovationType,
    Origin,
    Priority,
    State,
    WaitsOn,
)
from portfolio.queries.filters import overdue_on, with_benefit, with_tag
from portfolio.queries.needs import serving_none
from portfolio.queries.similar import with_similar

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


@extend_schema_field({"type": "boolean"})
class YesOrNo(TypedChoiceFilter):
    """``true`` or ``false``; anything else is refused, where a boolean filter would ignore it."""

    def __init__(self, **kwargs):
        super().__init__(
            choices=[("true", "Yes"), ("false", "No")],
            coerce=lambda value: value == "true",
            **kwargs,
        )


class InnovationFilters(FilterSet):
    site = SiteFilter()
    state = SeveralFilter(choices=State.choices, help_text=SEVERAL)
    innovation_type = SeveralFilter(choices=InnovationType.choices, help_text=SEVERAL)
    assignee = AssigneeFilter()
    source = SeveralFilter(choices=IdeaSource.choices, help_text=SEVERAL)
    focus = SeveralFilter(choices=Focus.choices, help_text=SEVERAL)
    origin = SeveralFilter(choices=Origin.choices, help_text=SEVERAL)
    priority = SeveralFilter(
        choices=[*Priority.choices, (NOBODY, "None yet")],
        method="of_priority",
        help_text=f"“none” for those without one. {SEVERAL}",
    )
    waits_on = SeveralFilter(choices=WaitsOn.choices, help_text=SEVERAL)
    benefit_area = ChoiceFilter(choices=BenefitArea.choices, method="with_benefit")
    tag = CharFilter(method="with_tag", max_length=200, help_text="A tag, in any case.")
    need = CharFilter(
        method="serving_need",
        max_length=20,
        help_text="The reference of a need that it serves, or “none”.",
    )
    overdue = YesOrNo(
        method="is_overdue", help_text="Whether its date has passed today and it is not exempt."
    )
    acknowledged = YesOrNo(
        method="is_acknowledged", help_text="Whether the submitter has heard from the hub."
    )
    has_similar = YesOrNo(
        method="is_like_others", help_text="Whether others of its site look like it."
    )
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

    @staticmethod
    def of_priority(queryset, name, values):
        wanted = ["" if value == NOBODY else value for value in values]
        return queryset.filter(priority__in=wanted) if wanted else queryset

    @staticmethod
    def with_benefit(queryset, name, value):
        return with_benefit(queryset, value)

    @staticmethod
    def with_tag(queryset, name, value):
        return with_tag(queryset, fold(value))

    @staticmethod
    def serving_need(queryset, name, value):
        if value == NOBODY:
            return serving_none(queryset)
        return queryset.filter(need_links__need__ref=normalise_ref(value))

    @staticmethod
    def is_overdue(queryset, name, value):
        overdue = overdue_on(london_date(timezone.now()))
        return queryset.filter(overdue if value else ~overdue)

    @staticmethod
    def is_acknowledged(queryset, name, value):
        return queryset.filter(acknowledged_on__isnull=not value)

    def is_like_others(self, queryset, name, value):
        viewer = self.request.user.viewer
        alike = with_similar(queryset, viewer, viewer.site_ids)
        return alike if value else queryset.exclude(pk__in=alike.order_by().values("pk"))


class DecisionFilters(FilterSet):
    site = SiteFilter()
    innovation = RefFilter(
        field_name="innovation__ref", help_text="The reference of an innovation."
    )
    kind = SeveralFilter(choices=DecisionKind.choices, help_text=SEVERAL)
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
    state = SeveralFilter(choices=EnquiryState.choices, help_text=SEVERAL)
    kind = SeveralFilter(choices=EnquiryKind.choices, help_text=SEVERAL)
    assignee = AssigneeFilter()
    received_from = DateFilter("received_on", "gte", help_text="Received on this day or later.")
    received_to = DateFilter("received_on", "lte", help_text="Received on this day or earlier.")
    updated_since = UpdatedSinceFilter()
