"""What is new about an idea since anybody at the hub did something: columns that lists are filtered by."""

from collections.abc import Iterable

from django.db.models import Exists, OuterRef

from portfolio.models import Ask, Innovation, Message
from portfolio.queries.asks import unused
from portfolio.queries.triage import unanswered


def look_again(pks: Iterable[int]) -> None:
    """Say again of these ideas whether there is news, inside the caller's transaction.

    After a message, a decision or an answer. Counted anew from the rows, so that it is what they say
    in whatever order two people acted.
    """
    rows = Innovation.objects.filter(pk__in=list(pks))
    # Held first: whoever waited for somebody else's message to be stored counts it too.
    held = list(rows.select_for_update().order_by("pk").values_list("pk", flat=True))
    about = {"innovation": OuterRef("pk")}
    Innovation.objects.filter(pk__in=held).update(
        has_new_message=Exists(unanswered(Message.objects.filter(**about)).order_by()),
        has_new_answer=Exists(unused(Ask.objects.filter(**about)).order_by()),
    )
