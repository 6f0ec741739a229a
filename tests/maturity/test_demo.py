"""Demo maturity: through the services, on any day of the year, once; and something to see in each place."""

import datetime as dt

import pytest
import time_machine

from accounts.models import Network, Site, User
from hubapp import hooks
from hubapp.actors import system
from hubapp.events.models import Event
from hubapp.workdays import london_date
from maturity.enums import ActionState, Origin
from maturity.models import Action, Framework, Rating, RatingsFile, Round, Target
from maturity.queries import frameworks as framework_queries
from maturity.queries.flags import flags_of_weak_sub_domains
from maturity.services.frameworks import load_frameworks
from tests import factories

pytestmark = pytest.mark.django_db


def load():
    for hook in hooks.demo:
        if hook.__module__ in ("accounts.demo", "maturity.demo", "maturity.demo_plans"):
            hook(system("tests"))


@pytest.mark.parametrize("today", ["2026-11-21T03:40", "2028-02-29T23:50"])
def test_there_is_something_in_each_place_and_a_second_run_adds_nothing(today, tmp_path, settings):
    settings.DATA_DIR = tmp_path
    load_frameworks(by=factories.TEST)
    now = dt.datetime.fromisoformat(today).replace(tzinfo=dt.UTC)
    with time_machine.travel(now, tick=False):
        load()
        counts = [model.objects.count() for model in (Round, Rating, Action, Target, Event)]
        load()
        assert [m.objects.count() for m in (Round, Rating, Action, Target, Event)] == counts
        site, network = Site.objects.get(code="DEMO1"), Network.objects.get(slug="demo")
        soon = london_date(now) + dt.timedelta(days=7)

        # What the lead planned: one is due this week, one is done; and where the site wants to be.
        own = Action.objects.filter(site=site)
        assert own.filter(state=ActionState.OPEN, due_on__lte=soon).count() == 1
        assert own.filter(state=ActionState.OPEN, due_on__gt=soon).exists()
        assert own.filter(state=ActionState.DONE).exists()
        assert Target.objects.filter(site=site, ended_at=None).count() == 2

        # An idea of the site carries a flag, with what another site published.
        idea = factories.innovation(site, "Demo idea")
        lead = User.objects.get(person__email="lead@demo.example")
        flags = flags_of_weak_sub_domains(lead.viewer, site, [idea])[idea.pk]
        handover = next(flag for flag in flags if flag.title == "Handover risk")
        assert [each.who for each in handover.helped] == ["Demo City Hospitals Trust"]

        # Two sites came by a spreadsheet, and the network has a framework of its own.
        file = RatingsFile.objects.get()
        assert file.kept_at
        assert not file.faults
        imported = Rating.objects.filter(origin=Origin.IMPORTED)
        assert set(imported.values_list("assessment__site__code", flat=True)) == {"DEMO5", "DEMO6"}
        assert Framework.objects.get(network=network) in framework_queries.frameworks_of_site(site)
