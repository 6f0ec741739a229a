"""The front door, tracking, and routing."""

from django.urls import path, re_path

from portfolio.views import front_door, routing, tracking

_STEP = r"^submit/draft/(?P<token>[^/]+)/(?P<step>who|idea|contact|check)/$"

urlpatterns = [
    path("submit/", front_door.Start.as_view(), name="submit"),
    path("submit/draft/<str:token>/", front_door.DraftStart.as_view(), name="draft"),
    path("submit/draft/<str:token>/saved/", front_door.DraftSaved.as_view(), name="draft_saved"),
    path("submit/draft/<str:token>/sent/", front_door.DraftSent.as_view(), name="draft_sent"),
    re_path(_STEP, front_door.DraftStep.as_view(), name="draft_step"),
    path("submit/confirm/<str:token>/", front_door.Confirm.as_view(), name="confirm"),
    path("submit/<str:site>/", front_door.Start.as_view(), name="submit_site"),
    path("track/<str:token>/", tracking.Track.as_view(), name="track"),
    path("track/<str:token>/message/<str:ref>/", tracking.Write.as_view(), name="track_message"),
    path("track/<str:token>/withdraw/", tracking.Withdraw.as_view(), name="track_withdraw"),
    path("track/<str:token>/new-link/", tracking.NewLink.as_view(), name="track_new_link"),
    path("network/<slug:network>/routing/", routing.RoutingList.as_view(), name="routing"),
    path(
        "network/<slug:network>/routing/<slug:ref>/", routing.RouteIdea.as_view(), name="route_idea"
    ),
    path(
        "<slug:site>/settings/front-door/",
        front_door.FrontDoorSettings.as_view(),
        name="front_door_settings",
    ),
]
