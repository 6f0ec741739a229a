"""What no form of ours sends: the answer is a sentence or a page, never an error."""

from urllib.parse import urlencode

import pytest

from accounts.enums import Role
from portfolio.models import InnovationLabel, SiteChecklist
from tests import factories

NUL = "\x00"


@pytest.mark.parametrize(
    "typed",
    [
        {"do": "tag", "tag": f"fal{NUL}ls"},
        {"do": "tag", "tag": NUL},
        {"do": "assign", "to": NUL},
        {"do": "priority", "priority": NUL},
        {"do": "priority", "priority": "high", "idea": NUL},
        *(
            {"do": "priority", "priority": "high", "all": "1", "query": urlencode({name: NUL})}
            for name in ("q", "tag", "type", "assignee", "need", "state", "order", "age", "waits")
        ),
    ],
    ids=str,
)
def test_nothing_stored_holds_what_cannot_be_stored(hub, site, typed):
    idea = factories.innovation(site)
    response = hub.post(f"/{site.slug}/triage/bulk/", {"idea": idea.ref, **typed})
    assert response.status_code < 500
    assert not InnovationLabel.objects.filter(value__contains="\ufffd").exists()


@pytest.mark.parametrize("do", ["use", "stop", "up", "down"])
def test_a_checklist_of_an_impossible_name_is_not_there(sign_in, site, do):
    lead = sign_in(factories.member(site, Role.SITE_LEAD))
    response = lead.post(f"/{site.slug}/settings/checklists/", {"do": do, "key": NUL})
    assert response.status_code < 500
    assert set(SiteChecklist.objects.values_list("key", flat=True)) <= {"manchester-8"}


def test_a_title_without_words_before_a_text_with_many_is_compared(hub, site):
    factories.innovation(site, "Falls", problem="Patients fall at night on their way out")
    response = hub.post(
        f"/{site.slug}/add/",
        {
            "title": "😀😀😀😀",
            "problem": "Patients fall at night on their way out",
            "action": "similar",
        },
    )
    assert response.status_code < 500


@pytest.mark.parametrize("version", ["9" * 5000, "²", NUL, "-1", "9" * 30])
def test_a_version_that_is_no_number_is_an_old_page(hub, site, version):
    idea = factories.innovation(site)
    for verb in ("decide", "hold", "exempt", "classify", "correct", "publish"):
        response = hub.post(
            f"/{site.slug}/innovations/{idea.ref}/{verb}/", {"version": version, "kind": "decline"}
        )
        assert response.status_code < 500, verb
