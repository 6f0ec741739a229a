"""Messages, notes, files and templates."""

from django.urls import path

from portfolio.views import attachments, messages, notes, templates

_ONE = "<slug:site>/innovations/<slug:ref>/"
_TEMPLATES = "<slug:site>/settings/templates/"

urlpatterns = [
    path(f"{_ONE}message/", messages.WriteMessage.as_view(), name="message"),
    path(f"{_ONE}note/", notes.WriteNote.as_view(), name="note"),
    path(f"{_ONE}notes/<slug:note>/mail/", notes.SettleMail.as_view(), name="settle_mail"),
    path(f"{_ONE}files/add/", attachments.AttachFile.as_view(), name="attach"),
    path(f"{_ONE}files/<slug:file>/", attachments.Download.as_view(), name="file"),
    path(f"{_ONE}files/<slug:file>/remove/", attachments.RemoveFile.as_view(), name="remove_file"),
    path("track/<str:token>/file/<slug:ref>/", attachments.TrackFile.as_view(), name="track_file"),
    path(_TEMPLATES, templates.Templates.as_view(), name="templates"),
    path(f"{_TEMPLATES}new/", templates.AddTemplate.as_view(), name="add_template"),
    path(f"{_TEMPLATES}standard/", templates.InstallTemplates.as_view(), name="install_templates"),
    path(f"{_TEMPLATES}<slug:ref>/", templates.EditTemplate.as_view(), name="template"),
]
