"""Addresses of a network's rounds."""

from django.urls import path

from maturity.views import rounds

_ONE = "network/<slug:network>/maturity/rounds/<str:ref>/"

urlpatterns = [
    path("network/<slug:network>/maturity/", rounds.Rounds.as_view(), name="rounds"),
    path(
        "network/<slug:network>/maturity/rounds/new/", rounds.NewRound.as_view(), name="new_round"
    ),
    path(_ONE, rounds.RoundPage.as_view(), name="round"),
    path(f"{_ONE}edit/", rounds.EditRound.as_view(), name="edit_round"),
    path(f"{_ONE}open/", rounds.OpenRound.as_view(), name="open_round"),
    path(f"{_ONE}do/", rounds.RoundAct.as_view(), name="round_act"),
    path(f"{_ONE}add-sites/", rounds.AddSites.as_view(), name="add_sites"),
    path(f"{_ONE}restate/", rounds.Restate.as_view(), name="restate"),
    path(f"{_ONE}progress.csv", rounds.Progress.as_view(), name="progress"),
]
