"""The desk: named views of the queue, several ideas at once, the next one, who has what open, files."""

from django.urls import path, re_path

from portfolio.views import desk

_QUEUE = "<slug:site>/triage/"
_VIEW = f"{_QUEUE}views/<slug:slug>/"

# Before the queue's own: there any word is an idea's reference.
urlpatterns = [
    path(f"{_QUEUE}views/add/", desk.AddView.as_view(), name="add_view"),
    path(_VIEW, desk.NamedView.as_view(), name="view"),
    path(f"{_VIEW}edit/", desk.EditView.as_view(), name="edit_view"),
    path(f"{_VIEW}delete/", desk.DeleteView.as_view(), name="delete_view"),
    path(f"{_QUEUE}bulk/", desk.Bulk.as_view(), name="bulk"),
    path(f"{_QUEUE}next/", desk.TakeNext.as_view(), name="take_next"),
    path(f"{_QUEUE}keys/", desk.Keys.as_view(), name="keys"),
    re_path(
        r"^(?P<site>[-\w]+)/triage/export\.(?P<kind>csv|xlsx)$",
        desk.Export.as_view(),
        name="export_queue",
    ),
    re_path(
        r"^(?P<site>[-\w]+)/innovations/export\.(?P<kind>csv|xlsx)$",
        desk.ExportPortfolio.as_view(),
        name="export_portfolio",
    ),
    path("<slug:site>/innovations/<slug:ref>/presence/", desk.HasOpen.as_view(), name="presence"),
]
