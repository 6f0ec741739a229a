"""The embedded default: each mail is a file, readable in demo mode at ``/demo/mailbox/``."""

from pathlib import Path

from django.conf import settings
from django.core.mail.backends.base import BaseEmailBackend


class EmailBackend(BaseEmailBackend):
    """Writes ``MAIL_DIR/<message id>.eml``; the same mail sent again replaces itself."""

    def send_messages(self, email_messages) -> int:
        folder = Path(settings.MAIL_DIR)
        folder.mkdir(parents=True, exist_ok=True)
        for message in email_messages:
            parsed = message.message()
            name = "".join(c for c in str(parsed["Message-ID"]).split("@")[0] if c.isalnum())
            target = folder / f"{name}.eml"
            partial = target.with_suffix(".part")
            partial.write_bytes(parsed.as_bytes())
            partial.chmod(0o600)
            partial.replace(target)
        return len(email_messages)
