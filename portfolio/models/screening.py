"""The eight yes-or-no questions that tell enabling functions what is coming."""

from django.db import models

from accounts.models import Site
from hubapp.actors import ActedBy
from portfolio.enums import YesNo
from portfolio.models.innovation import Innovation


class ScreeningAnswer(ActedBy):
    """The answer to one question about one idea, and who gave it last. Not answered has no row.

    ``question`` is a code of ``portfolio/screening/``; ``edition`` the version
    of that file that was in use.
    """

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    innovation = models.ForeignKey(Innovation, on_delete=models.PROTECT, related_name="screening")
    question = models.SlugField(max_length=40)
    value = models.CharField(max_length=3, choices=YesNo.choices)
    edition = models.PositiveSmallIntegerField()
    # Since when it has been this answer.
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["innovation", "question"], name="screening_once")
        ]
        indexes = [
            models.Index(
                fields=["site", "question", "at"],
                name="screening_yes",
                condition=models.Q(value="yes"),
            ),
            # Which ideas concern whom, from the index alone.
            models.Index(
                fields=["site", "question", "innovation"],
                name="screening_yes_idea",
                condition=models.Q(value="yes"),
            ),
            # Whether an idea concerns anybody, one idea after the other as a list shows them.
            models.Index(
                fields=["innovation", "site", "question"],
                name="screening_yes_of",
                condition=models.Q(value="yes"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.question}: {self.value}"
