"""Addresses of reading a round, comparing, and learning from each other."""

from django.urls import path

from maturity.views import network

urlpatterns = [
    path(
        "network/<slug:network>/maturity/rounds/<str:ref>/reading/",
        network.ReadingPage.as_view(),
        name="reading",
    ),
    path(
        "network/<slug:network>/maturity/rounds/<str:ref>/pairs/",
        network.Pairs.as_view(),
        name="pairs",
    ),
    path("<slug:site>/maturity/learning/", network.Learning.as_view(), name="learning"),
    path(
        "<slug:site>/maturity/<str:ref>/comparison/",
        network.ComparisonPage.as_view(),
        name="comparison",
    ),
]
