"""The pages for what went wrong, each with a sentence that says what to do."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string


def _problem(request: HttpRequest, status: int, title: str, detail: str) -> HttpResponse | None:
    if request.path.startswith("/api/"):
        return JsonResponse(
            {"type": "about:blank", "title": title, "status": status, "detail": detail},
            status=status,
            content_type="application/problem+json",
        )
    return None


def bad_request(request: HttpRequest, exception=None, sentence: str = "") -> HttpResponse:
    detail = sentence or "We could not understand what was sent. Go back and try again."
    return _problem(request, 400, "Bad request", detail) or render(
        request, "400.html", {"sentence": detail}, status=400
    )


def permission_denied(request: HttpRequest, exception=None) -> HttpResponse:
    sentence = str(exception) if exception and str(exception) else ""
    return _problem(
        request, 403, "Forbidden", sentence or "Your role does not allow this."
    ) or render(request, "403.html", {"sentence": sentence}, status=403)


def page_not_found(request: HttpRequest, exception=None) -> HttpResponse:
    # The same bytes whether it is missing or another site's.
    return _problem(request, 404, "Not found", "There is nothing here for you.") or render(
        request, "404.html", status=404
    )


def server_error(request: HttpRequest) -> HttpResponse:
    # Without the request: what failed may be what the page's header asks for.
    return _problem(
        request, 500, "Server error", "Something went wrong at our end."
    ) or HttpResponse(render_to_string("500.html"), status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form from a page that is too old; what was typed is shown, so that nothing is lost."""
    typed = [
        (name, value)
        for name, values in request.POST.lists()
        for value in values
        if value and not name.startswith("csrf") and "password" not in name and name != "current"
    ]
    return render(request, "csrf.html", {"typed": typed}, status=403)
