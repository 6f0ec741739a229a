"""Addresses of questions to one person, the eight questions and what is coming."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from portfolio.api import asks

router = SimpleRouter()
router.register("coming", asks.ComingViewSet, basename="coming")

_ASKS = "innovations/<str:innovation>/asks/"
_of_asks = {"detail": True, "basename": "asks"}
_one = {f"{_ASKS}<str:ref>/{verb}/": verb for verb in ("remind", "renew", "withdraw")}

urlpatterns = [
    *router.urls,
    path(
        _ASKS,
        asks.AskViewSet.as_view({"get": "list", "post": "create"}, **_of_asks),
        name="asks-list",
    ),
    path(
        f"{_ASKS}<str:ref>/",
        asks.AskViewSet.as_view({"get": "retrieve"}, **_of_asks),
        name="asks-detail",
    ),
    *(
        path(address, asks.AskViewSet.as_view({"post": verb}, **_of_asks), name=f"asks-{verb}")
        for address, verb in _one.items()
    ),
    path(
        "innovations/<str:innovation>/screening/",
        asks.ScreeningViewSet.as_view(
            {"get": "retrieve", "patch": "partial_update"}, detail=True, basename="screening"
        ),
        name="screening",
    ),
]
