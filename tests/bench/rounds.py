"""Adds maturity rounds to a database that ``fill.py`` filled: 12 rounds of all 250 sites, 69 statements each.

    DATABASE_URL=postgres://… .venv/bin/python tests/bench/rounds.py [12]

A round a quarter over three years. What sites said is written by SQL over
whole sets (:data:`WRITTEN`); each round but the last is then closed by the
service itself, which makes everything final and releases what it may. The last
is open: a tenth of its sites have not begun, and a tenth, the largest among
them, are half way. Sites grow more mature over the
years, so that there is something to read. Events of sites are not written.
"""

# ruff: noqa: S608 - every statement is put together from constants of this file

from __future__ import annotations

import datetime as dt
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.bench.settings")

    import django

    django.setup()

from django.db import connection, transaction

from accounts.models import Membership, Network, NetworkMembership, NetworkSite
from hubapp.actors import system
from hubapp.instants import acting_at
from hubapp.refs import ALPHABET
from maturity.enums import SiteKind
from maturity.models import Framework, Round
from maturity.services import closing

ROUNDS = 12
FRAMEWORK = "insites-2025"
# Days that a round is open.
OPEN_FOR = 28
QUARTER = 91
# Each takes what the one before made. Chance comes from hashes, so that it is the same each time.
WRITTEN = {
    "self-assessments": """
        INSERT INTO maturity_selfassessment (ref, site_id, round_id, state, state_since, agreed_at, submitted_at,
          submitted_on, answered, asked, version, created_at, updated_at)
        SELECT pg_temp.round_ref('s', r.id * 1000 + s.id), s.id, r.id, each.state, at,
          CASE WHEN each.state <> 'not_started' THEN r.opened_at END,
          CASE WHEN each.state = 'submitted' THEN at END, CASE WHEN each.state = 'submitted' THEN at::date END,
          0, asked, CASE each.state WHEN 'submitted' THEN 3 WHEN 'draft' THEN 2 ELSE 1 END, r.opened_at, at
        FROM maturity_round r
        JOIN accounts_networksite n ON n.network_id = r.network_id AND n.valid_to IS NULL
        JOIN accounts_site s ON s.id = n.site_id
        CROSS JOIN LATERAL (SELECT CASE WHEN r.closes_on < :today OR s.id % 10 NOT IN (1, 7) THEN 'submitted'
          WHEN s.id % 10 = 1 THEN 'draft' ELSE 'not_started' END AS state, r.opened_at + make_interval(hours => (24 + (s.id * 7 + r.id) % 400)::int) AS at) AS each
        CROSS JOIN (SELECT count(*) AS asked FROM maturity_indicator WHERE framework_id = :framework) AS all_of_them
        ORDER BY r.id, s.id
    """,
    "moves": """
        INSERT INTO maturity_assessmentmove (actor_kind, actor_ref, site_id, assessment_id, number, from_state,
          to_state, reason, at, "on")
        SELECT 'system', 'bench', site_id, id, number, (CAST(:steps AS text[]))[number],
          (CAST(:steps AS text[]))[number + 1], '', state_since, state_since::date
        FROM maturity_selfassessment CROSS JOIN generate_series(1, 3) AS number
        WHERE number <= CASE state WHEN 'submitted' THEN 3 WHEN 'draft' THEN 2 ELSE 1 END
    """,
    "profiles": """
        INSERT INTO maturity_profile (site_id, assessment_id, headcount, kind, seats, wte, began_in, funding,
          income_target_minor, income_currency, confirmed_at)
        SELECT site_id, id, 1500 + (site_id * 37) % 9000, (CAST(:kinds AS text[]))[1 + site_id % :n_kinds],
          '["research"]', ((site_id * 13) % 140) / 10.0, 2008 + site_id % 16, '["core"]', 5000000, 'GBP', agreed_at
        FROM maturity_selfassessment WHERE state <> 'not_started'
    """,
    "ratings": """
        INSERT INTO maturity_rating (actor_kind, actor_ref, site_id, round_id, assessment_id, indicator_id, number,
          answer, value, origin, reason, is_current, at, "on")
        SELECT 'system', 'bench', a.site_id, a.round_id, a.id, i.id, 1,
          CASE WHEN chance < 4 THEN 'not_applicable' ELSE 'rated' END,
          CASE WHEN chance < 4 THEN NULL WHEN chance < 56 - 3 * nth THEN 1 WHEN chance < 82 - 2 * nth THEN 3
            ELSE 5 END,
          'given', '', true, a.state_since, a.state_since::date
        FROM (SELECT *, dense_rank() OVER (ORDER BY round_id) AS nth FROM maturity_selfassessment
              WHERE state <> 'not_started') AS a
        JOIN maturity_indicator i ON i.framework_id = :framework AND (a.state = 'submitted' OR i.id % 2 = 0)
        CROSS JOIN LATERAL (SELECT abs(hashtextextended(a.site_id || ' ' || i.id, a.round_id)) % 100 AS chance) AS c
        ORDER BY a.round_id, a.id, i.id
    """,
    "counts of answers": """
        UPDATE maturity_selfassessment a SET answered = n
        FROM (SELECT assessment_id, count(*) AS n FROM maturity_rating GROUP BY 1) AS of WHERE of.assessment_id = a.id
    """,
    "explanations": """
        INSERT INTO maturity_explanation (site_id, assessment_id, sub_domain_id, text, version, updated_at)
        SELECT a.site_id, a.id, d.id, 'We meet ' || d.name || ' once a month; the last time ' || (a.site_id % 9 + 2)
          || ' teams came, and what they said is on file.', 1, a.submitted_at
        FROM maturity_selfassessment a
        JOIN maturity_subdomain d ON d.framework_id = :framework
        WHERE a.state = 'submitted' AND (a.site_id + d.id) % 3 = 0
    """,
    "actions": """
        INSERT INTO maturity_action (ref, title, owner_words, due_on, state, ended_on, outcome, version, created_at,
          updated_at, site_id, assessment_id, sub_domain_id, until_on)
        SELECT pg_temp.round_ref('a', a.id * 1000 + d.id), 'Raise ' || d.name, 'The hub', a.submitted_on + 180,
          CASE WHEN a.submitted_on < :today - 270 THEN 'done' ELSE 'open' END,
          CASE WHEN a.submitted_on < :today - 270 THEN a.submitted_on + 160 END, '', 1, a.submitted_at,
          a.submitted_at, a.site_id, a.id, d.id, a.submitted_on + 180
        FROM maturity_selfassessment a
        JOIN maturity_subdomain d ON d.framework_id = :framework
        WHERE a.state = 'submitted' AND (a.site_id + a.round_id + d.id) % 8 = 0
    """,
}


def fill_rounds(
    rounds: int = ROUNDS,
    *,
    now: dt.datetime | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> None:
    """Add ``rounds`` rounds of the network with the most sites; the last is open.

    :raises SystemExit: there are rounds already
    """
    if Round.objects.exists():
        sys.exit("This database holds rounds already.")
    now = now or dt.datetime.now(dt.UTC)
    framework = Framework.objects.get(network=None, slug=FRAMEWORK)
    network = max(
        Network.objects.all(), key=lambda each: NetworkSite.objects.filter(network=each).count()
    )
    values = {
        "today": f"DATE '{now.date()}'",
        "framework": str(framework.pk),
        "n_kinds": str(len(SiteKind)),
        "steps": """'{"",not_started,draft,submitted}'""",
        "kinds": "'{" + ",".join(SiteKind.values) + "}'",
    }
    for number in range(rounds):
        opens_on = now.date() - dt.timedelta(days=14 + QUARTER * (rounds - 1 - number))
        Round.objects.create(
            network=network,
            framework=framework,
            name=f"Round {number + 1}",
            opens_on=opens_on,
            closes_on=opens_on + dt.timedelta(days=OPEN_FOR),
            state="open",
            opened_at=_at_nine(opens_on),
            created_at=_at_nine(opens_on),
            updated_at=_at_nine(opens_on),
        )
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"""
            CREATE OR REPLACE FUNCTION pg_temp.round_ref(kind text, number bigint) RETURNS text LANGUAGE sql IMMUTABLE AS $$
              SELECT string_agg(substr('{ALPHABET}', 1 + ((hash >> (5 * place)) & 31)::int, 1), '')
              FROM (SELECT hashtextextended(kind || number, 7) AS hash) AS of, generate_series(0, 9) AS place
            $$
            """
        )
        for label, sql in WRITTEN.items():
            began = time.monotonic()
            for name in sorted(values, key=len, reverse=True):
                sql = sql.replace(f":{name}", values[name])
            cursor.execute(sql)
            say(f"{label:24}{time.monotonic() - began:8.1f} s")
        cursor.execute("ANALYZE maturity_selfassessment, maturity_rating, maturity_explanation")
    began = time.monotonic()
    # Somebody reads all that as a coordinator: whoever leads the second site.
    lead = Membership.objects.filter(site__code="BENCH2", role="site_lead").order_by("pk")[0]
    NetworkMembership.objects.get_or_create(user=lead.user, network=network)
    over = Round.objects.filter(closes_on__lt=now.date()).select_related("framework", "network")
    for row in over.order_by("closes_on"):
        with acting_at(_at_nine(row.closes_on + dt.timedelta(days=1))):
            closing.close(round=row, by=system("bench"))
    say(f"{'closing, by the service':24}{time.monotonic() - began:8.1f} s")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE maturity_round, maturity_action, maturity_profile, hubapp_event")


def _at_nine(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(9), tzinfo=dt.UTC)


if __name__ == "__main__":
    fill_rounds(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS, say=print)
