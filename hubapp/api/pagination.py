"""Pages of a list, over :func:`hubapp.web.paging.keyset_page`."""

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from rest_framework.pagination import BasePagination
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from hubapp.api.problems import bad_parameter
from hubapp.web.paging import cursor_fits, keyset_page

CURSOR = "cursor"
ORDERING = "ordering"
# Rows fetched at a time for CSV.
CSV_SIZE = 500


class CursorPagination(BasePagination):
    """``{"results": […], "next": address or null}``.

    The view's ``orderings`` are the only orders, each straight from an index;
    the first is the default. A cursor that is damaged, or was made with other
    filters, is a 400: a client that walks pages must not start again unawares.
    """

    def order(self, request, view) -> str:
        asked = request.query_params.get(ORDERING)
        if asked is None:
            return view.orderings[0]
        if asked not in view.orderings:
            raise bad_parameter(ORDERING, f"choose one of {', '.join(view.orderings)}.")
        return asked

    @staticmethod
    def filters(request) -> dict[str, Any]:
        """What the list is narrowed by: every parameter but those of the page itself."""
        return {
            name: sorted(values)
            for name, values in request.query_params.lists()
            if name not in (CURSOR, ORDERING, "fields")
        }

    def paginate_queryset(self, queryset: QuerySet, request, view=None) -> list:
        order, filters = self.order(request, view), self.filters(request)
        cursor = request.query_params.get(CURSOR, "")
        if CURSOR in request.query_params and not cursor_fits(cursor, order=order, filters=filters):
            raise bad_parameter(
                CURSOR, "use the address in “next” as it is, with the same filters."
            )
        page = keyset_page(queryset, order=order, cursor=cursor, filters=filters)
        self._next = (
            replace_query_param(request.build_absolute_uri(), CURSOR, page.next)
            if page.next
            else None
        )
        return page.rows

    def every_page(self, queryset: QuerySet, request, view) -> Iterator[list]:
        """All pages, one after the other, each read when the last was sent: memory stays flat."""
        order = self.order(request, view)

        def pages() -> Iterator[list]:
            cursor = ""
            while True:
                page = keyset_page(queryset, order=order, cursor=cursor, size=CSV_SIZE)
                yield page.rows
                cursor = page.next
                if not cursor:
                    return

        return pages()

    def get_paginated_response(self, data) -> Response:
        return Response({"results": data, "next": self._next})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return {
            "type": "object",
            "required": ["results", "next"],
            "properties": {
                "results": schema,
                "next": {
                    "type": ["string", "null"],
                    "format": "uri",
                    "description": "The address of the next page; null on the last.",
                },
            },
        }

    def get_schema_operation_parameters(self, view) -> list[dict[str, Any]]:
        return [
            {
                "name": CURSOR,
                "in": "query",
                "required": False,
                "description": "Where the page starts; take it from “next”.",
                "schema": {"type": "string"},
            },
            {
                "name": ORDERING,
                "in": "query",
                "required": False,
                "description": f"The order of the list; {view.orderings[0]} unless said.",
                "schema": {
                    "type": "string",
                    "enum": list(view.orderings),
                    "default": view.orderings[0],
                },
            },
        ]


class WholeList(CursorPagination):
    """A list so short that it is one page."""

    def paginate_queryset(self, queryset, request, view=None) -> list:
        self._next = None
        return list(queryset)

    def every_page(self, queryset, request, view) -> Iterator[list]:
        return iter([list(queryset)])

    def get_schema_operation_parameters(self, view) -> list[dict[str, Any]]:
        return []
