"""The embedded default: each mail is a file, readable in demo mode at ``/demo/mailbox/``."""

from pathlib import Path

from django.conf import settings
from django.core.mail.backends.base import BaseEmailBackend


def path_of(message_id: str) -> Path:
    """Where the mail with this Message-ID is, or would be, kept."""
    name = "".join(c for c in message_id.split("@")[0] if c.isalnum())
    return Path(settings.MAIL_DIR) / f"{name}.eml"


class EmailBackend(BaseEmailBackend):
    """Writes ``MAIL_DIR/<message id>.eml``; the same mail sent again replaces itself."""

    def send_messages(self, email_messages) -> int:
        folder = Path(settings.MAIL_DIR)
        folder.mkdir(parents=True, exist_ok=True)
        for message in email_messages:
            parsed = message.message()
            target = path_of(str(parsed["Message-ID"]))
            partial = target.with_suffix(".part")
            partial.write_bytes(parsed.as_bytes())
            partial.chmod(0o600)
            partial.replace(target)
        return len(email_messages)
