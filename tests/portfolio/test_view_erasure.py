"""A saved view is no place where a name survives."""

import pytest

from accounts.services import erasure
from portfolio.models import SavedView
from portfolio.services import views
from tests import factories

pytestmark = pytest.mark.django_db


def test_views_that_name_an_erased_person_go_and_others_stay(site, hub_user):
    idea = factories.innovation(site, email="oluwolo@test.example", name="Oluwolo Example")
    for name, query in (
        ("From Oluwolo Example", ""),
        ("Looked for", "q=oluw%C3%B3lo+example"),
        ("By address", "q=oluwolo%40test.example&order=due"),
        ("Late and ours", "due=overdue"),
    ):
        views.save_view(site=site, owner=hub_user, name=name, query=query, by=hub_user.actor)
    erasure.erase_person(person=idea.submission.submitter, by=factories.TEST)
    assert list(SavedView.objects.values_list("name", flat=True)) == ["Late and ours"]
