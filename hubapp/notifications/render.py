"""Mails from templates: the first line is the subject, the rest the text."""

from django.template.loader import render_to_string

from hubapp.notifications.services import Mail


def mail(template: str, context: dict) -> Mail:
    """Render ``templates/mail/<template>.txt``. Nothing is escaped: mails are plain text."""
    text = render_to_string(f"mail/{template}.txt", context)
    subject, _, body = text.strip().partition("\n")
    return Mail(subject=subject.removeprefix("Subject:").strip(), body=body.strip() + "\n")
