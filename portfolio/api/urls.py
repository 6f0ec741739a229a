"""Addresses of the resources of the portfolio, under ``/api/v1/``."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from portfolio.api import (
    checklist_settings,
    checklists,
    desk_views,
    imports,
    needs,
    similar,
    urls_asks,
    urls_messages,
    urls_queue,
    views,
)

router = SimpleRouter()
router.register("innovations", views.InnovationViewSet, basename="innovations")
router.register("decisions", views.DecisionViewSet, basename="decisions")
router.register("decision-reasons", views.ReasonViewSet, basename="decision-reasons")
router.register("checklists", checklists.ChecklistViewSet, basename="checklists")
router.register(
    "checklist-drafts", checklist_settings.ChecklistDraftViewSet, basename="checklist-drafts"
)
router.register("enquiries", views.EnquiryViewSet, basename="enquiries")
router.register("needs", needs.NeedViewSet, basename="needs")
router.register("calls", needs.CallViewSet, basename="calls")

# What is at the address of one innovation: who may is asked of that innovation.
_decisions = views.InnovationDecisionViewSet.as_view(
    {"get": "list", "post": "create"}, detail=True, basename="decisions"
)
_of_innovation = {"detail": True, "basename": "assessments"}
_assessments = checklists.AssessmentViewSet.as_view(
    {"get": "list", "post": "create"}, **_of_innovation
)
_assessment = checklists.AssessmentViewSet.as_view(
    {"get": "retrieve", "put": "update"}, **_of_innovation
)
_requests = {"detail": True, "basename": "assessment-requests"}
_interests = {"detail": True, "basename": "interests"}
_ASKED = "innovations/<str:innovation>/assessment-requests/"
_checklists = [
    path(
        _ASKED,
        checklists.AssessmentRequestViewSet.as_view({"get": "list", "post": "create"}, **_requests),
        name="assessment-requests-list",
    ),
    path(
        f"{_ASKED}<str:ref>/",
        checklists.AssessmentRequestViewSet.as_view({"get": "retrieve"}, **_requests),
        name="assessment-requests-detail",
    ),
    path(
        f"{_ASKED}<str:ref>/withdraw/",
        checklists.AssessmentRequestViewSet.as_view({"post": "withdraw"}, **_requests),
        name="assessment-requests-withdraw",
    ),
    path(
        f"{_ASKED}<str:ref>/decline/",
        checklists.AssessmentRequestViewSet.as_view({"post": "decline"}, **_requests),
        name="assessment-requests-decline",
    ),
    path(
        "innovations/<str:innovation>/interests/",
        checklists.InterestViewSet.as_view({"get": "list", "post": "create"}, **_interests),
        name="interests-list",
    ),
    path(
        "innovations/<str:innovation>/interests/withdraw/",
        checklists.InterestViewSet.as_view({"post": "withdraw"}, **_interests),
        name="interests-withdraw",
    ),
]

_of_site = {"detail": True, "basename": "site-checklists"}
_site_checklists = [
    path(
        "sites/<str:code>/checklists/",
        checklist_settings.SiteChecklistsViewSet.as_view({"get": "retrieve"}, **_of_site),
        name="site-checklists",
    ),
    *(
        path(
            f"sites/<str:code>/checklists/{verb}/",
            checklist_settings.SiteChecklistsViewSet.as_view({"post": verb}, **_of_site),
            name=f"site-checklists-{verb}",
        )
        for verb in ("use", "stop", "move")
    ),
]

urlpatterns = [
    *urls_queue.urlpatterns,
    *router.urls,
    *imports.urlpatterns,
    *urls_asks.urlpatterns,
    *urls_messages.urlpatterns,
    *_checklists,
    *_site_checklists,
    path("innovations/<str:innovation>/decisions/", _decisions, name="innovation-decisions"),
    path(
        "innovations/<str:innovation>/follow-ups/",
        desk_views.FollowUpViewSet.as_view(
            {"get": "list", "post": "create"}, detail=True, basename="follow-ups"
        ),
        name="follow-ups-list",
    ),
    path(
        "sites/<str:code>/triage-settings/",
        desk_views.TriageSettingsViewSet.as_view(
            {"get": "retrieve"}, detail=True, basename="triage-settings"
        ),
        name="triage-settings",
    ),
    path("innovations/<str:innovation>/assessments/", _assessments, name="assessments-list"),
    path(
        "innovations/<str:innovation>/assessments/<str:ref>/",
        _assessment,
        name="assessments-detail",
    ),
    path("innovations/<str:innovation>/similar/", similar.similar_list, name="similar-list"),
    path(
        "innovations/<str:innovation>/similar/<str:other>/",
        similar.similar_detail,
        name="similar-detail",
    ),
    path(
        "innovations/<str:innovation>/similar/<str:other>/dismiss/",
        similar.similar_dismiss,
        name="similar-dismiss",
    ),
    path(
        "innovations/<str:innovation>/similar/<str:other>/restore/",
        similar.similar_restore,
        name="similar-restore",
    ),
    path(
        "innovations/<str:innovation>/public-summary/",
        similar.public_summary,
        name="public-summary",
    ),
]
