"""Decisions and clocks of one idea, and how a site's desk works."""

from django.urls import path

from portfolio.views import clocks, decisions, settings

_ONE = "<slug:site>/innovations/<slug:ref>/"

urlpatterns = [
    path(f"{_ONE}decide/", decisions.Decide.as_view(), name="decide"),
    path(f"{_ONE}decisions/<slug:decision>/undo/", decisions.Undo.as_view(), name="undo"),
    path(
        f"{_ONE}decisions/<slug:decision>/separate/", decisions.Separate.as_view(), name="separate"
    ),
    path(f"{_ONE}bring-back/", decisions.BringBack.as_view(), name="bring_back"),
    path(f"{_ONE}follow-up/", decisions.FollowUp.as_view(), name="follow_up"),
    path(f"{_ONE}acknowledge/", clocks.Acknowledge.as_view(), name="acknowledge"),
    path(f"{_ONE}hold/", clocks.Hold.as_view(), name="hold"),
    path(f"{_ONE}resume/", clocks.Resume.as_view(), name="resume"),
    path(f"{_ONE}exempt/", clocks.Exempt.as_view(), name="exempt"),
    path(f"{_ONE}exempt/lift/", clocks.LiftExemption.as_view(), name="lift_exemption"),
    path(
        "<slug:site>/settings/triage/",
        settings.TriageSettingsPage.as_view(),
        name="triage_settings",
    ),
]
