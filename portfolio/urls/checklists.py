"""Checklists of a site, who is asked to answer them, and interests."""

from django.urls import path

from portfolio.views import assessments, checklists, interests

_ONE = "<slug:site>/innovations/<slug:ref>/"
_SETTINGS = "<slug:site>/settings/checklists/"

urlpatterns = [
    path(f"{_ONE}assess/ask/", assessments.AskToAssess.as_view(), name="ask_to_assess"),
    path(f"{_ONE}assess/decline/", assessments.DeclineToAssess.as_view(), name="decline_to_assess"),
    path(
        f"{_ONE}assess/ask/<slug:request_ref>/withdraw/",
        assessments.WithdrawRequest.as_view(),
        name="withdraw_assess_request",
    ),
    path(f"{_ONE}interests/", interests.Interests.as_view(), name="declare_interest"),
    path(
        f"{_ONE}interests/withdraw/", interests.WithdrawInterest.as_view(), name="withdraw_interest"
    ),
    path(_SETTINGS, checklists.ChecklistSettings.as_view(), name="checklists"),
    path(f"{_SETTINGS}draft/<slug:ref>/", checklists.Draft.as_view(), name="checklist_draft"),
    path(f"{_SETTINGS}<slug:key>/", checklists.ChecklistPage.as_view(), name="checklist"),
]
