"""Frameworks: reading one, what was published about sites that used it, and bringing in a network's own."""

import datetime as dt
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from hubapp.problems import Refused
from hubapp.web.doors import Door, NetworkDoor, SiteDoor
from hubapp.web.export import file_response
from maturity.forms.frameworks import FrameworkForm
from maturity.framework_files import Faulty, counts_of, indicators_of, slug_of
from maturity.framework_sheets import COLUMNS, table_of
from maturity.models import Framework, FrameworkDraft
from maturity.queries import frameworks as queries
from maturity.services import frameworks

LIST = "maturity/frameworks/list.html"
NETWORK_LIST = "maturity/frameworks/network_list.html"
FRAMEWORK = "maturity/frameworks/framework.html"
PUBLISHED = "maturity/frameworks/published.html"
DRAFT = "maturity/frameworks/draft.html"

# What the spreadsheet to start from holds: every column explained by an example.
EXAMPLE: dict[str, Any] = {
    "scale": [
        {"value": 1, "label": "Little or no progress", "description": "We have not begun."},
        {"value": 3, "label": "Making progress", "description": "Some of it is in place."},
        {"value": 5, "label": "Proud to share", "description": "It works, and we would show it."},
    ],
    "domains": [
        {
            "code": "context", "name": "Context", "rated": False,
            "sub_domains": [
                {
                    "code": "our-organisation", "name": "Our organisation", "rated": False,
                    "about": "Described, not rated.", "questions": ["Whom do we serve?"], "indicators": [],
                }
            ],
        },
        {
            "code": "people", "name": "People", "rated": True,
            "sub_domains": [
                {
                    "code": "skills", "name": "Skills", "rated": True, "about": "What people can do.",
                    "questions": ["Who has learned something this year?", "Who has not had the chance?"],
                    "indicators": [
                        {"code": "skills-learned", "text": "Staff can learn what they need.", "questions": []},
                        {"code": "skills-used", "text": "Staff use what they have learned.", "questions": []},
                    ],
                }
            ],
        },
    ],
}  # fmt: skip


class _Reading(Door):
    """What the pages of a site and of a network share: whose frameworks they show, and where the others are."""

    permission = "maturity.view_framework"
    # What stands before the names of addresses: "" for a site's.
    prefix = ""

    def rows(self) -> QuerySet[Framework]:
        """The frameworks that may be read here."""
        raise NotImplementedError

    def place(self) -> dict[str, str]:
        """The first part of addresses here."""
        raise NotImplementedError

    def address(self, name: str, **parts: Any) -> str:
        return reverse(f"maturity:{self.prefix}{name}", kwargs={**self.place(), **parts})

    def framework(self) -> Framework:
        found = queries.framework_by_slug(self.rows(), self.kwargs["slug"])
        if found is None:
            raise Http404
        return found


class _OfSite(SiteDoor, _Reading):
    def rows(self) -> QuerySet[Framework]:
        return queries.frameworks_of_site(self.site)

    def place(self) -> dict[str, str]:
        return {"site": self.site.slug}


class _OfNetwork(NetworkDoor, _Reading):
    prefix = "network_"

    def rows(self) -> QuerySet[Framework]:
        return queries.frameworks_of_network(self.network)

    def place(self) -> dict[str, str]:
        return {"network": self.network.slug}


def _with_addresses(view: _Reading, rows: list[Framework]) -> list[dict[str, Any]]:
    return [{"framework": row, "href": view.address("framework", slug=row.slug)} for row in rows]


# -- reading ---------------------------------------------------------------------------
class Frameworks(_OfSite):
    """The frameworks that the site can read."""

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self.page(
            LIST,
            {
                "frameworks": _with_addresses(self, queries.listed(self.rows())),
                "place": self.site,
                "back_href": reverse("maturity:maturity", kwargs={"site": self.site.slug}),
                "back_label": "Maturity",
            },
        )


class _FrameworkPage(_Reading):
    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        framework = self.framework()
        content = queries.content_of(framework)
        context = {
            "framework": framework,
            "content": content,
            "counts": counts_of(content),
            "published_href": self.address("framework_published", slug=framework.slug)
            if framework.network_id is None and queries.published_about(content, framework.slug)
            else "",
            "sheet_href": self.address("framework_sheet", slug=framework.slug)
            if self.prefix
            else "",
            "back_href": self.address("frameworks"),
            "back_label": "Frameworks",
        }
        return self.page(FRAMEWORK, context)


class FrameworkPage(_OfSite, _FrameworkPage):
    """One framework: its domains, sub-domains, indicators, scale and source."""


class NetworkFramework(_OfNetwork, _FrameworkPage):
    """The same, for a coordinator."""


class _PublishedPage(_Reading):
    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        framework = self.framework()
        published = (
            queries.published_about(queries.content_of(framework), framework.slug)
            if framework.network_id is None
            else None
        )
        if published is None:
            raise Http404
        context = {
            "framework": framework,
            "published": published,
            "back_href": self.address("framework", slug=framework.slug),
            "back_label": framework.title,
        }
        return self.page(PUBLISHED, context)


class PublishedFigures(_OfSite, _PublishedPage):
    """What a report published about sites that rated themselves by this framework."""


class NetworkPublishedFigures(_OfNetwork, _PublishedPage):
    """The same, for a coordinator."""


# -- a network's own ---------------------------------------------------------------------
class NetworkFrameworks(_OfNetwork):
    """The frameworks of a network, what is being brought in, and the form that brings one in."""

    permission = "maturity.manage_frameworks"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        rows = queries.listed(self.rows())
        return self.page(NETWORK_LIST, self._context(FrameworkForm(frameworks=rows), rows))

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        rows = queries.listed(self.rows())
        form = FrameworkForm(request.POST, request.FILES, frameworks=rows)
        if form.is_valid():
            try:
                made = frameworks.draft(network=self.network, content=form.content, by=self.actor)
            except Faulty as faulty:
                form.add_error("file", faulty.faults)
            except Refused as refused:
                form.add_error(None, str(refused))
            else:
                return redirect(self.address("framework_draft", ref=made.ref))
        return self.invalid(NETWORK_LIST, self._context(form, rows))

    def _context(self, form: FrameworkForm, rows: list[Framework]) -> dict[str, Any]:
        return {
            "network": self.network,
            "form": form,
            "frameworks": _with_addresses(self, rows),
            "drafts": [
                (row, self.address("framework_draft", ref=row.ref))
                for row in queries.drafts_of(self.network)
            ],
            "columns": COLUMNS,
            "template_href": self.address("framework_template"),
            "back_href": reverse("accounts:network_home", kwargs=self.place()),
            "back_label": str(self.network),
        }


class FrameworkTemplate(_OfNetwork):
    """A spreadsheet to start from: a small framework that shows every column."""

    permission = "maturity.manage_frameworks"

    def get(self, request: HttpRequest, **kwargs: Any) -> StreamingHttpResponse:
        columns, rows = table_of(EXAMPLE)
        return file_response("xlsx", columns, rows, name="framework")


class FrameworkSheet(_OfNetwork):
    """A published framework as a spreadsheet: the start of its next version."""

    permission = "maturity.manage_frameworks"

    def get(self, request: HttpRequest, **kwargs: Any) -> StreamingHttpResponse:
        framework = self.framework()
        content = queries.content_of(framework)
        same = {row["code"]: row["code"] for row in indicators_of(content)}
        columns, rows = table_of(content, same)
        return file_response("xlsx", columns, rows, name=framework.slug)


class _DraftDoor(_OfNetwork):
    """A page about one draft: missing and foreign ones are 404."""

    permission = "maturity.manage_frameworks"
    draft: FrameworkDraft

    def enter(self, request: Any, **kwargs: Any) -> HttpResponse | None:
        refused = super().enter(request, **kwargs)
        if refused is not None:
            return refused
        found = queries.draft_of(self.network, kwargs["ref"])
        if found is None:
            raise Http404
        self.draft = found
        return None


class DraftFramework(_DraftDoor):
    """A framework as sites will read it, before it is published; POST publishes it or throws it away."""

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self._show()

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        typed = request.POST.get("version", "")
        # A version that was tampered with is one that no draft has.
        version = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else 0
        do = request.POST.get("do", "")
        try:
            if do == "publish":
                made = frameworks.publish(draft=self.draft, by=self.actor, version=version)
                messages.success(
                    request, f"“{made.title}” is published. Rounds can use it from now on."
                )
                return redirect(self.address("framework", slug=made.slug))
            if do == "discard":
                frameworks.discard(draft=self.draft, by=self.actor)
                messages.success(request, f"The draft of “{self.draft.title}” is gone.")
                return redirect(self.address("frameworks"))
        except Refused as refused:
            return self._show(str(refused), status=422)
        return redirect(self.address("framework_draft", ref=self.draft.ref))

    def _show(self, refused: str = "", status: int = 200) -> HttpResponse:
        content = self.draft.content
        crosswalk = content.get("crosswalk")
        there = queries.texts_in(self.rows(), crosswalk["from"]) if crosswalk else {}
        carried = crosswalk["indicators"] if crosswalk else {}
        rows = [
            {
                "text": row["text"],
                "old": carried.get(row["code"], ""),
                "old_text": there.get(carried.get(row["code"], ""), ""),
            }
            for row in (indicators_of(content) if crosswalk else [])
        ]
        changed = [row for row in rows if row["text"] != row["old_text"]]
        context = {
            "draft": self.draft,
            "slug": slug_of(content),
            "content": content,
            "counts": counts_of(content),
            "valid_from": dt.date.fromisoformat(content["valid_from"]),
            "refused": refused,
            "crosswalk": crosswalk,
            "unchanged": len(rows) - len(changed),
            "changed": changed,
            "dropped": [
                {"code": code, "text": text}
                for code, text in there.items()
                if code not in set(carried.values())
            ],
            "sheet_href": self.address("framework_draft_sheet", ref=self.draft.ref),
            "back_href": self.address("frameworks"),
            "back_label": "Frameworks",
        }
        return self.page(DRAFT, context, status=status)


class DraftSheet(_DraftDoor):
    """A draft as a spreadsheet, with what it carries on, to be changed and brought in again."""

    def get(self, request: HttpRequest, **kwargs: Any) -> StreamingHttpResponse:
        content = self.draft.content
        crosswalk = content.get("crosswalk")
        columns, rows = table_of(content, crosswalk["indicators"] if crosswalk else None)
        return file_response("xlsx", columns, rows, name=slug_of(content))
