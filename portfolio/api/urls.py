"""Addresses of the resources of the portfolio, under ``/api/v1/``."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from portfolio.api import views

router = SimpleRouter()
router.register("innovations", views.InnovationViewSet, basename="innovations")
router.register("decisions", views.DecisionViewSet, basename="decisions")
router.register("decision-reasons", views.ReasonViewSet, basename="decision-reasons")
router.register("checklists", views.ChecklistViewSet, basename="checklists")
router.register("enquiries", views.EnquiryViewSet, basename="enquiries")

_decisions = views.InnovationDecisionViewSet.as_view({"get": "list", "post": "create"})
_assessments = views.AssessmentViewSet.as_view({"get": "list", "post": "create"})
_assessment = views.AssessmentViewSet.as_view({"get": "retrieve", "put": "update"})

urlpatterns = [
    *router.urls,
    path("innovations/<str:innovation>/decisions/", _decisions, name="innovation-decisions"),
    path("innovations/<str:innovation>/assessments/", _assessments, name="assessments-list"),
    path(
        "innovations/<str:innovation>/assessments/<str:ref>/",
        _assessment,
        name="assessments-detail",
    ),
]
