"""Addresses of maturity: frameworks."""

from django.urls import path

from maturity.views import frameworks

SITE = "<slug:site>/maturity/frameworks/"
NETWORK = "network/<slug:network>/maturity/frameworks/"

urlpatterns = [
    path(NETWORK, frameworks.NetworkFrameworks.as_view(), name="network_frameworks"),
    # "drafts" cannot be a framework: the slug of one has a hyphen in it.
    path(
        f"{NETWORK}template.xlsx",
        frameworks.FrameworkTemplate.as_view(),
        name="network_framework_template",
    ),
    path(
        f"{NETWORK}drafts/<slug:ref>/",
        frameworks.DraftFramework.as_view(),
        name="network_framework_draft",
    ),
    path(
        f"{NETWORK}drafts/<slug:ref>/framework.xlsx",
        frameworks.DraftSheet.as_view(),
        name="network_framework_draft_sheet",
    ),
    path(f"{NETWORK}<slug:slug>/", frameworks.NetworkFramework.as_view(), name="network_framework"),
    path(
        f"{NETWORK}<slug:slug>/framework.xlsx",
        frameworks.FrameworkSheet.as_view(),
        name="network_framework_sheet",
    ),
    path(
        f"{NETWORK}<slug:slug>/published/",
        frameworks.NetworkPublishedFigures.as_view(),
        name="network_framework_published",
    ),
    path(SITE, frameworks.Frameworks.as_view(), name="frameworks"),
    path(f"{SITE}<slug:slug>/", frameworks.FrameworkPage.as_view(), name="framework"),
    path(
        f"{SITE}<slug:slug>/published/",
        frameworks.PublishedFigures.as_view(),
        name="framework_published",
    ),
]
