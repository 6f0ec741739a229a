"""Needs, calls for ideas, and what an idea is: its classification."""

from django.urls import path

from portfolio.views import calls, classification, needs

_NEED = "<slug:site>/needs/<slug:ref>/"
_CALL = "<slug:site>/needs/calls/<slug:ref>/"
_IDEA = "<slug:site>/innovations/<slug:ref>/"

urlpatterns = [
    path("submit/<str:site>/calls/<slug:ref>/", calls.CallStart.as_view(), name="submit_call"),
    path("<slug:site>/needs/", needs.Needs.as_view(), name="needs"),
    path("<slug:site>/needs/new/", needs.AddNeed.as_view(), name="add_need"),
    path(_CALL, calls.CallPage.as_view(), name="call"),
    path(f"{_CALL}edit/", calls.EditCall.as_view(), name="edit_call"),
    path(f"{_CALL}publish/", calls.PublishCall.as_view(), name="publish_call"),
    path(f"{_CALL}close/", calls.CloseCall.as_view(), name="close_call"),
    path(f"{_CALL}extend/", calls.ExtendCall.as_view(), name="extend_call"),
    path(_NEED, needs.NeedPage.as_view(), name="need"),
    path(f"{_NEED}edit/", needs.EditNeed.as_view(), name="edit_need"),
    path(f"{_NEED}close/", needs.CloseNeed.as_view(), name="close_need"),
    path(f"{_NEED}reopen/", needs.ReopenNeed.as_view(), name="reopen_need"),
    path(f"{_NEED}call/", calls.AddCall.as_view(), name="add_call"),
    path("<slug:site>/innovations/balance/", classification.Balance.as_view(), name="balance"),
    path(f"{_IDEA}needs/", needs.Serves.as_view(), name="serves"),
    path(f"{_IDEA}classify/", classification.Classify.as_view(), name="classify"),
]
