"""Asking one person one thing; the eight questions and what is coming."""

from django.urls import path

from portfolio.views import answering, asks, screening

_ONE = "<slug:site>/innovations/<slug:ref>/"

urlpatterns = [
    path("ask/<str:token>/", answering.Answer.as_view(), name="ask"),
    path("ask/<str:token>/code/", answering.TypeCode.as_view(), name="ask_code"),
    path("ask/<str:token>/send-code/", answering.SendCode.as_view(), name="ask_send_code"),
    path("ask/<str:token>/new-link/", answering.WantLink.as_view(), name="ask_new_link"),
    path(f"{_ONE}ask/", asks.AskSomebody.as_view(), name="ask_somebody"),
    path(f"{_ONE}asks/<slug:ask>/remind/", asks.RemindAsk.as_view(), name="remind_ask"),
    path(f"{_ONE}asks/<slug:ask>/new-link/", asks.RenewAsk.as_view(), name="renew_ask"),
    path(f"{_ONE}asks/<slug:ask>/withdraw/", asks.WithdrawAsk.as_view(), name="withdraw_ask"),
    path(f"{_ONE}screening/", screening.Screen.as_view(), name="screening"),
    path("<slug:site>/coming/", screening.Coming.as_view(), name="coming"),
]
