"""Django looks for an app's models here; each lives in its own room."""

from hubapp.api.models import IdempotentRequest
from hubapp.events.models import Event
from hubapp.health.models import Heartbeat
from hubapp.notifications.models import Delivery
from hubapp.outbox.models import OutboxMessage

__all__ = ["Delivery", "Event", "Heartbeat", "IdempotentRequest", "OutboxMessage"]
