"""The front door, tracking, and routing."""

urlpatterns: list = []
