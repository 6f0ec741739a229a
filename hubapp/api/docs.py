"""The OpenAPI file, and a page that shows it. For whoever has a key or is signed in."""

from django.contrib.auth.views import redirect_to_login
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.exceptions import NotAuthenticated

from hubapp.api.permissions import SIGNED_IN, HasPerm


class Schema(SpectacularAPIView):
    """OpenAPI 3.1, as YAML, or as JSON by ``Accept``."""

    permission_classes = [HasPerm]
    perms = {"get": SIGNED_IN}
    detail = False

    @extend_schema(exclude=True)
    def get(self, request, *args, **kwargs):
        return super().get(request, *args, **kwargs)


class Docs(SpectacularSwaggerSplitView):
    """Swagger UI from our own static files; its script is a second request, so the page has none inline."""

    permission_classes = [HasPerm]
    perms = {"get": SIGNED_IN}
    detail = False
    url_name = "api:schema"
    template_name = "hubapp/api_docs.html"

    def handle_exception(self, exc):
        if isinstance(exc, NotAuthenticated):
            # A person with a browser: let them sign in.
            return redirect_to_login(self.request.get_full_path())
        return super().handle_exception(exc)

    @extend_schema(exclude=True)
    def get(self, request, *args, **kwargs):
        return super().get(request, *args, **kwargs)
