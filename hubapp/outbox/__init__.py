"""What leaves (tasks, mail, webhooks) leaves through here: a row in the transaction first."""

from hubapp.outbox.services import add, add_many

__all__ = ["add", "add_many"]
