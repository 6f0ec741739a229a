"""Addresses of messages, notes, files and templates, under ``/api/v1/``."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from portfolio.api import messages as views

router = SimpleRouter()
router.register("message-templates", views.TemplateViewSet, basename="message-templates")

_ONE = "innovations/<str:innovation>"
_LIST, _DETAIL = {"get": "list", "post": "create"}, {"get": "retrieve"}


def _of_innovation(name: str, view) -> list:
    """A list at the address of one innovation, and each of its records."""
    options = {"detail": True, "basename": name}
    return [
        path(f"{_ONE}/{name}/", view.as_view(_LIST, **options), name=f"{name}-list"),
        path(f"{_ONE}/{name}/<str:ref>/", view.as_view(_DETAIL, **options), name=f"{name}-detail"),
    ]


urlpatterns = [
    *router.urls,
    *_of_innovation("messages", views.MessageViewSet),
    *_of_innovation("notes", views.NoteViewSet),
    *_of_innovation("attachments", views.AttachmentViewSet),
    path(
        f"{_ONE}/attachments/<str:ref>/content/",
        views.AttachmentViewSet.as_view({"get": "content"}, detail=True, basename="attachments"),
        name="attachments-content",
    ),
]
