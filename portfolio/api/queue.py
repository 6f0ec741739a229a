"""The desk: named views of the queue, one thing done to several ideas, and the next idea to take."""

from typing import Any

from django.core.exceptions import ValidationError
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.queries import member_of
from hubapp.api.filters import FilterSet, SiteFilter, UpdatedSinceFilter
from hubapp.api.idempotency import idempotent
from hubapp.api.problems import Problem
from hubapp.api.serializers import InputSerializer, RecordSerializer, SiteField
from hubapp.api.views import ReadResource, Resource
from hubapp.refs import normalise_ref
from portfolio.api.filters import ME
from portfolio.api.serializers import InnovationSerializer
from portfolio.enums import Priority
from portfolio.models import SavedView
from portfolio.models.queue import VIEW_NAME, VIEW_QUERY
from portfolio.queries import bulk as left
from portfolio.queries import filters as by
from portfolio.queries import resources, triage
from portfolio.queries import views as named
from portfolio.services import bulk, take, views
from portfolio.services.classification import tag_of

VIEW_QUEUE = "portfolio.view_queue"
TRIAGE = "portfolio.triage_innovation"
QUERY = "Filters and order as the queue's address has them, such as “type=digital&order=due”."


def wrong(name: str, sentence: str) -> Problem:
    """400: one field of the body is wrong."""
    return Problem(400, f"Some of what was sent is not right: {name}.", {name: [sentence]})


class ViewSerializer(RecordSerializer):
    """Filters and an order of the queue under a name."""

    site = SiteField()
    owner = serializers.CharField(
        source="owner.ref", read_only=True, help_text="The reference of the account that made it."
    )

    class Meta:
        model = SavedView
        fields = ["ref", "site", "name", "slug", "query", "is_shared", "owner", "created_at", "updated_at"]  # fmt: skip
        read_only_fields = fields


class ViewChanges(InputSerializer):
    """What may be changed of a view."""

    name = serializers.CharField(max_length=VIEW_NAME, required=False)
    query = serializers.CharField(
        max_length=VIEW_QUERY, required=False, allow_blank=True, help_text=QUERY
    )
    is_shared = serializers.BooleanField(
        required=False, help_text="Whether everybody at the desk has it."
    )


class NewView(ViewChanges):
    """A view of one's own."""

    site = serializers.CharField(
        max_length=40,
        required=False,
        help_text="The code of the site; may be left out by who has only one.",
    )
    name = serializers.CharField(max_length=VIEW_NAME)


class ViewFilters(FilterSet):
    site = SiteFilter()
    updated_since = UpdatedSinceFilter()


class TriageViewViewSet(ReadResource):
    """Named views of the queue: the caller's own and those that their desks share; a key reads the shared ones."""

    perms = {
        "list": VIEW_QUEUE,
        "retrieve": VIEW_QUEUE,
        "create": TRIAGE,
        "partial_update": TRIAGE,
        "destroy": TRIAGE,
    }
    matched = ("partial_update", "destroy")
    tagged = ("create", "partial_update")
    serializer_class = ViewSerializer
    filterset_class = ViewFilters
    orderings = ("updated_at", "-updated_at")

    def scope(self):
        return named.saved_views(self.viewer).select_related("site", "owner")

    @extend_schema(request=NewView, responses={201: ViewSerializer})
    @idempotent
    def create(self, request) -> Response:
        """Keep filters under a name. Views belong to people: an API key makes none."""
        given = self.cleaned(NewView)
        site = self.site_for(given.pop("site", None))
        if self.viewer.user_id is None:
            raise Problem(403, "Views belong to people: an API key has none of its own.")
        query = self._query(site, given.pop("query", ""))
        return self.created(
            self._named(
                lambda: views.save_view(
                    site=site, owner=request.user, query=query, by=self.actor, **given
                )
            )
        )

    @extend_schema(request=ViewChanges, responses={200: ViewSerializer})
    def partial_update(self, request, ref: str) -> Response:
        """Rename it, change what it shows, or share it."""
        view = self.get_object()
        self.require_match(view)
        given = self.cleaned(ViewChanges)
        if "query" in given:
            given["query"] = self._query(view.site, given["query"])
        return self.record_response(
            self._named(lambda: views.change_view(view=view, by=self.actor, **given))
        )

    @extend_schema(request=None, responses={204: None})
    def destroy(self, request, ref: str) -> Response:
        """Delete it; the ideas in it stay as they are."""
        view = self.get_object()
        self.require_match(view)
        views.delete_view(view=view, by=self.actor)
        return Response(status=204)

    def _query(self, site: Any, query: str) -> str:
        """The query as it is kept: what is no filter here is refused, not dropped."""
        given = named.data_of(query)
        offered = triage.offered_at(self.viewer, site)
        kept = by.read_filters(given, states=by.QUEUE_STATES, offered=offered)
        unknown = set(given) - set(by.NAMES)
        meant = {name for name, value in given.items() if value and name in by.NAMES}
        if unknown or {name for name in meant if not getattr(kept, name)}:
            raise wrong("query", f"Not all of it is a filter of the queue. {QUERY}")
        if "order" in given and kept.order != given["order"]:
            raise wrong("query", f"Choose an order among {', '.join(by.ORDERS)}.")
        return kept.as_query()

    @staticmethod
    def _named(save) -> SavedView:
        try:
            return save()
        except ValidationError as error:
            raise wrong("name", error.messages[0]) from error


class BulkRequest(InputSerializer):
    """One thing to do to several ideas of one site."""

    site = serializers.CharField(
        max_length=40,
        required=False,
        help_text="The code of the site; may be left out by who has only one.",
    )
    do = serializers.ChoiceField(choices=["assign", "tag", "priority", "acknowledge"])
    innovations = serializers.ListField(
        child=serializers.CharField(max_length=20),
        min_length=1,
        max_length=bulk.MOST,
        help_text=f"References, at most {bulk.MOST}.",
    )
    to = serializers.CharField(
        max_length=20,
        required=False,
        allow_null=True,
        help_text="With assign: the reference of a member's account, “me”, or null for nobody.",
    )
    tag = serializers.CharField(required=False, max_length=200, help_text="With tag.")
    priority = serializers.ChoiceField(
        choices=Priority.choices, required=False, allow_null=True, help_text="With priority."
    )


class LeftAlone(serializers.Serializer):
    """Ideas to which it was not done."""

    why = serializers.CharField()
    innovations = serializers.ListField(child=serializers.CharField())


class BulkResult(serializers.Serializer):
    """To how many ideas it was done, and which were left alone."""

    done = serializers.IntegerField()
    left_alone = LeftAlone(many=True)
    missing = serializers.ListField(
        child=serializers.CharField(),
        help_text="References of none that the caller may see at this site.",
    )


class BulkViewSet(Resource):
    """One thing done to up to 500 ideas: all of them or, where that fails, none."""

    perms = {"create": TRIAGE}
    serializer_class = BulkResult

    def scope(self):
        return resources.innovations_for(self.viewer)

    @extend_schema(request=BulkRequest, responses={200: BulkResult})
    @idempotent
    def create(self, request) -> Response:
        """Assign, tag, set the priority of, or acknowledge several ideas. Versions are not asked for."""
        given = self.cleaned(BulkRequest)
        site = self.site_for(given.get("site"))
        if given["do"] == "acknowledge" and not request.user.has_perm(
            "portfolio.message_submitter", site
        ):
            raise Problem(403, "You may not write to submitters at this site.")
        refs = list(dict.fromkeys(normalise_ref(ref) for ref in given["innovations"]))
        rows = list(triage.ideas_of_site(self.viewer, site).filter(ref__in=refs).order_by("pk"))
        alone, done = self._do(given, site, rows)
        found = {row.ref for row in rows}
        return Response(
            {
                "done": done,
                "left_alone": [
                    {"why": why, "innovations": [idea.ref for idea in ideas]}
                    for why, ideas in alone
                ],
                "missing": [ref for ref in refs if ref not in found],
            }
        )

    def _do(self, given: dict, site: Any, rows: list) -> tuple[left.Left, int]:
        common = {"site": site, "innovations": rows, "by": self.actor}
        if given["do"] == "assign":
            if "to" not in given:
                raise wrong("to", "Say to whom, or null for nobody.")
            to = self._member(site, given["to"])
            return left.left_by_assign(rows, to), bulk.assign(to=to, **common)
        if given["do"] == "tag":
            word = given.get("tag", "")
            if not word.strip():
                raise wrong("tag", "Say which tag.")
            return left.left_by_tag(rows, tag_of(word)), bulk.tag(word=word, **common)
        if given["do"] == "priority":
            if "priority" not in given:
                raise wrong("priority", "Say which priority, or null for none.")
            priority = given["priority"] or ""
            alone = left.left_by_priority(rows, priority)
            return alone, bulk.set_priority(priority=priority, **common)
        return left.left_by_acknowledge(rows), bulk.acknowledge(**common)

    def _member(self, site: Any, ref: str | None) -> Any:
        if ref is None:
            return None
        if ref == ME:
            if self.viewer.user_id is None:
                raise wrong("to", "An API key is nobody: name a member.")
            return self.request.user
        member = member_of(site, normalise_ref(ref))
        if member is None:
            raise wrong("to", "No member of this site has this reference.")
        return member.user


class TakeNextRequest(InputSerializer):
    """Where to take the next idea from."""

    site = serializers.CharField(
        max_length=40,
        required=False,
        help_text="The code of the site; may be left out by who has only one.",
    )


class TakeNextViewSet(Resource):
    """The idea that is due soonest among those that wait and are nobody's."""

    perms = {"create": TRIAGE}
    tagged = ("create",)
    serializer_class = InnovationSerializer

    def scope(self):
        return resources.innovations_for(self.viewer)

    @extend_schema(request=TakeNextRequest, responses={200: InnovationSerializer, 204: None})
    @idempotent
    def create(self, request) -> Response:
        """Assign the next idea to the caller; two who ask at once get two ideas. 204: none is left."""
        site = self.site_for(self.cleaned(TakeNextRequest).get("site"))
        if self.viewer.user_id is None:
            raise Problem(403, "Ideas are taken by people: an API key is nobody.")
        found = take.take_next(site=site, user=request.user, by=self.actor)
        if found is None:
            return Response(status=204)
        # As the list would show it.
        shown = self.reread(found)
        response = Response(self.get_serializer(shown).data)
        response["ETag"] = self.etag_of(shown)
        return response
