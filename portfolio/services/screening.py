"""The eight yes-or-no questions about an idea."""

from collections.abc import Mapping

from django.db import IntegrityError, transaction

from hubapp import events, instants
from hubapp.actors import Actor
from hubapp.problems import Refused, Stale
from portfolio.enums import ENDED, YesNo
from portfolio.models import Innovation, ScreeningAnswer
from portfolio.queries.screening import edition_on

CHANGED = "Somebody else answered these questions at the same moment. Look at their answers, then save again."


@transaction.atomic
def save(*, innovation: Innovation, answers: Mapping[str, str], by: Actor) -> list[str]:
    """Answer some of the questions, or take answers away; returns the codes that changed.

    What is left out of ``answers`` stays as it is.

    :param answers: code → "yes", "no", or "" for not answered, which is neither
    :raises Refused: the idea has ended, there is no such question, or it is not answered so
    :raises Stale: somebody answered the same question at this moment
    """
    if innovation.state in ENDED:
        raise Refused(
            f"These questions can no longer be answered: {innovation.get_state_display().lower()}."
        )
    edition = edition_on()
    labels = {each.code: each.label for each in edition.questions}
    for code, value in answers.items():
        if code not in labels:
            raise Refused(f"There is no question “{code[:40]}”.")
        if value and value not in YesNo.values:
            raise Refused(f"{labels[code]}: choose yes or no.")
    now = instants.now()
    known = {row.question: row for row in ScreeningAnswer.objects.filter(innovation=innovation)}
    changes: dict[str, list[str]] = {}
    for code, value in answers.items():
        before = known[code].value if code in known else ""
        if value == before:
            continue
        changes[code] = [before, value]
        if not value:
            known[code].delete()
            continue
        row = known.get(code) or ScreeningAnswer(
            site_id=innovation.site_id, innovation=innovation, question=code
        )
        row.value, row.edition, row.at = value, edition.version, now
        row.actor_kind, row.actor_ref = by.kind, by.ref
        try:
            with transaction.atomic():
                row.save()
        except IntegrityError as error:
            raise Stale(CHANGED) from error
    if not changes:
        return []
    Innovation.objects.filter(pk=innovation.pk).update(updated_at=now)
    events.record("innovation.screened", by=by, subject=innovation, changes=changes)
    return list(changes)
