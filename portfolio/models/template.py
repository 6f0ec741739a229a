"""Words that a site writes often."""

from django.db import models

from accounts.models import Site
from hubapp.refs import RefField


class MessageTemplate(models.Model):
    """The beginning of a message, with places that are filled in for each idea: {title}, {name} …"""

    ref = RefField()
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="message_templates")
    # Of a standard one: what it is known by when the standard ones are installed again.
    code = models.SlugField(max_length=40, blank=True)
    name = models.CharField(max_length=100)
    body = models.TextField(max_length=4000)
    position = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["site", "code"],
                name="message_template_once",
                condition=~models.Q(code=""),
            ),
            models.UniqueConstraint(
                fields=["site", "name"],
                name="message_template_name",
                violation_error_message="There is already a template with this name.",
            ),
        ]

    def __str__(self) -> str:
        return self.name
