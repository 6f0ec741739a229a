"""How to call each public verb of the services: one row each.

A row takes a :class:`World` and returns a function without arguments that
calls the verb once, on records it prepared.
"""

import datetime as dt
from functools import cached_property

from django.utils import timezone

from accounts.enums import Role
from accounts.services import keys
from hubapp.actors import link
from portfolio.enums import DecisionKind
from portfolio.models import Draft, Submission
from portfolio.services import decisions, innovations, messages, routing, submissions
from tests import factories


class World:
    """A small hub, made as far as a row needs it."""

    by = factories.TEST

    @cached_property
    def site(self):
        return factories.SiteFactory()

    @cached_property
    def user(self):
        return factories.member(self.site)

    @cached_property
    def other(self):
        return factories.member(self.site, Role.SITE_LEAD)

    @cached_property
    def network(self):
        network = factories.NetworkFactory()
        factories.place(network, self.site)
        return network

    @cached_property
    def innovation(self):
        return factories.innovation(self.site, email="sender@test.example")

    @cached_property
    def draft(self) -> Draft:
        draft = submissions.start_draft(submitter_kind="public", entry_site=self.site, by=self.by)
        return submissions.save_draft(
            draft=draft,
            answers={"problem": "A problem", "idea": "An idea", "sites": [self.site.code]},
            person={"name": "Test Sender", "email": "sender@test.example"},
            by=self.by,
        )

    @cached_property
    def sent(self) -> Submission:
        return submissions.send_draft(draft=self.draft, by=link(self.draft.ref))

    def aged(self, days: int) -> dict:
        """The submission sent, and a "now" so many days later."""
        assert self.sent
        return {"by": self.by, "now": timezone.now() + dt.timedelta(days=days)}

    @cached_property
    def unrouted(self) -> Submission:
        draft = submissions.save_draft(draft=self.draft, answers={"sites": [], "network": self.network.slug}, by=self.by)
        submission = submissions.send_draft(draft=draft, by=self.by)
        return submissions.confirm(submission=submission, by=self.by)

    def decided(self, kind=DecisionKind.DECLINE):
        reason = factories.reason(self.site, kind)
        return decisions.decide(innovation=self.innovation, kind=kind, reason_code=reason.code, words="Words", by=self.by)


def _decide(w: World):
    reason = factories.reason(w.site)
    innovation = w.innovation
    return lambda: decisions.decide(innovation=innovation, kind=DecisionKind.DECLINE, reason_code=reason.code, words="Words", by=w.by)


def _with(prepare, call):
    """A row whose record is prepared before and given to ``call``."""

    def row(world: World):
        record = prepare(world)
        return lambda: call(world, record)

    return row


def _asked(w: World):
    w.decided(DecisionKind.ASK)
    return w.innovation


CALLS = {
    # accounts
    "accounts.services.keys.create_key": _with(
        lambda w: w.site, lambda w, site: keys.create_key(site=site, name="Test key", scopes=["kpis:read"], by=w.by)
    ),
    "accounts.services.keys.revoke_key": _with(
        lambda w: keys.create_key(site=w.site, name="Test key", scopes=["kpis:read"], by=w.by)[0],
        lambda w, key: keys.revoke_key(key=key, by=w.by),
    ),
    # portfolio: the front door
    "portfolio.services.submissions.start_draft": _with(
        lambda w: w.site, lambda w, site: submissions.start_draft(submitter_kind="staff", entry_site=site, by=w.by)
    ),
    "portfolio.services.submissions.save_draft": _with(
        lambda w: w.draft, lambda w, draft: submissions.save_draft(draft=draft, answers={"title": "T"}, by=w.by)
    ),
    "portfolio.services.submissions.send_draft": _with(
        lambda w: w.draft, lambda w, draft: submissions.send_draft(draft=draft, by=w.by)
    ),
    "portfolio.services.submissions.confirm": _with(
        lambda w: w.sent, lambda w, sent: submissions.confirm(submission=sent, by=w.by)
    ),
    "portfolio.services.submissions.add_on_behalf": _with(
        lambda w: w.site,
        lambda w, site: submissions.add_on_behalf(site=site, title="One line", email="a@test.example", by=w.by),
    ),
    "portfolio.services.submissions.renew_link": _with(
        lambda w: w.sent, lambda w, sent: submissions.renew_link(submission=sent, by=w.by)
    ),
    "portfolio.services.submissions.withdraw": _with(
        lambda w: w.innovation.submission, lambda w, sent: submissions.withdraw(submission=sent, by=w.by)
    ),
    "portfolio.services.submissions.remind_unconfirmed": _with(
        lambda w: w.aged(4), lambda w, later: submissions.remind_unconfirmed(**later)
    ),
    "portfolio.services.submissions.delete_unconfirmed": _with(
        lambda w: w.aged(31), lambda w, later: submissions.delete_unconfirmed(**later)
    ),
    "portfolio.services.submissions.delete_stale_drafts": _with(
        lambda w: (w.draft, {"by": w.by, "now": timezone.now() + dt.timedelta(days=31)})[1],
        lambda w, later: submissions.delete_stale_drafts(**later),
    ),
    "portfolio.services.routing.route": _with(
        lambda w: w.unrouted, lambda w, submission: routing.route(submission=submission, sites=[w.site], by=w.by)
    ),
    # portfolio: triage
    "portfolio.services.innovations.assign": _with(
        lambda w: (w.innovation, w.user)[0],
        lambda w, innovation: innovations.assign(innovation=innovation, to=w.user, by=w.by),
    ),
    "portfolio.services.innovations.correct": _with(
        lambda w: w.innovation, lambda w, innovation: innovations.correct(innovation=innovation, title="New", by=w.by)
    ),
    "portfolio.services.decisions.decide": _decide,
    "portfolio.services.decisions.undo": _with(
        lambda w: w.decided(), lambda w, decision: decisions.undo(decision=decision, by=w.by)
    ),
    "portfolio.services.decisions.resume": _with(
        _asked, lambda w, innovation: decisions.resume(innovation=innovation, by=w.by)
    ),
    "portfolio.services.messages.write_to_submitter": _with(
        lambda w: w.innovation,
        lambda w, innovation: messages.write_to_submitter(innovation=innovation, body="Hello", by=w.by),
    ),
    "portfolio.services.messages.write_to_hub": _with(
        lambda w: w.innovation,
        lambda w, innovation: messages.write_to_hub(innovation=innovation, body="Hello", by=link("X" * 10)),
    ),
}

# Functions with ``by`` that are steps of verbs, always inside the verb's transaction.
HELPERS = {
    "portfolio.services.moves.move": "writes the move; the verb that calls it records why",
    "portfolio.services.innovations.open_at_site": "a step of confirming, adding and routing, which pass it an instant",
}
