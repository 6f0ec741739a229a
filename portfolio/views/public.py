"""What the pages without an account share: who acts, limits, links that lead nowhere."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from hubapp.actors import Actor, link
from hubapp.web.doors import Page
from hubapp.web.limits import too_many, waiting_words

#: A box that people never see and programs fill in. Not a name that a browser would fill by itself.
TRAP = "second_note"


class PublicPage(Page):
    """A page for anyone. Somebody signed in acts as themselves, anyone else as the holder of a link."""

    @property
    def person(self):
        """The person signed in, or None."""
        user = self.request.user
        return user.person if user.is_authenticated else None

    def actor(self, ref: str) -> Actor:
        """Who acts on the record called ``ref``."""
        user = self.request.user
        return user.actor if user.is_authenticated else link(ref)

    def is_trapped(self) -> bool:
        """Whether a program filled in the box that nobody sees."""
        return bool(self.request.POST.get(TRAP))

    def wait(self, scope: str) -> int:
        """Count this try; seconds to wait, 0 when it may go on."""
        return too_many(self.request, scope)

    def slow_down(self, seconds: int) -> HttpResponse:
        """Too many tries, on a page where nothing was typed."""
        response = self.page(
            "portfolio/front_door/too_many.html", {"when": waiting_words(seconds)}, status=429
        )
        response["Retry-After"] = str(seconds)
        return response

    def refuse_for_now(self, form: Any, seconds: int) -> int:
        """Too many tries, on a form that keeps what was typed: adds the sentence, returns the status."""
        form.add_error(
            None,
            f"There have been too many tries from your network. Try again {waiting_words(seconds)}",
        )
        return 429


class TokenPage(PublicPage):
    """A page whose address is a secret: it is not kept, not indexed and not told to other servers.

    ``strict-origin`` and not ``no-referrer``: with that, browsers send forms
    with ``Origin: null``, which the protection against forged requests must
    refuse. Neither tells anybody the path, and so the token.
    """

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = super().dispatch(request, *args, **kwargs)
        response["Referrer-Policy"] = "strict-origin"
        response["X-Robots-Tag"] = "noindex, nofollow"
        response["Cache-Control"] = "no-store, private"
        return response

    def no_such_link(self, *, gone: bool = False, reason: str = "") -> HttpResponse:
        """A link that opens nothing: never ours (404), or what it opened is no more (410)."""
        seconds = 0 if gone else self.wait("token_guess")
        if seconds:
            return self.slow_down(seconds)
        return self.page(
            "portfolio/front_door/link_problem.html",
            {"gone": gone, "reason": reason},
            status=410 if gone else 404,
        )
