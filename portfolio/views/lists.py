"""What every list of ideas shares: the queue, its views and the portfolio."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet

from hubapp.db.search import Holding
from hubapp.web.doors import SiteDoor
from hubapp.web.paging import KeysetPage, keyset_page
from portfolio.hooks import flags_of
from portfolio.models import Innovation
from portfolio.queries import filters as by
from portfolio.queries import triage
from portfolio.views.base import signed_in
from portfolio.views.rows import rows_of

# What a row of the queue opens: there, and not in the portfolio, flags are marked.
ROW_OF_QUEUE = "portfolio:triage_item"


@dataclass(frozen=True)
class Listing:
    """A list of ideas as somebody filtered it.

    :param rows: all that it may show
    :param data: filters and order, as an address gives them
    :param opens: the name of the address that a row opens
    """

    door: SiteDoor
    rows: QuerySet[Innovation]
    states: by.Choices
    data: Mapping[str, str]
    opens: str = "portfolio:innovation"

    @cached_property
    def offered(self) -> triage.Offered:
        """What the site's own filters and views offer."""
        return triage.offered_at(self.door.viewer, self.door.site, beside=self.is_queue)

    @cached_property
    def me(self) -> str:
        """The reference of whoever asks."""
        return str(signed_in(self.door.request).ref)

    @cached_property
    def filters(self) -> by.Filters:
        """What it is filtered by."""
        return by.read_filters(self.data, **self._choices)

    @property
    def is_queue(self) -> bool:
        """Whether its rows are only what waits for a decision."""
        return self.states is by.QUEUE_STATES

    @property
    def _choices(self) -> dict[str, Any]:
        return {"states": self.states, "offered": self.offered, "me": self.me}

    @cached_property
    def chips(self) -> list[by.Chip]:
        """Every filter that is on, in words."""
        return by.chips_of(self.filters, **self._choices)

    @cached_property
    def kept(self) -> QuerySet[Innovation]:
        """The rows that the filters keep, words aside."""
        return by.filtered(
            self.rows,
            self.filters,
            viewer=self.door.viewer,
            site=self.door.site,
            waiting=self.is_queue,
        )

    @property
    def matching(self) -> QuerySet[Innovation]:
        """The rows that the filters and the words keep, for files and for what is done to all of them.

        Words that nothing holds are taken for what they are probably meant for, as the list does.
        """
        words = by.words_of(self.filters, self.door.site, waiting=self.is_queue)
        if words is None:
            return self.kept
        found = words.among(self.kept)
        if not found.exists() and (meant := self._meant(words)):
            return meant.holding.among(self.kept)
        return found

    def _meant(self, words: Holding) -> by.Meant | None:
        return by.meant_by(words, viewer=self.door.viewer, site=self.door.site)

    def page(self, cursor: str) -> tuple[KeysetPage[Innovation], Holding | None, by.Meant | None]:
        """One page; the words that its rows hold; and what they are taken for, if nothing holds those typed."""
        words = by.words_of(self.filters, self.door.site, waiting=self.is_queue)
        page, meant = self._page(cursor, words), None
        if words and not page.rows and (meant := self._meant(words)):
            words = meant.holding
            page = self._page(cursor, words)
        return page, words, meant

    def _page(self, cursor: str, words: Holding | None) -> KeysetPage[Innovation]:
        rows = triage.with_people(self.kept)
        return keyset_page(
            rows,
            order=self.filters.column,
            cursor=cursor,
            filters=self.filters.as_dict(),
            holding=words,
            together=self.is_queue and by.are_few(self.filters),
        )

    def context(self) -> dict[str, Any]:
        """One page of the list with its filters, and of the queue what stands beside it."""
        cursor = self.door.request.GET.get("cursor", "")
        page, words, meant = self.page(cursor)
        marks = triage.marks_of(page.rows, self.door.viewer.user_id)
        query = self.filters.as_query()
        first, more = by.controls_of(self.filters, **self._choices)

        def with_cursor(cursor: str) -> str:
            return "&".join(part for part in (query, urlencode({"cursor": cursor})) if part)

        return {
            "rows": rows_of(
                page.rows,
                marks,
                site=self.door.site,
                url_name=self.opens,
                flags=flags_of(self.door.viewer, self.door.site, page.rows)
                if self.opens == ROW_OF_QUEUE
                else None,
            ),
            **self.offered.beside,
            "count": triage.count_of(page, self.kept, words, order=self.filters.column),
            "filters": self.filters,
            "first": first,
            "more": more,
            "more_used": any(control.value for control in more),
            "chips": self.chips,
            "orders": [(name, words) for name, (_, words) in by.ORDERS.items()],
            "meant": meant,
            "others": [each for each in self.offered.members if each[0] != self.me],
            "filter_query": query,
            "query": with_cursor(cursor) if cursor else query,
            "newer": f"?{with_cursor(page.previous)}" if page.previous else "",
            "older": f"?{with_cursor(page.next)}" if page.next else "",
        }
