"""The base of every resource: who may, what may be asked, and how it is answered."""

from itertools import chain
from typing import Any, ClassVar

from django.http import Http404, StreamingHttpResponse
from django.utils.cache import patch_cache_control, patch_vary_headers
from django_filters import MultipleChoiceFilter
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from hubapp.actors import Actor
from hubapp.api import etags
from hubapp.api.filters import FilterBackend
from hubapp.api.pagination import CURSOR, ORDERING, CursorPagination
from hubapp.api.parsers import JSONParser
from hubapp.api.permissions import NO_ACTION, SIGNED_IN, HasPerm
from hubapp.api.problems import bad_parameter, refused_to, unknown_site
from hubapp.api.renderers import CSVRenderer
from hubapp.api.schema import AutoSchema
from hubapp.api.serializers import FIELDS, InputSerializer
from hubapp.api.throttling import CallerThrottle
from hubapp.refs import normalise_ref
from hubapp.web.csvsafe import csv_lines


class _Nobody:
    """Sees nothing; stands in while the schema is generated, when nobody asks."""

    name = ""
    user_id = person_id = None
    is_key = False
    scopes: frozenset[str] = frozenset()
    sites = networks = site_ids = network_ids = ()

    def has_role(self, site_id, roles) -> bool:
        return False

    def site_ids_with(self, roles) -> list[int]:
        return []

    def site_by_code(self, code) -> None:
        return None


class Resource(GenericViewSet):
    """A resource under ``/api/v1/``.

    A subclass names ``perms`` (action → permission), ``serializer_class``,
    ``orderings`` for its list and, in :meth:`scope`, what the caller may see.
    """

    # action -> "app.verb_noun"; SIGNED_IN ("") asks only that somebody is known.
    perms: ClassVar[dict[str, str]] = {}
    # The orders a list offers, each straight from an index; the first is the default.
    orderings: ClassVar[tuple[str, ...]] = ()
    # Parameters of an action beyond those of its filters: action -> names.
    parameters: ClassVar[dict[str, frozenset[str]]] = {}
    # Actions that write to something that exists and so need If-Match.
    matched: ClassVar[tuple[str, ...]] = ()
    # Actions, besides retrieve, whose answer carries an ETag.
    tagged: ClassVar[tuple[str, ...]] = ()
    # Retrieve, where what is read has no version of its own and so no ETag.
    untagged: ClassVar[tuple[str, ...]] = ()

    lookup_field = "ref"
    lookup_value_regex = "[^/]+"
    permission_classes = [HasPerm]
    throttle_classes = [CallerThrottle]
    pagination_class = CursorPagination
    filter_backends = [FilterBackend]
    parser_classes = [JSONParser]
    renderer_classes = [JSONRenderer]
    metadata_class = None
    schema = AutoSchema()

    # -- who asks ----------------------------------------------------------
    @property
    def viewer(self) -> Any:
        """What the caller may see."""
        if getattr(self, "swagger_fake_view", False):
            return _Nobody()
        user: Any = self.request.user
        return user.viewer

    @property
    def actor(self) -> Actor:
        """The caller, as services want them."""
        user: Any = self.request.user
        return user.actor

    # -- before the action -------------------------------------------------
    def initial(self, request, *args, **kwargs) -> None:
        # Nobody known: 401, before even the Accept header is looked at.
        self.perform_authentication(request)
        if not request.user.is_authenticated:
            self.permission_denied(request)
        super().initial(request, *args, **kwargs)
        self.check_parameters(request)

    def known_parameters(self) -> set[str]:
        """The query parameters of this action."""
        known = set(self.parameters.get(self.action, ()))
        if self.request.method not in ("GET", "HEAD"):
            return known
        known.add(FIELDS)
        if self.action == "list":
            known |= {CURSOR, ORDERING} if self.orderings else set()
            known |= set(self.multiple_filters())
        return known

    def multiple_filters(self) -> dict[str, bool]:
        """The filters of the list: name → whether it may be given more than once."""
        filterset = getattr(self, "filterset_class", None)
        if filterset is None:
            return {}
        return {
            name: isinstance(declared, MultipleChoiceFilter)
            for name, declared in filterset.base_filters.items()
        }

    def check_parameters(self, request) -> None:
        """Refuse what this action does not know: a filter that is misspelt must not be ignored."""
        if self.action in NO_ACTION:
            return
        known, multiple = self.known_parameters(), self.multiple_filters()
        for name, values in request.query_params.lists():
            if name not in known:
                offered = f"Choose among {', '.join(sorted(known))}." if known else "It takes none."
                raise bad_parameter(name, f"there is no such parameter here. {offered}")
            if len(values) > 1 and not multiple.get(name):
                raise bad_parameter(name, "give it once.")
            if any("\x00" in value for value in values):
                raise bad_parameter(name, "it holds a character that no text has.")

    # -- records -----------------------------------------------------------
    def scope(self) -> Any:
        """The records the caller may see: a queryset. Everything else is 404."""
        raise NotImplementedError

    def get_queryset(self):
        return self.scope()

    def get_object(self):
        """The record at the address: 404 unless the caller may see it, then 403 unless they may do this."""
        found = self.find(
            self.get_queryset(), self.kwargs[self.lookup_url_kwarg or self.lookup_field]
        )
        self.check_object_permissions(self.request, found)
        return found

    def permission_object(self, record):
        """What the permission is asked on when the action is about ``record``."""
        return record

    def find(self, rows, ref: str):
        """One row of a scoped queryset by its reference, or 404: missing and foreign take this same path."""
        found = rows.filter(ref=normalise_ref(ref)[:20]).first()
        if found is None:
            raise Http404
        return found

    def site_for(self, code: str | None, *, name: str = "site"):
        """The site that something is created at: the caller's only one unless ``code`` says.

        404 when it is not theirs; 403 when they may not create there.
        """
        if code:
            site = self.viewer.site_by_code(code)
        else:
            site = self.viewer.sites[0] if len(self.viewer.sites) == 1 else None
        if site is None:
            raise unknown_site(name)
        permission = self.perms[self.action]
        if permission != SIGNED_IN and not self.request.user.has_perm(permission, site):
            raise refused_to(self.viewer)
        return site

    # -- what was sent -----------------------------------------------------
    def cleaned(self, serializer: type[InputSerializer], **kwargs) -> dict[str, Any]:
        """The body, validated; 400 names what is wrong."""
        given = serializer(data=self.request.data, context=self.get_serializer_context(), **kwargs)
        given.is_valid(raise_exception=True)
        return dict(given.validated_data)

    def reread(self, record):
        """The record as the list and the detail would show it, after it was written."""
        return self.scope().get(pk=record.pk)

    # -- ETags -------------------------------------------------------------
    def etag_of(self, record) -> str:
        """The record's ETag."""
        return etags.etag_of(record.ref, record.version)

    def require_match(self, record) -> None:
        """Refuse a write that does not name the present ETag of ``record``."""
        etags.require_match(self.request, self.etag_of(record))

    # -- after the action --------------------------------------------------
    def finalize_response(self, request, response, *args, **kwargs):
        response = super().finalize_response(request, response, *args, **kwargs)
        patch_vary_headers(response, ["Accept", "Authorization", "Cookie"])
        patch_cache_control(response, private=True, no_cache=True)
        return response


class ListMixin(Resource):
    """``GET`` of a list: a page of JSON, or all of it as CSV."""

    def get_renderers(self):
        if getattr(self, "action", None) == "list":
            return [JSONRenderer(), CSVRenderer()]
        return super().get_renderers()

    def list(self, request, *args, **kwargs):
        rows = self.filter_queryset(self.get_queryset())
        if request.accepted_renderer.format == CSVRenderer.format:
            return self.csv(rows)
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    def csv(self, rows) -> StreamingHttpResponse:
        """Every row, in pages, while it is being sent."""
        shape: Any = self.get_serializer()
        paginator: Any = self.paginator
        header = [name for name, field in shape.fields.items() if not field.write_only]
        pages = paginator.every_page(rows, self.request, self)
        # The first is read at once: what fails there is still an answer with a status.
        pages = chain([next(pages)], pages)
        cells = (
            [record.get(name) for name in header]
            for page in pages
            for record in self.get_serializer(page, many=True).data
        )
        response = StreamingHttpResponse(
            csv_lines(header, cells), content_type="text/csv; charset=utf-8"
        )
        response["Content-Disposition"] = f'attachment; filename="{self.basename}.csv"'
        return response


class RetrieveMixin(Resource):
    """``GET`` of one record, with its ETag; 304 when the caller has it."""

    def retrieve(self, request, *args, **kwargs):
        record = self.get_object()
        return self.record_response(record)

    def record_response(self, record, *, status: int = 200, serializer=None) -> Response:
        """One record as read, with its ETag."""
        etag = self.etag_of(record)
        known = self.request.headers.get("If-None-Match")
        if self.request.method in ("GET", "HEAD") and known and etags.matches(known, etag):
            response = Response(status=304)
        else:
            response = Response((serializer or self.get_serializer)(record).data, status=status)
        response["ETag"] = etag
        return response

    def created(self, record, *, serializer=None) -> Response:
        """201 with the record, its ETag and its address."""
        response = self.record_response(record, status=201, serializer=serializer)
        response["Location"] = self.address_of(record)
        return response

    def address_of(self, record) -> str:
        """Where the record is read."""
        return self.reverse_action("detail", kwargs={self.lookup_field: record.ref})


class ReadResource(ListMixin, RetrieveMixin, Resource):
    """A resource that is listed and read."""
