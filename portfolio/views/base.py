"""The door to one innovation, and what its pages share."""

import secrets
from typing import Any, cast

from django.http import Http404, HttpRequest, HttpResponse

from accounts.models import User
from hubapp.web.addresses import own_path
from hubapp.web.doors import SiteDoor
from portfolio.models import Innovation
from portfolio.queries.innovations import innovation_for

# What the buttons of an innovation's pages ask, by the name templates have for it.
MAY = {
    "view": "portfolio.view_queue",
    "assess": "portfolio.assess_innovation",
    "needs": "portfolio.view_needs",
    "triage": "portfolio.triage_innovation",
    "decide": "portfolio.decide_innovation",
    "ask": "portfolio.ask_somebody",
    "message": "portfolio.message_submitter",
    "thread": "portfolio.view_messages",
    "notes": "portfolio.view_notes",
    "note": "portfolio.write_note",
    "attach": "portfolio.attach_file",
    "remove_file": "portfolio.remove_file",
    "redact": "portfolio.redact_innovation",
}


def new_once_key() -> str:
    """A key for a form: sent twice, it is done once."""
    return secrets.token_urlsafe(16)


def signed_in(request: HttpRequest) -> User:
    """Who asks: behind a door it is always somebody."""
    return cast(User, request.user)


def safe_next(request: HttpRequest, otherwise: str) -> str:
    """Where a form wants to go back to, if that is a page of ours."""
    wanted = request.POST.get("next", "") or request.GET.get("next", "")
    return own_path(request, wanted, otherwise)


def not_found_unless(found: Any) -> Any:
    """``found``, or the page that says there is nothing."""
    if found is None:
        raise Http404
    return found


class InnovationDoor(SiteDoor):
    """A page about one innovation: ``<ref>`` in its address; missing, foreign and hidden ones are 404."""

    innovation: Innovation

    def enter(self, request: HttpRequest, **kwargs: Any) -> HttpResponse | None:
        response = super().enter(request, **kwargs)
        if response is not None:
            return response
        innovation = innovation_for(self.viewer, self.site, kwargs["ref"])
        if innovation is None:
            raise Http404
        self.innovation = innovation
        return None

    def permission_object(self) -> Innovation:
        return self.innovation

    def may(self) -> dict[str, bool]:
        """What the viewer may do with the innovation, for the buttons of a page: name → allowed."""
        return {
            verb: self.request.user.has_perm(permission, self.innovation)
            for verb, permission in MAY.items()
        }
