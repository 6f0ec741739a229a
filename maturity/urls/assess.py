"""Addresses of maturity: assess."""

from django.urls import path

from maturity.views import assess as views

_ONE = "<slug:site>/maturity/<str:ref>/"

urlpatterns = [
    path("<slug:site>/maturity/", views.Maturity.as_view(), name="maturity"),
    path("<slug:site>/maturity/start/", views.OwnRound.as_view(), name="own_round"),
    path(_ONE, views.AssessmentPage.as_view(), name="assessment"),
    path(f"{_ONE}before-you-start/", views.Start.as_view(), name="start"),
    path(f"{_ONE}profile/", views.ProfilePage.as_view(), name="profile"),
    path(f"{_ONE}rate/<slug:code>/", views.Rate.as_view(), name="rate"),
    path(f"{_ONE}confirm/", views.Confirm.as_view(), name="confirm"),
    path(f"{_ONE}submit/", views.Submit.as_view(), name="submit"),
    path(f"{_ONE}reopen/", views.Reopen.as_view(), name="reopen"),
    path(f"{_ONE}leave/", views.Leave.as_view(), name="leave"),
]
