"""A demo file that was sent for import, explained and counted, and waits for somebody to say go."""

import datetime as dt

from django.core.files.base import ContentFile

from accounts.queries import account_with, site_by_code
from hubapp.actors import Actor, system
from hubapp.instants import acting_at, now
from portfolio.mapping import Mapping
from portfolio.queries.imports import was_sent
from portfolio.services import import_runs, imports

NAME = "Demo ideas of the digital team.csv"
FILE = """\
Project,What it is about,Where it stands,Themes,Started
Demo bed board,"Shows free beds on every ward, **every ten minutes**.",WIP,beds; wards,2025-02-03
Demo letters by text,Sends outpatient letters as text messages.,WIP|DEPLOYED,letters,2024-11-12
Demo rota planner,Plans rotas with fewer gaps.,PAUSED,workforce,2024-06-17
Demo voice notes,Turns spoken notes into text.,,notes,2025-04-01
,A project whose name somebody forgot.,WIP,,2025-04-02
"""
MAPPING = Mapping(
    columns={
        "Project": "title",
        "What it is about": "idea",
        "Where it stands": "state",
        "Themes": "tags",
        "Started": "received_on",
    },
    constants={"innovation_type": "digital", "source": "staff"},
    values={
        "state": {"WIP": "scoping", "WIP|DEPLOYED": "waiting", "PAUSED": "parked", "": "waiting"}
    },
    plain_text=True,
)


def load(by: Actor) -> None:
    """Send, explain and count the demo file at DEMO1; one that is there stays."""
    hub, site = account_with("hub@demo.example"), site_by_code("DEMO1")
    if hub is None or site is None or was_sent(site, NAME):
        return
    with acting_at(now() - dt.timedelta(hours=2)):
        job = imports.start_import(
            site=site,
            file=ContentFile(FILE.encode()),
            file_name=NAME,
            dry_run=True,
            mapping=MAPPING,
            queue=False,
            by=hub.actor,
        )
    # The worker's part, so that the counts are there at once.
    import_runs.run_import(ref=job.ref, by=system("portfolio.demo"))
