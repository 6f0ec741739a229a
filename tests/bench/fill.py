"""Fills an empty PostgreSQL database for the benchmark, by SQL over whole sets.

    DATABASE_URL=postgres://… .venv/bin/python tests/bench/fill.py 10000

N innovations at 250 sites over three years, with the people, submissions,
moves, decisions, messages, assessments, deliveries and events that the
services would have written; ``test_fill.py`` proves that they would. Where it
stands today follows from what would have happened by now: most is decided, a
few working days' worth waits. One site has a tenth of everything.

The same N on the same day gives the same rows but for operation ids: chance
comes from hashes of row numbers.
"""

# ruff: noqa: S608 - every statement is put together from constants of this file

from __future__ import annotations

import datetime as dt
import os
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.bench.settings")

    import django

    django.setup()

from django.db import connection

from hubapp.actors import system
from hubapp.refs import ALPHABET
from hubapp.workdays import is_working_day
from portfolio.enums import SOURCE_OF
from portfolio.models import DecisionReason
from portfolio.queries import screening
from portfolio.services import checklists, reasons
from tests.bench import texts

SITES = 250
DAYS = 1096  # three years
BIG, SMALL = 1, 100  # the numbers of the site with a tenth of everything, and of one like most
# From here on it is faster to build the indexes afterwards.
BUILD_INDEXES_AFTER = 50_000

# Tables that are filled, in an order in which nothing points ahead.
TABLES = [
    "accounts_person",
    "accounts_user",
    "accounts_site",
    "accounts_organisation",
    "accounts_network",
    "accounts_networksite",
    "accounts_membership",
    "portfolio_frontdoor",
    "portfolio_submission",
    "portfolio_submissionsite",
    "portfolio_importjob",
    "portfolio_innovation",
    "portfolio_innovationlabel",
    "portfolio_similaridea",
    "portfolio_need",
    "portfolio_needlink",
    "portfolio_screeninganswer",
    "portfolio_importrow",
    "portfolio_decision",
    "portfolio_stagemove",
    "portfolio_message",
    "portfolio_assessment",
    "portfolio_answer",
    "portfolio_enquiry",
    "hubapp_delivery",
    "hubapp_outboxmessage",
    "hubapp_event",
]

# What happens to an idea: (number, state after, reason, kind of decision, multiples of the
# waits d1, d2 and d3 in working days, minutes later). One that would be in the future has not happened.
HISTORIES: dict[str, list[tuple]] = {
    "wait": [],
    "scope": [("scoping", "decision", "scoping", 1, 0, 0, 0)],
    "decline": [("declined", "decision", "decline", 1, 0, 0, 0)],
    "ask_scope": [
        ("asked", "decision", "ask", 1, 0, 0, 0),
        ("waiting", "reply", "", 1, 1, 0, 0),
        ("scoping", "decision", "scoping", 1, 1, 1, 0),
    ],
    "ask_decline": [
        ("asked", "decision", "ask", 1, 0, 0, 0),
        ("waiting", "reply", "", 1, 1, 0, 0),
        ("declined", "decision", "decline", 1, 1, 1, 0),
    ],
    "resume": [
        ("asked", "decision", "ask", 1, 0, 0, 0),
        ("waiting", "resumed", "", 1, 1, 0, 0),
        ("declined", "decision", "decline", 1, 1, 1, 0),
    ],
    "ask_twice": [
        ("asked", "decision", "ask", 1, 0, 0, 0),
        ("waiting", "reply", "", 1, 1, 0, 0),
        ("asked", "decision", "ask", 1, 1, 1, 0),
        ("waiting", "reply", "", 1, 2, 1, 0),
        ("scoping", "decision", "scoping", 1, 2, 2, 0),
    ],
    "ask_withdraw": [
        ("asked", "decision", "ask", 1, 0, 0, 0),
        ("withdrawn", "withdrawn", "", 1, 1, 0, 0),
    ],
    "ask_open": [("asked", "decision", "ask", 1, 0, 0, 0)],
    "withdraw": [("withdrawn", "withdrawn", "", 1, 0, 0, 0)],
    "scope_withdraw": [
        ("scoping", "decision", "scoping", 1, 0, 0, 0),
        ("withdrawn", "withdrawn", "", 1, 1, 0, 0),
    ],
    "signpost": [("signposted", "decision", "signpost", 1, 0, 0, 0)],
    "park": [("parked", "decision", "park", 1, 0, 0, 0)],
    "park_scope": [
        ("parked", "decision", "park", 1, 0, 0, 0),
        ("waiting", "reentry", "", 1, 1, 1, 0),
        ("scoping", "decision", "scoping", 1, 2, 1, 0),
    ],
    "hold_scope": [
        ("held", "hold", "", 1, 0, 0, 0),
        ("waiting", "resumed", "", 1, 1, 0, 0),
        ("scoping", "decision", "scoping", 1, 1, 1, 0),
    ],
    "hold_open": [("held", "hold", "", 1, 0, 0, 0)],
    "undo": [
        ("declined", "decision", "decline", 1, 0, 0, 0),
        ("waiting", "undo", "undo", 1, 0, 0, 5),
        ("scoping", "decision", "scoping", 1, 0, 0, 25),
    ],
    "undo_ask": [
        ("asked", "decision", "ask", 1, 0, 0, 0),
        ("waiting", "undo", "undo", 1, 0, 0, 4),
        ("declined", "decision", "decline", 1, 1, 0, 0),
    ],
}


def _array(items: list[str], holes: bool = True) -> str:
    """A PostgreSQL array of texts; ``{}`` becomes the place of a made-up name."""
    quoted = (item.replace("'", "''").replace("%", "%%") for item in items)
    kept = [text.replace("{}", "%1$s") if holes else text for text in quoted]
    return "ARRAY[" + ",".join(f"'{text}'" for text in kept) + "]::text[]"


def _sentences(items: list[str], least: int, most: int, salt: int) -> str:
    """SQL for ``least`` to ``most`` sentences about row ``s``; each about a place of its own."""
    parts = []
    for number in range(most):
        at = salt + 10 * number
        sentence = f"format(pg_temp.pick({_array(items)}, s, {at}), pg_temp.place(s, {at + 1}))"
        if number < least:
            parts.append(sentence)
        else:
            chance = 1 - (number - least + 1) / (most - least + 1)
            parts.append(f"CASE WHEN pg_temp.u(s, {salt + 9}) < {chance:.3f} THEN {sentence} END")
    return f"concat_ws(' ', {', '.join(parts)})"


def _functions() -> str:
    ref = " || ".join(
        f"substr('{ALPHABET}', 1 + ((x >> {5 * k}) & 31)::int, 1)" for k in range(9, -1, -1)
    )
    names = [
        _array(list(part), holes=False) for part in (texts.BEGINNINGS, texts.MIDDLES, texts.ENDINGS)
    ]
    place = " || ".join(
        f"pg_temp.pick({array}, i, salt + {5000 + k})" for k, array in enumerate(names)
    )
    return f"""
    -- Chance from 0 to 1, the same each time for a row and a salt.
    CREATE FUNCTION pg_temp.u(i bigint, salt int) RETURNS float8 LANGUAGE sql IMMUTABLE AS
      $$ SELECT (hashint8extended(i, salt) & 1073741823)::float8 / 1073741824 $$;
    CREATE FUNCTION pg_temp.pick(a text[], i bigint, salt int) RETURNS text LANGUAGE sql IMMUTABLE AS
      $$ SELECT a[1 + ((hashint8extended(i, salt) & 1073741823) % array_length(a, 1))::int] $$;
    CREATE FUNCTION pg_temp.place(i bigint, salt int) RETURNS text LANGUAGE sql IMMUTABLE AS
      $$ SELECT {place} $$;
    -- Ten characters that differ for every number of a kind and spread over the index as random ones do.
    CREATE FUNCTION pg_temp.ref_of(x bigint) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT {ref} $$;
    CREATE FUNCTION pg_temp.ref(i bigint, kind int) RETURNS text LANGUAGE sql IMMUTABLE AS
      $$ SELECT pg_temp.ref_of((i * 420000000019 + kind::bigint * 71234567890123) & 1125899906842623) $$;
    -- Sites by size: one with a tenth, the others unequal.
    CREATE FUNCTION pg_temp.site_of(s bigint) RETURNS int LANGUAGE sql IMMUTABLE AS
      $$ SELECT CASE WHEN pg_temp.u(s, 1) < 0.1 THEN {BIG}
                     ELSE 2 + floor({SITES - 1} * power(pg_temp.u(s, 2), 1.5))::int END $$;
    """


# Kinds of refs, so that no two tables share one.
(R_PERSON, R_USER, R_SITE, R_NETWORK, R_MEMBER, R_SUBMISSION, R_JOB, R_INNOVATION, R_DECISION, R_MOVE,
 R_MESSAGE, R_ASSESSMENT, R_ENQUIRY, R_DELIVERY, R_OUTBOX, R_DRAFT, R_ORGANISATION,
 R_NEED) = range(1, 19)  # fmt: skip

# People who sign in come first; the submitters' ids follow.
FIRST_SUBMITTER = 10_000


# As services.classification knows it, from what submitters say of themselves.
_SOURCE = (
    "CASE submitter_kind "
    + " ".join(f"WHEN '{kind}' THEN '{source}'" for kind, source in SOURCE_OF.items())
    + " ELSE '' END"
)
_PRIORITY = "(ARRAY['high', 'normal', 'normal', 'low', ''])[1 + floor(5 * pg_temp.u(i, 54))::int]"


def _function(row: str) -> str:
    """SQL for the enabling function that an idea waits for."""
    return f"(ARRAY['ig', 'finance', 'digital'])[1 + floor(3 * pg_temp.u({row}, 55))::int]"


def _people() -> Iterator[tuple[str, str]]:
    yield (
        "sites",
        f"""
    INSERT INTO accounts_site (id, ref, code, slug, name, is_demo, created_at, version)
    SELECT i, pg_temp.ref(i, {R_SITE}), 'BENCH' || i, 'bench' || i, 'Bench Trust ' || lpad(i::text, 3, '0'),
           false, :start::timestamptz, 1
      FROM generate_series(1, {SITES}) i;
    INSERT INTO accounts_organisation (id, ref, name, kind)
    VALUES (1, pg_temp.ref(1, {R_ORGANISATION}), 'Bench Health Innovation Network', 'hin');
    INSERT INTO accounts_network (id, ref, slug, name, created_at)
    VALUES (1, pg_temp.ref(1, {R_NETWORK}), 'bench', 'Bench Network', :start);
    INSERT INTO accounts_networksite (network_id, site_id, valid_from)
    SELECT 1, id, :start::date FROM accounts_site;
    INSERT INTO portfolio_frontdoor
           (site_id, is_open, privacy_notice, who_reads, how_long_kept, decision_days, version)
    SELECT id, true, '', 'The innovation hub team of this site.', 'Three years after we answer you.',
           CASE WHEN id % 10 = 0 THEN 30 ELSE 10 END, 1
      FROM accounts_site WHERE id % 5 = 0;
    """,
    )
    # Eight hub staff at the big site and two elsewhere; a lead, an executive and a reviewer each.
    yield (
        "people who sign in",
        f"""
    CREATE TEMP TABLE bench_user AS
    SELECT row_number() OVER (ORDER BY site, role, k) AS id, site, role, k
      FROM (SELECT site, 'hub_staff' AS role, k FROM generate_series(1, {SITES}) site,
                   LATERAL generate_series(1, CASE WHEN site = {BIG} THEN 8 ELSE 2 END) k
            UNION ALL
            SELECT site, role, 1 FROM generate_series(1, {SITES}) site,
                   unnest(ARRAY['site_lead', 'executive', 'reviewer']) role) everyone;
    ALTER TABLE bench_user ADD COLUMN ref text, ADD COLUMN hubs int;
    UPDATE bench_user SET ref = pg_temp.ref(id, {R_USER}),
           hubs = CASE WHEN site = {BIG} THEN 8 ELSE 2 END;
    INSERT INTO accounts_person (id, ref, name, email, phone, role_words, organisation_words, signs_in, created_at)
    SELECT id, pg_temp.ref(id, {R_PERSON}), 'Bench Colleague ' || id, 'colleague' || id || '@bench.example',
           '', '', '', true, :start
      FROM bench_user;
    INSERT INTO accounts_user (id, ref, person_id, password, is_superuser, is_active, date_joined, wants_digest)
    SELECT id, ref, id, '!', false, true, :start, true FROM bench_user;
    INSERT INTO accounts_membership (ref, site_id, user_id, role, functions, since, version)
    SELECT pg_temp.ref(id, {R_MEMBER}), site, id, role,
           CASE WHEN role = 'reviewer' THEN '["finance", "ig"]' ELSE '[]' END::jsonb, :start, 1
      FROM bench_user;
    -- The first of the hub staff of the big site is also an executive of a small one.
    INSERT INTO accounts_membership (ref, site_id, user_id, role, functions, since, version)
    SELECT pg_temp.ref(0, {R_MEMBER}), {SMALL}, id, 'executive', '[]', :start, 1
      FROM bench_user WHERE site = {BIG} AND role = 'hub_staff' AND k = 1;
    """,
    )


def _plan() -> Iterator[tuple[str, str]]:
    """One row for each innovation: whose, where, when, and what would happen to it."""
    # Every twentieth was sent to two sites; of twenty one was imported; two in a hundred named no site.
    yield (
        "plan",
        f"""
    CREATE TEMP TABLE bench_plan AS
    WITH numbers AS (
      SELECT i::bigint AS i, CASE WHEN i % 20 = 1 AND i > 1 THEN i - 1 ELSE i END::bigint AS s
        FROM generate_series(1, :n) i
    ), sent AS (
      SELECT i, s, i <> s AS is_second, s % 20 = 7 AS is_import,
             (:start::date + floor((s - pg_temp.u(s, 3)) / :n * {DAYS})::int) AS day,
             CASE WHEN i = s THEN pg_temp.site_of(s) ELSE pg_temp.site_of(s) % {SITES} + 1 END AS site,
             CASE WHEN s % 20 = 7 THEN 'import' WHEN pg_temp.u(s, 4) < 0.12 THEN 'hub'
                  WHEN pg_temp.u(s, 4) < 0.13 THEN 'api' ELSE 'front_door' END AS channel
        FROM numbers
    ), timed AS (
      SELECT sent.*,
             day + interval '6 hours' + floor(57000 * pg_temp.u(s, 5)) * interval '1 second' AS sent_at,
             s % 50 = 13 AND channel = 'front_door' AND day < :start::date + {DAYS - 10} AS is_routed,
             channel = 'front_door' OR (channel = 'hub' AND pg_temp.u(s, 6) < 0.6) AS has_submitter,
             1 + floor(22 * power(pg_temp.u(i, 7), 1.3))::int
               + CASE WHEN pg_temp.u(i, 8) < 0.08 THEN 5 + floor(25 * pg_temp.u(i, 9))::int ELSE 0 END AS d1,
             2 + floor(18 * pg_temp.u(i, 10))::int AS d2,
             1 + floor(8 * pg_temp.u(i, 11))::int AS d3,
             pg_temp.u(i, 12) AS fate, pg_temp.u(i, 13) AS held
        FROM sent
    )
    SELECT timed.*, sent_at::date AS confirmed_on,
           CASE WHEN is_routed THEN (day + 1 + floor(3 * pg_temp.u(s, 14))::int) + interval '10 hours'
                ELSE sent_at END AS opened_at,
           CASE WHEN is_import AND pg_temp.u(s, 15) < 0.8
                THEN day - 1 - floor(200 * pg_temp.u(s, 16))::int END AS imported_day,
           CASE WHEN NOT has_submitter THEN
                CASE WHEN fate < 0.36 THEN 'scope' WHEN fate < 0.80 THEN 'decline'
                     WHEN fate < 0.83 THEN 'signpost' WHEN fate < 0.85 THEN 'park'
                     WHEN fate < 0.86 THEN 'park_scope' WHEN fate < 0.87 THEN 'hold_scope'
                     WHEN fate < 0.88 THEN 'hold_open' WHEN fate < 0.96 THEN 'resume' WHEN fate < 0.995 THEN 'undo' ELSE 'wait' END
                ELSE
                CASE WHEN fate < 0.24 THEN 'scope' WHEN fate < 0.61 THEN 'decline'
                     WHEN fate < 0.64 THEN 'signpost' WHEN fate < 0.66 THEN 'park'
                     WHEN fate < 0.67 THEN 'park_scope' WHEN fate < 0.69 THEN 'hold_scope'
                     WHEN fate < 0.70 THEN 'hold_open'
                     WHEN fate < 0.76 THEN 'ask_scope' WHEN fate < 0.83 THEN 'ask_decline'
                     WHEN fate < 0.85 THEN 'resume' WHEN fate < 0.87 THEN 'ask_twice'
                     WHEN fate < 0.90 THEN 'ask_withdraw' WHEN fate < 0.902 THEN 'ask_open'
                     WHEN fate < 0.93 THEN 'withdraw' WHEN fate < 0.95 THEN 'scope_withdraw'
                     WHEN fate < 0.975 THEN 'undo' WHEN fate < 0.997 THEN 'undo_ask' ELSE 'wait' END
           END AS history
      FROM timed;
    ALTER TABLE bench_plan ADD COLUMN opened_on date, ADD COLUMN holder bigint, ADD COLUMN holder_ref text,
                           ADD COLUMN assigned_at timestamptz, ADD COLUMN allowed int,
                           ADD COLUMN classified_at timestamptz;
    UPDATE bench_plan p
       SET opened_on = p.opened_at::date, holder = b.id, holder_ref = b.ref,
           assigned_at = CASE WHEN pg_temp.u(p.i, 17) < 0.85
                         THEN nullif(least(p.opened_at + (0.2 + 20 * pg_temp.u(p.i, 18)) * interval '1 hour',
                                           :now::timestamptz), :now::timestamptz) END,
           allowed = coalesce((SELECT decision_days FROM portfolio_frontdoor f WHERE f.site_id = p.site), 20)
      FROM bench_user b
     WHERE b.role = 'hub_staff' AND b.site = p.site AND b.k = 1 + floor(p.held * b.hubs)::int;
    -- Somebody who looks after an idea says what it is, a while later; of imports nobody does.
    UPDATE bench_plan
       SET classified_at = assigned_at + interval '7 minutes'
     WHERE pg_temp.u(i, 50) < 0.7 AND NOT is_import AND assigned_at + interval '7 minutes' <= :now;
    CREATE UNIQUE INDEX ON bench_plan (i);
    ANALYZE bench_plan;
    """,
    )
    rows = [
        f"('{history}', {number}, '{state}', '{reason}', '{kind}', {a}, {b}, {c}, {minutes})"
        for history, steps in HISTORIES.items()
        for number, (state, reason, kind, a, b, c, minutes) in enumerate(steps, start=2)
    ]
    yield (
        "moves",
        f"""
    CREATE TEMP TABLE bench_history AS
    SELECT * FROM (VALUES {", ".join(rows)})
        AS h(history, number, to_state, reason, kind, k1, k2, k3, minutes);
    CREATE TEMP TABLE bench_step AS
    SELECT p.i, 1 AS number, 'waiting' AS to_state,
           CASE WHEN p.is_import THEN 'imported' ELSE 'received' END AS reason, '' AS kind,
           p.opened_at::timestamptz AS at, p.opened_on AS on_day
      FROM bench_plan p
    UNION ALL
    SELECT p.i, h.number, h.to_state, h.reason, h.kind, t.at, t.at::date
      FROM bench_plan p
      JOIN bench_history h USING (history)
      JOIN bench_calendar c ON c.day = p.opened_on
      JOIN bench_workday w ON w.n = c.n + h.k1 * p.d1 + h.k2 * p.d2 + h.k3 * p.d3
      CROSS JOIN LATERAL (SELECT (w.day + interval '9 hours' + floor(24000 * pg_temp.u(p.i, 19)) * interval '1 second'
                         + h.minutes * interval '1 minute')::timestamptz AS at) t
     WHERE t.at <= :now;
    CREATE INDEX ON bench_step (i, number);
    ANALYZE bench_step;
    """,
    )
    yield (
        "standing",
        """
    CREATE TEMP TABLE bench_standing AS
    WITH kept AS (
      SELECT * FROM (SELECT s.*, lead(reason) OVER w AS after FROM bench_step s
                     WINDOW w AS (PARTITION BY i ORDER BY number)) x
       WHERE reason <> 'undo' AND after IS DISTINCT FROM 'undo'
    ), told AS (
      SELECT kept.*, lead(on_day) OVER w AS until, lead(number) OVER w IS NULL AS is_last
        FROM kept WINDOW w AS (PARTITION BY i ORDER BY number)
    ), counted AS (
      SELECT told.*, greatest(0, u.n - f.n) AS days
        FROM told LEFT JOIN bench_calendar f ON f.day = on_day LEFT JOIN bench_calendar u ON u.day = until
    )
    SELECT i, max(to_state) FILTER (WHERE is_last) AS state, max(at) FILTER (WHERE is_last) AS state_since,
           min(on_day) FILTER (WHERE reason = 'decision' AND to_state <> 'asked') AS decided_on,
           min(on_day) FILTER (WHERE to_state IN ('declined', 'withdrawn')) AS closed_on,
           max(on_day) FILTER (WHERE reason = 'reentry') AS back_on,
           coalesce(sum(days) FILTER (WHERE to_state IN ('asked', 'held') AND until IS NOT NULL), 0)::int AS stopped
      FROM counted GROUP BY i;
    CREATE UNIQUE INDEX ON bench_standing (i);
    ANALYZE bench_standing;
    """,
    )
    yield (
        "messages planned",
        """
    CREATE TEMP TABLE bench_message AS
    SELECT row_number() OVER (ORDER BY at, i) AS id, m.* FROM (
      SELECT s.i, 'from_submitter' AS direction, s.at FROM bench_step s WHERE s.reason = 'reply'
      UNION ALL
      SELECT i, 'to_submitter', opened_at + (1 + 30 * pg_temp.u(i, 20)) * interval '1 hour'
        FROM bench_plan WHERE has_submitter AND pg_temp.u(i, 21) < 0.15
      UNION ALL
      SELECT i, 'from_submitter', opened_at + (31 + 40 * pg_temp.u(i, 22)) * interval '1 hour'
        FROM bench_plan
       WHERE has_submitter AND pg_temp.u(i, 23) < 0.06 AND history IN ('scope', 'decline', 'wait', 'undo')
    ) m WHERE at <= :now;
    ANALYZE bench_message;
    CREATE TEMP TABLE bench_last AS
    SELECT i, max(at) AS at, count(*) FILTER (WHERE is_move) AS moves
      FROM (SELECT i, at, true AS is_move FROM bench_step
            UNION ALL SELECT i, at, false FROM bench_message
            UNION ALL SELECT i, assigned_at, false FROM bench_plan WHERE assigned_at IS NOT NULL
            UNION ALL SELECT i, classified_at, false FROM bench_plan WHERE classified_at IS NOT NULL) a
     GROUP BY i;
    CREATE UNIQUE INDEX ON bench_last (i);
    ANALYZE bench_last;
    -- The first message to the submitter or decision that stands.
    CREATE TEMP TABLE bench_acknowledged AS
    SELECT i, min(day) AS day FROM (
      SELECT i, at::date AS day FROM bench_message WHERE direction = 'to_submitter'
      UNION ALL
      SELECT i, on_day FROM (SELECT s.*, lead(reason) OVER (PARTITION BY i ORDER BY number) AS after
                               FROM bench_step s) x
       WHERE reason = 'decision' AND after IS DISTINCT FROM 'undo'
    ) a GROUP BY i;
    CREATE UNIQUE INDEX ON bench_acknowledged (i);
    ANALYZE bench_acknowledged;
    """,
    )
    yield (
        "decisions planned",
        """
    CREATE TEMP TABLE bench_reason AS
    SELECT site_id AS site, kind, code, label, words, next_step,
           row_number() OVER (PARTITION BY site_id, kind ORDER BY position) - 1 AS k,
           count(*) OVER (PARTITION BY site_id, kind) AS of
      FROM portfolio_decisionreason;
    ANALYZE bench_reason;
    CREATE TEMP TABLE bench_decision AS
    SELECT d.*, CASE WHEN kind = 'undo' THEN lag(id) OVER w END AS reverses,
           lead(kind) OVER w IS NOT DISTINCT FROM 'undo' AS is_undone
      FROM (SELECT row_number() OVER (ORDER BY at, i, number) AS id,
                   row_number() OVER (PARTITION BY i ORDER BY number) AS decision, s.*
              FROM bench_step s WHERE kind <> '') d
    WINDOW w AS (PARTITION BY i ORDER BY number);
    CREATE UNIQUE INDEX ON bench_decision (i, number);
    ANALYZE bench_decision;
    -- The submitter wrote last: neither a message nor a decision since.
    CREATE TEMP TABLE bench_news AS
    SELECT m.i FROM (SELECT i, max(at) AS at FROM bench_message WHERE direction = 'from_submitter' GROUP BY i) m
      LEFT JOIN (SELECT i, max(at) AS at FROM bench_message WHERE direction = 'to_submitter' GROUP BY i) o USING (i)
      LEFT JOIN (SELECT i, max(at) AS at FROM bench_decision GROUP BY i) d USING (i)
     WHERE (o.at IS NULL OR o.at < m.at) AND (d.at IS NULL OR d.at < m.at);
    CREATE UNIQUE INDEX ON bench_news (i);
    ANALYZE bench_news;
    """,
    )


def _submissions() -> Iterator[tuple[str, str]]:
    title = f"format(pg_temp.pick({_array(texts.TITLES)}, s, 100), pg_temp.place(s, 101))"
    yield (
        "texts",
        f"""
    CREATE TEMP TABLE bench_text AS
    SELECT s, {title} AS title,
           {_sentences(texts.PROBLEMS, 2, 5, 200)} AS problem,
           {_sentences(texts.FOR_WHOM, 1, 1, 300)} AS for_whom,
           {_sentences(texts.IDEAS, 2, 4, 400)} || E'\\n\\n' || {_sentences(texts.IDEAS, 2, 8, 600)} AS idea,
           CASE WHEN pg_temp.u(s, 24) < 0.03 THEN 'medicine' WHEN pg_temp.u(s, 24) < 0.16 THEN 'device'
                WHEN pg_temp.u(s, 24) < 0.44 THEN 'digital' WHEN pg_temp.u(s, 24) < 0.92 THEN 'service'
                WHEN s % 20 = 7 THEN 'service' ELSE '' END AS innovation_type,
           (ARRAY['staff', 'staff', 'staff', 'public', 'company', 'university', 'other_nhs'])
             [1 + floor(7 * pg_temp.u(s, 25))::int] AS submitter_kind,
           pg_temp.u(s, 26) < 0.04 AS is_confidential
      FROM generate_series(1, :n + :unconfirmed + :unrouted) s;
    CREATE UNIQUE INDEX ON bench_text (s);
    ANALYZE bench_text;
    """,
    )
    yield (
        "submitters",
        f"""
    INSERT INTO accounts_person (id, ref, name, email, phone, role_words, organisation_words, signs_in, created_at)
    SELECT {FIRST_SUBMITTER} + s, pg_temp.ref({FIRST_SUBMITTER} + s, {R_PERSON}), 'Bench Person ' || s,
           'person' || s || '@bench.example', '', '', '', false, sent_at
      FROM bench_plan WHERE has_submitter AND NOT is_second;
    INSERT INTO accounts_person (id, ref, name, email, phone, role_words, organisation_words, signs_in, created_at)
    SELECT {FIRST_SUBMITTER} + s, pg_temp.ref({FIRST_SUBMITTER} + s, {R_PERSON}), 'Bench Person ' || s,
           'person' || s || '@bench.example', '', '', '', false, :now
      FROM generate_series(:n + 1, :n + :unconfirmed + :unrouted) s;
    """,
    )
    columns = """(id, ref, channel, submitter_id, submitter_kind, title, problem, for_whom, idea, innovation_type,
       is_confidential, network_id, routed_at, once_key, link_generation, created_at, confirmed_at, confirmed_on)"""
    yield (
        "submissions",
        f"""
    INSERT INTO portfolio_submission {columns}
    SELECT s, pg_temp.ref(s, {R_SUBMISSION}), channel,
           CASE WHEN has_submitter THEN {FIRST_SUBMITTER} + s END, t.submitter_kind, title, problem, for_whom, idea,
           innovation_type, is_confidential, CASE WHEN is_routed THEN 1 END,
           CASE WHEN is_routed THEN opened_at END,
           CASE WHEN channel = 'front_door' THEN 'draft:' || pg_temp.ref(s, {R_DRAFT}) END, 1,
           CASE WHEN channel = 'front_door' THEN sent_at - interval '20 minutes' ELSE sent_at END,
           sent_at, confirmed_on
      FROM bench_plan JOIN bench_text t USING (s) WHERE NOT is_second AND NOT is_import;
    -- Not confirmed yet, and those that a coordinator has to route.
    INSERT INTO portfolio_submission {columns}
    SELECT s, pg_temp.ref(s, {R_SUBMISSION}), 'front_door', {FIRST_SUBMITTER} + s, submitter_kind, title, problem,
           for_whom, idea, innovation_type, is_confidential, CASE WHEN s > :n + :unconfirmed THEN 1 END, NULL,
           'draft:' || pg_temp.ref(s, {R_DRAFT}), 1, at,
           CASE WHEN s > :n + :unconfirmed THEN at + interval '5 minutes' END,
           CASE WHEN s > :n + :unconfirmed THEN (at + interval '5 minutes')::date END
      FROM (SELECT t.*, (:now::timestamptz)::date - 1 - floor(28 * pg_temp.u(s, 27))::int + interval '12 hours' AS at
              FROM bench_text t WHERE s > :n) late;
    INSERT INTO portfolio_submissionsite (submission_id, site_id, awaits_confirmation)
    SELECT s, site, false FROM bench_plan WHERE NOT is_import
    UNION ALL
    SELECT s, pg_temp.site_of(s), true FROM bench_text WHERE s > :n AND s <= :n + :unconfirmed;
    """,
    )


def _innovations() -> Iterator[tuple[str, str]]:
    yield (
        "import jobs",
        f"""
    INSERT INTO portfolio_importjob
           (id, ref, site_id, file_name, stored_as, state, problem, total, read, created, unchanged, failed, undated,
            doubted, by_type, ignored, tries, queued_at, started_at, heard_at, finished_at, actor_kind, actor_ref,
            step, dry_run, columns, fingerprint, mapping, undone, undo_actor_kind, undo_actor_ref, version)
    SELECT site, pg_temp.ref(site, {R_JOB}), site, 'bench.csv', '', 'done', '', sum(k), sum(k), sum(k), 0, 0,
           sum(undated), 0, jsonb_object_agg(innovation_type, k), '[]', 0, max(at), max(at), max(at), max(at),
           'user', max(ref), 'add', false, '[]', '', '{{}}', 0, '', '', 1
      FROM (SELECT site, innovation_type, count(*) AS k, count(*) FILTER (WHERE imported_day IS NULL) AS undated,
                   max(opened_at) AS at, min(holder_ref) AS ref
              FROM bench_plan JOIN bench_text USING (s) WHERE is_import GROUP BY site, innovation_type) g
     GROUP BY site;
    """,
    )
    # As hubapp.db.search.fold does: these texts have capitals and line breaks, and nothing else to fold.
    # Then, as search_text_of does, each word once, where it stood first.
    words = f"""lower(pg_temp.ref(i, {R_INNOVATION}) || ' ' || title || ' ' || problem || ' ' || for_whom || ' '
                || replace(idea, E'\\n\\n', ' '))"""
    folded = f"""(SELECT string_agg(word, ' ' ORDER BY place)
                    FROM (SELECT word, min(place) AS place
                            FROM unnest(string_to_array({words}, ' ')) WITH ORDINALITY w(word, place)
                           GROUP BY word) once)"""
    midnight = "(imported_day::timestamp AT TIME ZONE 'Europe/London')"
    # One in twenty looks like the idea that its site got before; each knows the other.
    yield (
        "similar ideas planned",
        """
    CREATE TEMP TABLE bench_similar AS
    WITH pairs AS (
      SELECT i, other FROM (SELECT i, lag(i) OVER (PARTITION BY site ORDER BY i) AS other FROM bench_plan) p
       WHERE other IS NOT NULL AND pg_temp.u(i, 80) < 0.05
    )
    SELECT i, other FROM pairs UNION ALL SELECT other, i FROM pairs;
    CREATE INDEX ON bench_similar (i);
    ANALYZE bench_similar;
    """,
    )
    yield (
        "innovations",
        f"""
    INSERT INTO portfolio_innovation
           (id, ref, site_id, submission_id, channel, submitter_kind, title, problem, for_whom, idea,
            innovation_type, is_confidential, state, state_since, assignee_id, received_at, received_on,
            queued_at, clock_started_on, days_allowed, due_on, clock_ended_on, clock_due_on,
            first_decided_on, decision_days, import_key, search_text, version, created_at, updated_at,
            sort_due, waits_on, waits_on_function, acknowledge_by, acknowledged_on, follow_up_on, exemption,
            source, focus, origin, category, care_setting, trl, priority, similar_count, public_summary,
            has_new_message, has_new_answer, benefits)
    SELECT i, pg_temp.ref(i, {R_INNOVATION}), site, CASE WHEN NOT is_import THEN s END, channel,
           submitter_kind, title, problem, for_whom, idea,
           innovation_type, is_confidential, state, state_since,
           CASE WHEN assigned_at IS NOT NULL THEN holder END,
           CASE WHEN is_import THEN {midnight} ELSE sent_at END,
           CASE WHEN is_import THEN imported_day ELSE confirmed_on END,
           CASE WHEN is_import THEN coalesce({midnight}, opened_at) ELSE sent_at END,
           CASE WHEN NOT is_import THEN opened_on END, CASE WHEN NOT is_import THEN allowed END,
           CASE WHEN NOT is_import AND state = 'waiting' THEN coalesce(again.day, due.day) END,
           CASE WHEN has_ended THEN ended_on END, CASE WHEN has_ended THEN due.day END, decided_on,
           CASE WHEN has_ended AND decided_on IS NOT NULL THEN greatest(0, e.n - c.n - stopped) END,
           CASE WHEN is_import THEN encode(sha256(('["id", "bench-' || i || '"]')::bytea), 'hex') END,
           {folded}, l.moves + (assigned_at IS NOT NULL)::int + (classified_at IS NOT NULL)::int, opened_at, l.at,
           CASE WHEN NOT is_import AND state = 'waiting' THEN coalesce(again.day, due.day) ELSE '9999-12-31' END,
           CASE state WHEN 'asked' THEN 'submitter' WHEN 'held' THEN 'function' ELSE '' END,
           CASE state WHEN 'held' THEN {_function("i")} ELSE '' END,
           CASE WHEN has_submitter AND NOT is_import THEN soon.day END, k.day,
           CASE WHEN state = 'signposted' AND g.decided_on > :now::date - 28 THEN g.decided_on + 28 END, '',
           CASE WHEN is_import THEN '' ELSE {_SOURCE} END,
           CASE WHEN classified_at IS NULL THEN ''
                ELSE (ARRAY['adoption', 'adoption', 'invention', 'commercialisation'])[1 + floor(4 * pg_temp.u(i, 51))::int] END,
           CASE WHEN classified_at IS NULL THEN ''
                ELSE (ARRAY['home_grown', 'imported'])[1 + floor(2 * pg_temp.u(i, 52))::int] END,
           CASE WHEN classified_at IS NULL THEN ''
                ELSE (ARRAY['digital', 'models_of_care', 'medical_device', 'data', 'other'])[1 + floor(5 * pg_temp.u(i, 53))::int] END,
           '', NULL,
           CASE WHEN classified_at IS NULL THEN '' ELSE {_PRIORITY} END,
           (SELECT count(*) FROM bench_similar WHERE bench_similar.i = p.i), '',
           EXISTS (SELECT 1 FROM bench_news WHERE bench_news.i = p.i), false,
           CASE WHEN classified_at IS NULL THEN 0
                ELSE (SELECT coalesce(sum(1 << k), 0) FROM generate_series(0, 4) k WHERE pg_temp.u(i, 60 + k) < 0.3) END
      FROM bench_plan p
      JOIN bench_text USING (s)
      JOIN bench_standing g USING (i)
      JOIN bench_last l USING (i)
      LEFT JOIN bench_acknowledged k USING (i)
      CROSS JOIN LATERAL (SELECT NOT is_import AND (state NOT IN ('waiting', 'asked', 'held') OR decided_on IS NOT NULL)
                                 AS has_ended,
                                 coalesce(decided_on, closed_on) AS ended_on) x
      JOIN bench_calendar c ON c.day = opened_on
      JOIN bench_workday due ON due.n = c.n + allowed + stopped
      JOIN bench_workday soon ON soon.n = c.n + 2
      LEFT JOIN bench_calendar e ON e.day = ended_on
      LEFT JOIN bench_calendar b ON b.day = back_on
      LEFT JOIN bench_workday again ON again.n = b.n + allowed
     ORDER BY i;
    INSERT INTO portfolio_similaridea (site_id, innovation_id, other_id, score, found_at, version)
    SELECT site, i, other, 0.7, opened_at, 1 FROM bench_similar JOIN bench_plan USING (i) ORDER BY i;
    INSERT INTO portfolio_innovationlabel (site_id, innovation_id, kind, value)
    SELECT site, i, 'benefit', (ARRAY['care', 'inequalities', 'pressure', 'staff', 'strategic'])[1 + k]
      FROM bench_plan, generate_series(0, 4) k
     WHERE classified_at IS NOT NULL AND pg_temp.u(i, 60 + k) < 0.3
    UNION ALL
    SELECT site, i, 'tag', 'tag ' || (1 + floor(40 * pg_temp.u(i, 70)))::int
      FROM bench_plan WHERE classified_at IS NOT NULL AND pg_temp.u(i, 71) < 0.4
    ORDER BY 2;
    INSERT INTO portfolio_importrow (site_id, job_id, number, outcome, reason, innovation_id)
    SELECT site, site, 1 + row_number() OVER (PARTITION BY site ORDER BY i), 'created', '', i
      FROM bench_plan WHERE is_import;
    """,
    )
    link = "CASE WHEN m.reason IN ('reply', 'withdrawn') OR (m.reason = 'received' AND channel = 'front_door')"
    yield (
        "decisions",
        f"""
    INSERT INTO portfolio_decision
           (id, ref, site_id, innovation_id, number, kind, reason_code, reason_label, words, next_step,
            made_at, made_on, release_at, reverses_id, actor_kind, actor_ref,
            would_change, organisation_id, introduction, follow_up_on, until_what, interests, no_conflict)
    SELECT d.id, pg_temp.ref(d.id, {R_DECISION}), p.site, d.i, d.decision, d.kind, coalesce(r.code, ''),
           coalesce(r.label, ''), coalesce(r.words, ''), coalesce(r.next_step, ''), d.at, d.on_day,
           CASE WHEN d.kind <> 'undo' THEN d.at + interval '10 minutes' END, d.reverses, 'user', p.holder_ref,
           '', CASE d.kind WHEN 'signpost' THEN 1 END, '',
           CASE WHEN d.kind = 'signpost' AND d.on_day > :now::date - 28 THEN d.on_day + 28 END,
           CASE d.kind WHEN 'park' THEN 'the next budget' ELSE '' END, '[]',
           CASE WHEN d.kind <> 'undo' THEN true END
      FROM bench_decision d
      JOIN bench_plan p USING (i)
      LEFT JOIN bench_reason r ON r.site = p.site AND r.kind = d.kind AND r.k = floor(pg_temp.u(d.id, 28) * r.of)::int
     ORDER BY d.id;
    INSERT INTO portfolio_stagemove
           (id, ref, site_id, innovation_id, number, from_state, to_state, reason, decision_id, at, "on",
            actor_kind, actor_ref, waits_on, function, stop_reason)
    SELECT m.id, pg_temp.ref(m.id, {R_MOVE}), p.site, m.i, m.number, m.from_state, m.to_state, m.reason, d.id, m.at,
           m.on_day, {link} THEN 'link' ELSE 'user' END,
           {link} THEN pg_temp.ref(p.s, {R_SUBMISSION}) ELSE p.holder_ref END,
           CASE m.to_state WHEN 'held' THEN 'function' ELSE '' END,
           CASE m.to_state WHEN 'held' THEN {_function("m.i")} ELSE '' END,
           CASE m.to_state WHEN 'held' THEN 'assurance' ELSE '' END
      FROM (SELECT row_number() OVER (ORDER BY at, i, number) AS id, s.*,
                   coalesce(lag(to_state) OVER (PARTITION BY i ORDER BY number), '') AS from_state
              FROM bench_step s) m
      JOIN bench_plan p USING (i)
      LEFT JOIN bench_decision d ON d.i = m.i AND d.number = m.number
     ORDER BY m.id;
    """,
    )
    yield (
        "messages",
        f"""
    INSERT INTO portfolio_message
           (id, ref, site_id, innovation_id, direction, body, at, actor_kind, actor_ref, mail_id, remark, whole_text)
    SELECT m.id, pg_temp.ref(m.id, {R_MESSAGE}), p.site, m.i, m.direction,
           format(pg_temp.pick({_array(texts.MESSAGES)}, m.id, 29), pg_temp.place(m.id, 30)), m.at,
           CASE WHEN m.direction = 'to_submitter' THEN 'user' ELSE 'link' END,
           CASE WHEN m.direction = 'to_submitter' THEN p.holder_ref ELSE pg_temp.ref(p.s, {R_SUBMISSION}) END,
           '', '', ''
      FROM bench_message m JOIN bench_plan p USING (i)
     ORDER BY m.id;
    """,
    )
    # By hub staff, some time between receiving and deciding: about one in eight, nine in ten of them finished.
    yield (
        "assessments",
        f"""
    CREATE TEMP TABLE bench_assessment AS
    SELECT row_number() OVER (ORDER BY at, i) AS id, a.*, pg_temp.u(i, 31) < 0.9 AS is_done
      FROM (SELECT i, site, holder, holder_ref, opened_at + (1 + 20 * pg_temp.u(i, 32)) * interval '1 hour' AS at
              FROM bench_plan WHERE pg_temp.u(i, 33) < 0.12) a
     WHERE at + interval '1 hour' <= :now;
    ANALYZE bench_assessment;
    CREATE TEMP TABLE bench_checklist AS
    SELECT id FROM portfolio_checklist WHERE key = 'manchester-8' AND valid_to IS NULL
     ORDER BY version DESC LIMIT 1;
    INSERT INTO portfolio_assessment
           (id, ref, site_id, innovation_id, checklist_id, assessor_id, started_at, updated_at, done_at, version)
    SELECT a.id, pg_temp.ref(a.id, {R_ASSESSMENT}), site, i, (SELECT id FROM bench_checklist), holder, at,
           at + interval '15 minutes', CASE WHEN is_done THEN at + interval '15 minutes' END,
           CASE WHEN is_done THEN 3 ELSE 2 END
      FROM bench_assessment a ORDER BY a.id;
    INSERT INTO portfolio_answer (site_id, assessment_id, item_id, value, note)
    SELECT a.site, a.id, c.id, (ARRAY['yes', 'yes', 'partly', 'no', 'dont_know'])[1 + floor(5 * x.v)::int],
           CASE WHEN x.v < 0.2
                THEN format(pg_temp.pick({_array(texts.NOTES)}, a.id, 34), pg_temp.place(a.id, 35)) ELSE '' END
      FROM bench_assessment a
      JOIN portfolio_checklistitem c ON c.checklist_id = (SELECT id FROM bench_checklist)
      CROSS JOIN LATERAL (SELECT pg_temp.u(a.id * 50 + c.position, 36) AS v) x
     WHERE a.is_done OR c.position <= 5
     ORDER BY a.id, c.position;
    """,
    )
    yield (
        "enquiries",
        f"""
    INSERT INTO portfolio_enquiry
           (id, ref, site_id, kind, subject, detail, state, answer, signposted_to, assignee_id, received_at, received_on,
            closed_at, closed_on, version, updated_at, actor_kind, actor_ref)
    SELECT i, pg_temp.ref(i, {R_ENQUIRY}), e.site, (ARRAY['question', 'bid', 'introduction'])[1 + (i % 3)::int],
           format(pg_temp.pick({_array(texts.SUBJECTS)}, i, 37), pg_temp.place(i, 38)),
           format(pg_temp.pick({_array(texts.PROBLEMS)}, i, 39), pg_temp.place(i, 40)), state,
           CASE WHEN state = 'answered'
                THEN format(pg_temp.pick({_array(texts.MESSAGES)}, i, 41), pg_temp.place(i, 42)) ELSE '' END,
           CASE WHEN state = 'signposted' THEN 'The research office' ELSE '' END,
           CASE WHEN i % 3 > 0 THEN b.id END, at, at::date,
           CASE WHEN state <> 'open' THEN closed END, CASE WHEN state <> 'open' THEN closed::date END,
           1 + (state <> 'open')::int, CASE WHEN state <> 'open' THEN closed ELSE at END, 'user', b.ref
      FROM (SELECT i, site, at, closed,
                   CASE WHEN closed > :now OR pg_temp.u(i, 43) < 0.005 THEN 'open'
                        WHEN pg_temp.u(i, 44) < 0.3 THEN 'signposted' ELSE 'answered' END AS state
              FROM (SELECT i, pg_temp.site_of(i + 1000000007) AS site, at,
                           at + (1 + floor(10 * pg_temp.u(i, 45))) * interval '1 day' AS closed
                      FROM (SELECT i::bigint AS i, (:start::date + floor((i - pg_temp.u(i, 46)) / :enquiries * {DAYS})::int
                                   + interval '11 hours')::timestamptz AS at
                              FROM generate_series(1, :enquiries) i) r) s) e
      JOIN bench_user b ON b.role = 'hub_staff' AND b.site = e.site AND b.k = 1 + (e.i % b.hubs)
     ORDER BY i;
    """,
    )


def needs_and_questions() -> Iterator[tuple[str, str]]:
    """What ideas serve, and the eight questions: of the innovations that are there, one in ten and one in twenty."""
    yield (
        "needs",
        f"""
    INSERT INTO portfolio_need
           (id, ref, site_id, kind, title, statement, evidence, owner_words, valid_from, until_on, close_reason,
            version, created_at, updated_at)
    SELECT n, pg_temp.ref(n, {R_NEED}), site, CASE WHEN k % 2 = 0 THEN 'priority' ELSE 'problem' END,
           format(pg_temp.pick({_array(texts.SUBJECTS)}, n, 90), pg_temp.place(n, 91)),
           format(pg_temp.pick({_array(texts.PROBLEMS)}, n, 92), pg_temp.place(n, 93)), '', 'The board',
           :start, '9999-12-31', '', 1, :start, :start
      FROM (SELECT row_number() OVER (ORDER BY site, k) AS n, site, k FROM generate_series(1, {SITES}) site,
                   LATERAL generate_series(1, CASE WHEN site = {BIG} THEN 8 ELSE 2 END) k) x;
    INSERT INTO portfolio_needlink (site_id, need_id, innovation_id, at, actor_kind, actor_ref)
    SELECT i.site_id, f.first + floor(pg_temp.u(i.id, 94) * f.of)::int, i.id, i.updated_at, 'user', u.ref
      FROM portfolio_innovation i
      JOIN accounts_user u ON u.id = i.assignee_id
      JOIN (SELECT site_id, min(id) AS first, count(*) AS of FROM portfolio_need GROUP BY site_id) f
        ON f.site_id = i.site_id
     WHERE pg_temp.u(i.id, 95) < 0.1
     ORDER BY i.id;
    """,
    )
    codes = ", ".join(f"('{each.code}')" for each in screening.edition_on().questions)
    yield (
        "eight questions",
        f"""
    INSERT INTO portfolio_screeninganswer
           (site_id, innovation_id, question, value, edition, at, actor_kind, actor_ref)
    SELECT i.site_id, i.id, q.code, CASE WHEN pg_temp.u(i.id * 9 + q.k, 96) < 0.25 THEN 'yes' ELSE 'no' END,
           {screening.edition_on().version}, i.updated_at, 'user', u.ref
      FROM portfolio_innovation i
      JOIN accounts_user u ON u.id = i.assignee_id
      CROSS JOIN (SELECT code, row_number() OVER () AS k FROM (VALUES {codes}) v(code)) q
     WHERE pg_temp.u(i.id, 97) < 0.05
     ORDER BY i.id, q.k;
    """,
    )


def _mail_and_events() -> Iterator[tuple[str, str]]:
    yield (
        "deliveries",
        f"""
    CREATE TEMP TABLE bench_delivery AS
    SELECT row_number() OVER (ORDER BY created_at, key) AS id, x.* FROM (
      SELECT 'portfolio.confirm' AS kind, s, NULL::bigint AS site, jsonb_build_object('submission', ref) AS context,
             'confirm:' || ref AS key, created_at, created_at AS due_at, false AS is_cancelled
        FROM (SELECT id AS s, ref, created_at FROM portfolio_submission WHERE channel = 'front_door') c
      UNION ALL
      SELECT 'portfolio.received', id, NULL, jsonb_build_object('submission', ref), 'received:' || ref, confirmed_at,
             confirmed_at, false
        FROM portfolio_submission WHERE confirmed_at IS NOT NULL AND submitter_id IS NOT NULL
      UNION ALL
      SELECT 'portfolio.decision', s, site, jsonb_build_object('decision', pg_temp.ref(d.id, {R_DECISION})),
             'decision:' || pg_temp.ref(d.id, {R_DECISION}), d.at, d.at + interval '10 minutes', is_undone
        FROM bench_decision d JOIN bench_plan p USING (i) WHERE has_submitter AND d.kind <> 'undo'
      UNION ALL
      SELECT 'portfolio.message', s, site, jsonb_build_object('message', pg_temp.ref(m.id, {R_MESSAGE})),
             'message:' || pg_temp.ref(m.id, {R_MESSAGE}), m.at, m.at, false
        FROM bench_message m JOIN bench_plan p USING (i) WHERE m.direction = 'to_submitter'
    ) x;
    INSERT INTO hubapp_delivery
           (id, ref, kind, recipient_id, site_id, context, key, message_id, created_at, available_at, claimed_at,
            sent_at, cancelled_at)
    SELECT id, pg_temp.ref(id, {R_DELIVERY}), kind, {FIRST_SUBMITTER} + s, site, context, key,
           '<' || lower(pg_temp.ref(id, {R_DELIVERY})) || '@bench.example>', created_at, due_at,
           CASE WHEN due_at + interval '3 seconds' <= :now THEN due_at + interval '2 seconds' END,
           CASE WHEN due_at + interval '3 seconds' <= :now AND NOT is_cancelled THEN due_at + interval '3 seconds' END,
           CASE WHEN due_at + interval '3 seconds' <= :now AND is_cancelled THEN due_at + interval '3 seconds' END
      FROM bench_delivery ORDER BY id;
    -- Finished messages are tidied away after thirty days.
    INSERT INTO hubapp_outboxmessage
           (ref, topic, payload, created_at, available_at, published_at, claimed_at, done_at, attempts, last_error)
    SELECT pg_temp.ref(id, {R_OUTBOX}), 'hubapp.notifications.send',
           jsonb_build_object('ref', pg_temp.ref(id, {R_DELIVERY})), created_at, due_at,
           CASE WHEN is_due THEN due_at + interval '1 second' END,
           CASE WHEN is_due THEN due_at + interval '2 seconds' END,
           CASE WHEN is_due THEN due_at + interval '3 seconds' END, is_due::int, ''
      FROM (SELECT *, due_at + interval '3 seconds' <= :now AS is_due FROM bench_delivery) d
     WHERE created_at > :now::timestamptz - interval '30 days'
     ORDER BY id;
    """,
    )

    def rows(verb: str, kind: str, subject: str, actor: str, actor_ref: str, changes: str, rest: str, at: str = "at",
             site: str = "site") -> str:  # fmt: skip
        return (
            f"SELECT {at} AS at, {verb} AS verb, {site}::bigint AS site_id, '{kind}' AS subject_kind,"
            f" {subject} AS subject_ref, {actor} AS actor_kind, {actor_ref} AS actor_ref,"
            f" {changes} AS changes FROM {rest}"
        )

    submission = f"pg_temp.ref(s, {R_SUBMISSION})"
    innovation = f"pg_temp.ref(i, {R_INNOVATION})"
    by_hub = "CASE WHEN channel IN ('hub', 'api') THEN"
    sites = (
        "(SELECT s, jsonb_agg('BENCH' || site ORDER BY site) AS codes FROM bench_plan GROUP BY s) c"
    )
    first = "bench_plan p WHERE NOT is_second AND NOT is_import"
    parts = [
        rows("'submission.sent'", "portfolio.submission", submission, "'link'", f"pg_temp.ref(s, {R_DRAFT})",
             "jsonb_build_object('sites', CASE WHEN is_routed THEN '[]' ELSE codes END)",
             f"bench_plan p JOIN {sites} USING (s) WHERE NOT is_second AND channel = 'front_door'",
             at="sent_at - interval '20 minutes'", site="NULL"),
        rows("'submission.confirmed'", "portfolio.submission", submission, "'link'", submission, "'{}'::jsonb",
             f"{first} AND channel = 'front_door'", at="sent_at", site="NULL"),
        rows("'submission.entered'", "portfolio.submission", submission, "'user'", "holder_ref",
             "jsonb_build_object('channel', channel)", f"{first} AND channel IN ('hub', 'api')", at="sent_at"),
        rows("'submission.routed'", "portfolio.submission", submission, "'system'", "'bench'",
             "jsonb_build_object('sites', codes)",
             f"bench_plan p JOIN {sites} USING (s) WHERE is_routed AND NOT is_second", at="opened_at", site="NULL"),
        rows("'innovation.received'", "portfolio.innovation", innovation, f"{by_hub} 'user' ELSE 'link' END",
             f"{by_hub} holder_ref ELSE {submission} END", "jsonb_build_object('channel', channel)",
             "bench_plan p WHERE NOT is_import", at="opened_at"),
        rows("'innovation.imported'", "portfolio.innovation", innovation, "'user'", "holder_ref",
             f"jsonb_build_object('import', pg_temp.ref(site, {R_JOB}))", "bench_plan p WHERE is_import",
             at="opened_at"),
        rows("'innovation.assigned'", "portfolio.innovation", innovation, "'user'", "holder_ref",
             "jsonb_build_object('assignee', jsonb_build_array(NULL, holder_ref))",
             "bench_plan p WHERE assigned_at IS NOT NULL", at="assigned_at"),
        rows("'innovation.decided'", "portfolio.innovation", innovation, "'user'", "holder_ref",
             f"jsonb_build_object('kind', kind, 'reason', reason_code, 'state', jsonb_build_array(before, to_state),"
             f" 'decision', pg_temp.ref(id, {R_DECISION}))",
             "(SELECT d.id, d.i, d.at, d.kind, d.to_state, r.reason_code, 'waiting' AS before, p.site, p.holder_ref"
             " FROM bench_decision d JOIN bench_plan p USING (i) JOIN portfolio_decision r ON r.id = d.id"
             " WHERE d.kind <> 'undo') x"),
        rows("'innovation.decision_undone'", "portfolio.innovation", innovation, "'user'", "holder_ref",
             f"jsonb_build_object('kind', kind, 'state', jsonb_build_array(undone, 'waiting'),"
             f" 'decision', pg_temp.ref(id, {R_DECISION}))",
             "(SELECT o.id, d.i, d.at, o.kind, o.to_state AS undone, p.site, p.holder_ref FROM bench_decision d"
             " JOIN bench_decision o ON o.id = d.reverses AND o.i = d.i JOIN bench_plan p ON p.i = d.i"
             " WHERE d.kind = 'undo') x"),
        rows("'innovation.resumed'", "portfolio.innovation", innovation,
             "CASE WHEN reason = 'reply' THEN 'link' ELSE 'user' END",
             f"CASE WHEN reason = 'reply' THEN {submission} ELSE holder_ref END",
             "jsonb_build_object('reason', reason)",
             "bench_step JOIN bench_plan p USING (i) WHERE reason IN ('reply', 'resumed')"),
        rows("'innovation.held'", "portfolio.innovation", innovation, "'user'", "holder_ref",
             "jsonb_build_object('state', jsonb_build_array('waiting', 'held'), 'waits_on', 'function')",
             "bench_step JOIN bench_plan p USING (i) WHERE reason = 'hold'"),
        rows("'innovation.brought_back'", "portfolio.innovation", innovation, "'user'", "holder_ref", "'{}'::jsonb",
             "bench_step JOIN bench_plan p USING (i) WHERE reason = 'reentry'"),
        rows("'innovation.classified'", "portfolio.innovation", innovation, "'user'", "holder_ref",
             "jsonb_build_object('focus', jsonb_build_array('', 'adoption'))",
             "bench_plan p WHERE classified_at IS NOT NULL", at="classified_at"),
        rows("'need.added'", "portfolio.need", "n.ref", "'user'", "u.ref", "jsonb_build_object('kind', n.kind)",
             "portfolio_need n JOIN LATERAL (SELECT min(ref) AS ref FROM bench_user b WHERE b.site = n.site_id) u"
             " ON true", at="n.created_at", site="n.site_id"),
        rows("'innovation.need_linked'", "portfolio.innovation", "i.ref", "'user'", "n.actor_ref",
             "jsonb_build_object('need', jsonb_build_array(NULL, d.ref))",
             "portfolio_needlink n JOIN portfolio_innovation i ON i.id = n.innovation_id"
             " JOIN portfolio_need d ON d.id = n.need_id", at="n.at", site="n.site_id"),
        rows("'innovation.screened'", "portfolio.innovation", "i.ref", "'user'", "s.actor_ref", "s.said",
             "(SELECT innovation_id, max(at) AS at, max(actor_ref) AS actor_ref,"
             " jsonb_object_agg(question, jsonb_build_array('', value)) AS said FROM portfolio_screeninganswer"
             " GROUP BY innovation_id) s JOIN portfolio_innovation i ON i.id = s.innovation_id",
             at="s.at", site="i.site_id"),
        rows("'innovation.withdrawn'", "portfolio.innovation", innovation, "'link'", submission, "'{}'::jsonb",
             "bench_step JOIN bench_plan p USING (i) WHERE reason = 'withdrawn'"),
        rows("'message.added'", "portfolio.message", f"pg_temp.ref(m.id, {R_MESSAGE})",
             "CASE WHEN direction = 'to_submitter' THEN 'user' ELSE 'link' END",
             f"CASE WHEN direction = 'to_submitter' THEN holder_ref ELSE {submission} END",
             f"jsonb_build_object('direction', direction, 'innovation', {innovation})",
             "bench_message m JOIN bench_plan p USING (i)"),
        rows("verb", "portfolio.assessment", f"pg_temp.ref(id, {R_ASSESSMENT})", "'user'", "holder_ref",
             f"jsonb_build_object('innovation', {innovation})",
             "bench_assessment CROSS JOIN (VALUES ('assessment.started', 0), ('assessment.saved', 1),"
             " ('assessment.finished', 15)) v(verb, minutes) WHERE minutes < 15 OR is_done",
             at="at + minutes * interval '1 minute'"),
        rows("'enquiry.logged'", "portfolio.enquiry", "ref", "actor_kind", "actor_ref",
             "jsonb_build_object('kind', kind)", "portfolio_enquiry", at="received_at", site="site_id"),
        rows("'enquiry.' || state", "portfolio.enquiry", "ref", "actor_kind", "actor_ref",
             "jsonb_build_object('state', jsonb_build_array('open', state))",
             "portfolio_enquiry WHERE state <> 'open'", at="closed_at", site="site_id"),
    ]  # fmt: skip
    # In the order of time, as they would have been written.
    yield (
        "events",
        f"""
    INSERT INTO hubapp_event (at, verb, site_id, subject_kind, subject_ref, actor_kind, actor_ref, changes,
                              operation_id, request_id)
    SELECT at, verb, site_id, subject_kind, subject_ref, actor_kind, actor_ref, changes, gen_random_uuid(),
           'bench-' || row_number() OVER ()
      FROM ({" UNION ALL ".join(parts)}) e
     ORDER BY at;
    """,
    )


def _calendar(today: dt.date) -> None:
    """Working days as :mod:`hubapp.workdays` counts them, for the time of the rows and a year around it."""
    rows, count = [], 0
    day = today - dt.timedelta(days=DAYS + 400)
    while day < today + dt.timedelta(days=400):
        works = is_working_day(day)
        count += works
        rows.append(f"('{day}'::date, {count}, {works})")
        day += dt.timedelta(days=1)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            CREATE TEMP TABLE bench_calendar AS SELECT * FROM (VALUES {",".join(rows)}) AS v(day, n, works);
            CREATE UNIQUE INDEX ON bench_calendar (day);
            CREATE TEMP TABLE bench_workday AS SELECT n, day FROM bench_calendar WHERE works;
            CREATE UNIQUE INDEX ON bench_workday (n);
            ANALYZE bench_calendar;
            ANALYZE bench_workday;
            """
        )


@contextmanager
def _indexes_afterwards(say: Callable[[str], None]) -> Iterator[None]:
    """Take indexes and foreign keys off the tables inside, and build them anew at the end."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT conrelid::regclass::text, quote_ident(conname), contype, pg_get_constraintdef(oid)
                 FROM pg_constraint WHERE conrelid = ANY (%s::regclass[]) AND contype IN ('f', 'u')
                ORDER BY contype""",
            [TABLES],
        )
        constraints = cursor.fetchall()
        for table, name, _, _ in constraints:
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        cursor.execute(
            """SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid)
                 FROM pg_index WHERE indrelid = ANY (%s::regclass[]) AND NOT indisprimary""",
            [TABLES],
        )
        indexes = cursor.fetchall()
        for name, _ in indexes:
            cursor.execute(f"DROP INDEX {name}")
    yield
    with connection.cursor() as cursor:
        began = time.monotonic()
        for _, definition in indexes:
            cursor.execute(definition)
        for kind in "uf":
            for table, name, contype, definition in constraints:
                if contype == kind:
                    cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")
    say(f"{'indexes, keys':24}{time.monotonic() - began:8.1f} s")


def _literal(value: object) -> str:
    return str(value) if isinstance(value, int) else f"'{value}'"


def fill(
    n: int, *, now: dt.datetime | None = None, say: Callable[[str], None] = lambda _: None
) -> None:
    """Fill the migrated, empty database of ``connection`` with ``n`` innovations.

    :param now: the instant up to which things happened; default the present
    :raises SystemExit: not PostgreSQL, or not empty
    """
    if connection.vendor != "postgresql":
        sys.exit("The benchmark fills PostgreSQL only: set DATABASE_URL.")
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT 1 FROM accounts_site)")
        if cursor.fetchone()[0]:
            sys.exit("This database holds sites already; the benchmark fills an empty one.")
    now = now or dt.datetime.now(dt.UTC)
    start = now.date() - dt.timedelta(days=DAYS)
    values = {
        "n": n,
        "now": now.isoformat(),
        "start": f"{start} 00:00:00+00",
        "unconfirmed": max(5, n // 500),
        "unrouted": max(3, n // 2000),
        "enquiries": max(10, n // 10),
    }

    def run(steps: Iterator[tuple[str, str]]) -> None:
        for label, sql in steps:
            began = time.monotonic()
            for name in sorted(values, key=len, reverse=True):
                sql = _replace(sql, name, _literal(values[name]))
            with connection.cursor() as cursor:
                cursor.execute(sql)
            say(f"{label:24}{time.monotonic() - began:8.1f} s")

    with connection.cursor() as cursor:
        cursor.execute(
            "SET work_mem = '256MB'; SET maintenance_work_mem = '1GB'; SET synchronous_commit = off;"
        )
        cursor.execute("SET temp_buffers = '64MB'; SET jit = off;")
        cursor.execute(_functions())
    _calendar(now.date())
    big = n >= BUILD_INDEXES_AFTER
    run(_people())
    by = system("bench")
    # The site's reasons and the checklist come from the services, as at every migrate.
    checklists.load_checklists(by=by)
    reasons.install_where_missing(by=by)
    assert DecisionReason.objects.exists()
    if big:
        with _indexes_afterwards(say):
            _load(run)
    else:
        _load(run)
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), coalesce(max(id), 1)) FROM {table}"
            )
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relpersistence = 't' AND relname LIKE 'bench\\_%' AND relkind = 'r'"
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f"DROP TABLE {name}")
        for setting in ("work_mem", "maintenance_work_mem", "synchronous_commit", "jit"):
            cursor.execute(f"RESET {setting}")


def _load(run: Callable[[Iterator[tuple[str, str]]], None]) -> None:
    for part in (_plan, _submissions, _innovations, needs_and_questions, _mail_and_events):
        run(part())


def _replace(sql: str, name: str, literal: str) -> str:
    """``:name`` by a literal; never inside ``::name``, which is a cast."""
    return re.sub(rf"(?<!:):{name}\b", lambda _: literal, sql)


if __name__ == "__main__":
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=0)
    fill(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000, say=print)
