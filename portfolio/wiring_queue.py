"""What the queue registers with the rooms below it."""

from hubapp import hooks
from portfolio.services import views

hooks.texts_removed.register(views.forget_views_naming)
hooks.event_words.update(
    {
        "view.saved": "A view of the queue was saved",
        "view.changed": "A view of the queue was changed",
        "view.deleted": "A view of the queue was deleted",
        "innovations.exported": "A list of innovations was exported",
    }
)
