"""``/healthz`` and ``/readyz``, for machines."""

from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from hubapp.health import services


@require_safe
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """The process is up."""
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when database, broker and beat are well; 503 with a sentence for each that is not."""
    faults = services.faults()
    return JsonResponse(
        {"status": "not ready" if faults else "ok", "faults": faults}, status=503 if faults else 200
    )
