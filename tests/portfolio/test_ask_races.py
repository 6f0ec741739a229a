"""Answers and guesses at one moment, on the database that lets them run side by side."""

import threading

import pytest
from django.db import connection

from hubapp import codes
from hubapp.actors import asked
from hubapp.problems import Refused
from portfolio.enums import AskState, State
from portfolio.models import Ask, AskDoor
from portfolio.services import asks
from tests import factories
from tests.portfolio.test_asks import make

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


def at_once(*calls) -> list:
    """Call all at one moment; what each returned or refused."""
    start, found = threading.Barrier(len(calls)), []

    def run(call):
        try:
            start.wait()
            found.append(call())
        except Refused as refused:
            found.append(refused)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def answering(pk: int):
    """Reads the question as a page of its own would, then answers."""

    def answer():
        row = Ask.objects.select_related("innovation", "person").get(pk=pk)
        return asks.answer(ask=row, text="Yes", proof="code", by=asked(row.ref))

    return answer


@pytest.mark.parametrize("attempt", range(3))
def test_of_several_last_answers_one_starts_the_clock(attempt):
    idea = factories.innovation(factories.SiteFactory(), "Idea")
    rows = [make(idea, stops_clock=True, name=f"P{n}", email=f"p{n}@nhs.example") for n in range(4)]
    at_once(*(answering(row.pk) for row in rows))
    assert set(Ask.objects.values_list("state", flat=True)) == {AskState.ANSWERED}
    idea.refresh_from_db()
    assert idea.state == State.WAITING
    assert idea.moves.filter(reason="answer").count() == 1


def test_one_question_is_answered_once():
    ask = make(factories.innovation(factories.SiteFactory(), "Idea"))
    found = at_once(*(answering(ask.pk) for _ in range(5)))
    assert sum(isinstance(each, Ask) for each in found) == 1


def test_guesses_at_one_moment_are_no_more_than_five():
    ask = make(factories.innovation(factories.SiteFactory(), "Idea"))
    asks.send_code(ask=ask, by=asked(ask.ref))
    guesses = [
        lambda: asks.check_code(ask=Ask.objects.get(pk=ask.pk), code="none", by=asked(ask.ref))
        for _ in range(12)
    ]
    found = at_once(*guesses)
    assert codes.CodeCheck.RIGHT not in found
    assert AskDoor.objects.get().tries <= codes.TRIES
