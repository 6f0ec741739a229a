"""Mail: one row for each issue and recipient, written with the change it tells of."""

from hubapp.notifications.services import Mail, cancel, register, send_later, send_many

__all__ = ["Mail", "cancel", "register", "send_later", "send_many"]
