"""How to call each public verb of the services: one row each.

A row takes a :class:`World` and returns a function without arguments that
calls the verb once, on records it prepared.
"""

import datetime as dt
from functools import cached_property

from django.contrib.auth.tokens import default_token_generator
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone

from accounts.enums import Role
from accounts.services import (
    digest,
    erasure,
    invitations,
    keys,
    members,
    networks,
    organisations,
    people,
    sites,
)
from hubapp.actors import asked, link
from hubapp.db import maintenance
from kpis.services import computing, requests
from portfolio import safefiles
from portfolio.enums import DecisionKind, State
from portfolio.mapping import Mapping
from portfolio.models import (
    Checklist,
    ChecklistItem,
    Draft,
    ImportJob,
    Note,
    Submission,
    TriageSettings,
)
from portfolio.services import (
    asks,
    assessment_requests,
    assessments,
    attachments,
    bulk,
    calls,
    checklists,
    classification,
    decisions,
    enquiries,
    exports,
    front_door,
    holds,
    import_people,
    import_runs,
    imports,
    innovations,
    interests,
    introductions,
    mail_in,
    messages,
    needs,
    notes,
    publishing,
    reasons,
    redactions,
    routing,
    screening,
    settings,
    similar,
    submissions,
    take,
    templates,
    views,
)
from portfolio.services import members as portfolio_members
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
        return factories.innovation(
            self.site, email="sender@test.example", problem="Write to sender@test.example"
        )

    @cached_property
    def like(self):
        """Another idea that looks like the innovation, as stored."""
        like = factories.innovation(self.site, self.innovation.title)
        similar.find_similar(innovation=like, by=self.by)
        return like

    @cached_property
    def question(self):
        """A question to somebody outside, for which the clock stands still."""
        return asks.ask(
            innovation=self.innovation,
            kind="question",
            question="Does it fit?",
            name="Test Expert",
            email="expert@test.example",
            stops_clock=True,
            by=self.by,
        )

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
        draft = submissions.save_draft(
            draft=self.draft, answers={"sites": [], "network": self.network.slug}, by=self.by
        )
        submission = submissions.send_draft(draft=draft, by=self.by)
        return submissions.confirm(submission=submission, by=self.by)

    @cached_property
    def invitation(self):
        return invitations.invite(
            site=self.site, email="new@test.example", role=Role.EXECUTIVE, by=self.by
        )

    @cached_property
    def import_job(self):
        file = ContentFile(b"title,innovation_type\nNew idea,digital\n")
        return imports.start_import(site=self.site, file=file, file_name="ideas.csv", by=self.by)

    @cached_property
    def counted_import(self):
        file = ContentFile(b"title,innovation_type\nNew idea,digital\n")
        job = imports.start_import(
            site=self.site, file=file, file_name="ideas.csv", dry_run=True, by=self.by
        )
        return import_runs.run_import(ref=job.ref, by=self.by)

    @cached_property
    def named_in_import(self):
        """Somebody whose name stands in the reason of a row that was refused."""
        person = factories.PersonFactory(name="Named Person")
        self.import_job.rows.create(
            site=self.site, number=2, outcome="failed", reason="Submitter kind is “Named Person”."
        )
        return person

    @cached_property
    def finished_import(self):
        return import_runs.run_import(ref=self.import_job.ref, by=self.by)

    @cached_property
    def ended_import(self):
        ended_at = timezone.now() - dt.timedelta(days=31)
        return ImportJob.objects.create(
            site=self.site,
            file_name="old.csv",
            stored_as=f"{self.site.code}/old",
            state="done",
            finished_at=ended_at,
            actor_kind=self.by.kind,
            actor_ref=self.by.ref,
        )

    @cached_property
    def enquiry(self):
        return enquiries.log(site=self.site, kind="question", subject="How?", by=self.by)

    @cached_property
    def checklist(self) -> Checklist:
        checklist = Checklist.objects.create(
            key="two", version=1, title="Two questions", valid_from=factories.today()
        )
        for position, code in enumerate(("first", "second")):
            ChecklistItem.objects.create(
                checklist=checklist,
                code=code,
                position=position,
                label=code,
                question=f"The {code}?",
            )
        return checklist

    @cached_property
    def need(self):
        return factories.need(self.site)

    @cached_property
    def call(self):
        return factories.call(self.need)

    @cached_property
    def merge(self):
        """A merge of the innovation into another, that can be taken back."""
        into = factories.innovation(self.site, "The idea that goes on")
        return self.decided(DecisionKind.MERGE, into=into)

    def decided(self, kind=DecisionKind.DECLINE, **details):
        reason = factories.reason(self.site, kind)
        return decisions.decide(
            innovation=self.innovation,
            kind=kind,
            reason_code=reason.code,
            words="Words",
            by=self.by,
            **details,
        )


def forget_checklists() -> None:
    """As on the first start: nothing is loaded yet."""
    with transaction.atomic(), maintenance("test teardown"):
        ChecklistItem.objects.all().delete()
        Checklist.objects.all().delete()


def _decide(w: World):
    reason = factories.reason(w.site)
    innovation = w.innovation
    return lambda: decisions.decide(
        innovation=innovation,
        kind=DecisionKind.DECLINE,
        reason_code=reason.code,
        words="Words",
        by=w.by,
    )


def prepared(prepare, call):
    """A row whose record is prepared before and given to ``call``."""

    def row(world: World):
        record = prepare(world)
        return lambda: call(world, record)

    return row


def _asked(w: World):
    w.decided(DecisionKind.ASK)
    return w.innovation


def _host(w: World):
    return w.site, factories.OrganisationFactory()


def _reset(w: World):
    return w.user, default_token_generator.make_token(w.user)


def _asked_to_assess(w: World):
    return assessment_requests.ask(innovation=w.innovation, assessor=w.user, by=w.by)


def _no_longer_merged(w: World):
    """A merge that handed a need on and does not stand any more; only the need is still to be taken back."""
    needs.link(need=w.need, innovation=w.innovation, by=w.by)
    merge = w.merge
    type(w.innovation).objects.filter(pk=w.innovation.pk).update(
        merged_into=None, state=State.WAITING
    )
    return merge


def _two_checklists(w: World):
    checklists.use(site=w.site, key="places-5", by=w.by)
    return w.site


def _written_checklist(w: World):
    draft = checklists.draft(site=w.site, title="Ours", by=w.by)
    items = [{"label": "Need", "question": "Is it needed?"}]
    return checklists.save_draft(draft=draft, title="Ours", items=items, by=w.by)


def _begun_on_an_older_version(w: World):
    first = checklists.publish(draft=_written_checklist(w), by=w.by)
    begun = assessments.save_answers(
        innovation=w.innovation,
        checklist=first,
        answers={"need": ("yes", "")},
        assessor=w.user,
        by=w.by,
    )
    draft = checklists.draft(site=w.site, checklist=first, by=w.by)
    items = [*draft.items, {"label": "Cost", "question": "What does it cost?"}]
    draft = checklists.save_draft(draft=draft, title="Ours", items=items, by=w.by)
    return begun, checklists.publish(draft=draft, by=w.by)


CALLS = {
    # accounts
    "accounts.services.keys.create_key": prepared(
        lambda w: w.site,
        lambda w, site: keys.create_key(site=site, name="Test key", scopes=["kpis:read"], by=w.by),
    ),
    "accounts.services.keys.revoke_key": prepared(
        lambda w: keys.create_key(site=w.site, name="Test key", scopes=["kpis:read"], by=w.by)[0],
        lambda w, key: keys.revoke_key(key=key, by=w.by),
    ),
    "accounts.services.people.create_user": prepared(
        lambda w: None,
        lambda w, _: people.create_user(email="new@test.example", name="New Person", by=w.by),
    ),
    "accounts.services.people.ensure_user": prepared(
        lambda w: None,
        lambda w, _: people.ensure_user(email="new@test.example", name="New Person", by=w.by),
    ),
    "accounts.services.people.rename_person": prepared(
        lambda w: w.user,
        lambda w, user: people.rename_person(user=user, name="Another Name", by=w.by),
    ),
    "accounts.services.people.set_password": prepared(
        lambda w: w.user,
        lambda w, user: people.set_password(user=user, password="battery horse correct", by=w.by),
    ),
    "accounts.services.people.request_password_reset": prepared(
        lambda w: w.user.person.email,
        lambda w, email: people.request_password_reset(email=email, by=w.by),
    ),
    "accounts.services.people.reset_password": prepared(
        lambda w: (w.user, default_token_generator.make_token(w.user)),
        lambda w, given: people.reset_password(
            user=given[0], token=given[1], password="battery horse correct", by=w.by
        ),
    ),
    "accounts.services.digest.choose_digest": prepared(
        lambda w: w.user,
        lambda w, user: digest.choose_digest(user=user, wanted=False, by=w.by),
    ),
    "accounts.services.erasure.erase_person": prepared(
        lambda w: w.innovation.submission.submitter,
        lambda w, person: erasure.erase_person(person=person, by=w.by),
    ),
    "accounts.services.organisations.create_organisation": prepared(
        lambda w: None, lambda w, _: organisations.create_organisation(name="Test Trust", by=w.by)
    ),
    "accounts.services.organisations.ensure_organisation": prepared(
        lambda w: None, lambda w, _: organisations.ensure_organisation(name="Test Trust", by=w.by)
    ),
    "accounts.services.sites.create_site": prepared(
        lambda w: None, lambda w, _: sites.create_site(code="NEW1", name="New Hub", by=w.by)
    ),
    "accounts.services.sites.change_site": prepared(
        lambda w: w.site,
        lambda w, site: sites.change_site(site=site, name="Renamed", slug="renamed", by=w.by),
    ),
    "accounts.services.sites.set_host": prepared(
        lambda w: (w.site, factories.OrganisationFactory()),
        lambda w, given: sites.set_host(site=given[0], organisation=given[1], by=w.by),
    ),
    "accounts.services.networks.create_network": prepared(
        lambda w: None,
        lambda w, _: networks.create_network(slug="new-net", name="New Network", by=w.by),
    ),
    "accounts.services.networks.add_site": prepared(
        lambda w: (factories.NetworkFactory(), w.site),
        lambda w, given: networks.add_site(network=given[0], site=given[1], by=w.by),
    ),
    "accounts.services.networks.add_coordinator": prepared(
        lambda w: (w.network, w.user),
        lambda w, given: networks.add_coordinator(network=given[0], user=given[1], by=w.by),
    ),
    "accounts.services.invitations.invite": prepared(
        lambda w: w.site,
        lambda w, site: invitations.invite(
            site=site, email="new@test.example", role=Role.EXECUTIVE, by=w.by
        ),
    ),
    "accounts.services.invitations.resend": prepared(
        lambda w: w.invitation,
        lambda w, invitation: invitations.resend(invitation=invitation, by=w.by),
    ),
    "accounts.services.invitations.revoke": prepared(
        lambda w: w.invitation,
        lambda w, invitation: invitations.revoke(invitation=invitation, by=w.by),
    ),
    "accounts.services.invitations.accept": prepared(
        lambda w: w.invitation,
        lambda w, invitation: invitations.accept(
            invitation=invitation, name="New Person", password="battery horse correct", by=w.by
        ),
    ),
    "accounts.services.members.add_member": prepared(
        lambda w: (w.site, factories.UserFactory()),
        lambda w, given: members.add_member(
            site=given[0], user=given[1], role=Role.EXECUTIVE, by=w.by
        ),
    ),
    "accounts.services.members.change_member": prepared(
        lambda w: (w.user, w.other)[0],
        lambda w, user: members.change_member(
            site=w.site, user=user, roles=[Role.EXECUTIVE], by=w.by
        ),
    ),
    "accounts.services.members.cover_member": prepared(
        lambda w: (w.user, w.other),
        lambda w, given: members.cover_member(
            site=w.site, user=given[0], to={"innovations": given[1]}, by=w.by
        ),
    ),
    "accounts.services.members.end_member": prepared(
        lambda w: (w.user, w.other)[0],
        lambda w, user: members.end_member(site=w.site, user=user, by=w.by),
    ),
    # kpis
    "kpis.services.computing.compute": prepared(
        lambda w: w.innovation,
        lambda w, _: computing.compute(month=factories.today(), sites=[w.site], by=w.by),
    ),
    "kpis.services.computing.compute_due": prepared(
        lambda w: w.innovation, lambda w, _: computing.compute_due(by=w.by)
    ),
    "kpis.services.requests.request_compute": prepared(
        lambda w: w.site,
        lambda w, site: requests.request_compute(site=site, month=factories.today(), by=w.by),
    ),
    # portfolio: questions to one person, and the eight questions
    "portfolio.services.asks.ask": prepared(
        lambda w: w.innovation,
        lambda w, idea: asks.ask(
            innovation=idea,
            kind="question",
            question="Does it fit?",
            name="Test Expert",
            email="expert@test.example",
            stops_clock=True,
            by=w.by,
        ),
    ),
    "portfolio.services.asks.remind": prepared(
        lambda w: w.question, lambda w, ask: asks.remind(ask=ask, by=w.by)
    ),
    "portfolio.services.asks.withdraw": prepared(
        lambda w: w.question, lambda w, ask: asks.withdraw(ask=ask, by=w.by)
    ),
    "portfolio.services.asks.renew": prepared(
        lambda w: w.question, lambda w, ask: asks.renew(ask=ask, by=w.by)
    ),
    "portfolio.services.asks.send_code": prepared(
        lambda w: w.question, lambda w, ask: asks.send_code(ask=ask, by=asked(ask.ref))
    ),
    "portfolio.services.asks.check_code": prepared(
        lambda w: (asks.send_code(ask=w.question, by=w.by), w.question)[1],
        lambda w, ask: asks.check_code(ask=ask, code="none", by=asked(ask.ref)),
    ),
    "portfolio.services.asks.save_draft": prepared(
        lambda w: w.question, lambda w, ask: asks.save_draft(ask=ask, text="So far", by=w.by)
    ),
    "portfolio.services.asks.answer": prepared(
        lambda w: w.question,
        lambda w, ask: asks.answer(ask=ask, text="Yes", proof="code", by=asked(ask.ref)),
    ),
    "portfolio.services.asks.want_link": prepared(
        lambda w: w.question, lambda w, ask: asks.want_link(ask=ask, by=asked(ask.ref))
    ),
    "portfolio.services.asks.remind_due": prepared(
        lambda w: w.question,
        lambda w, ask: asks.remind_due(by=w.by, now=ask.asked_at + dt.timedelta(days=13)),
    ),
    "portfolio.services.asks.expire_due": prepared(
        lambda w: w.question, lambda w, ask: asks.expire_due(by=w.by, now=ask.expires_at)
    ),
    "portfolio.services.asks.forget_people": prepared(
        lambda w: w.question.person,
        lambda w, person: asks.forget_people(person_ids=[person.pk], by=w.by),
    ),
    "portfolio.services.screening.save": prepared(
        lambda w: w.innovation,
        lambda w, idea: screening.save(innovation=idea, answers={"ai": "yes"}, by=w.by),
    ),
    # portfolio: the front door
    "portfolio.services.submissions.start_draft": prepared(
        lambda w: w.site,
        lambda w, site: submissions.start_draft(submitter_kind="staff", entry_site=site, by=w.by),
    ),
    "portfolio.services.submissions.save_draft": prepared(
        lambda w: w.draft,
        lambda w, draft: submissions.save_draft(draft=draft, answers={"title": "T"}, by=w.by),
    ),
    "portfolio.services.submissions.send_draft": prepared(
        lambda w: w.draft, lambda w, draft: submissions.send_draft(draft=draft, by=w.by)
    ),
    "portfolio.services.submissions.confirm": prepared(
        lambda w: w.sent, lambda w, sent: submissions.confirm(submission=sent, by=w.by)
    ),
    "portfolio.services.submissions.add_on_behalf": prepared(
        lambda w: w.site,
        lambda w, site: submissions.add_on_behalf(
            site=site, title="One line", email="a@test.example", by=w.by
        ),
    ),
    "portfolio.services.submissions.renew_link": prepared(
        lambda w: w.sent, lambda w, sent: submissions.renew_link(submission=sent, by=w.by)
    ),
    "portfolio.services.submissions.mail_link": prepared(
        lambda w: w.innovation.submission,
        lambda w, sent: submissions.mail_link(submission=sent, by=w.by),
    ),
    "portfolio.services.submissions.mail_draft_link": prepared(
        lambda w: w.draft, lambda w, draft: submissions.mail_draft_link(draft=draft, by=w.by)
    ),
    "portfolio.services.submissions.ask_again_to_confirm": prepared(
        lambda w: w.sent,
        lambda w, sent: submissions.ask_again_to_confirm(
            submission=sent, email="other@test.example", by=w.by
        ),
    ),
    "portfolio.services.submissions.forget_drafts_of": prepared(
        lambda w: w.draft,
        lambda w, draft: submissions.forget_drafts_of(person_ids=[draft.person_id], by=w.by),
    ),
    "portfolio.services.submissions.withdraw": prepared(
        lambda w: w.innovation.submission,
        lambda w, sent: submissions.withdraw(submission=sent, by=w.by),
    ),
    "portfolio.services.submissions.remind_unconfirmed": prepared(
        lambda w: w.aged(4), lambda w, later: submissions.remind_unconfirmed(**later)
    ),
    "portfolio.services.submissions.delete_unconfirmed": prepared(
        lambda w: w.aged(31), lambda w, later: submissions.delete_unconfirmed(**later)
    ),
    "portfolio.services.submissions.delete_stale_drafts": prepared(
        lambda w: (w.draft, {"by": w.by, "now": timezone.now() + dt.timedelta(days=31)})[1],
        lambda w, later: submissions.delete_stale_drafts(**later),
    ),
    "portfolio.services.routing.route": prepared(
        lambda w: w.unrouted,
        lambda w, submission: routing.route(submission=submission, sites=[w.site], by=w.by),
    ),
    "portfolio.services.front_door.change_front_door": prepared(
        lambda w: w.site,
        lambda w, site: front_door.change_front_door(site=site, version=1, is_open=False, by=w.by),
    ),
    # portfolio: triage
    "portfolio.services.innovations.assign": prepared(
        lambda w: (w.innovation, w.user)[0],
        lambda w, innovation: innovations.assign(innovation=innovation, to=w.user, by=w.by),
    ),
    "portfolio.services.innovations.correct": prepared(
        lambda w: w.innovation,
        lambda w, innovation: innovations.correct(innovation=innovation, title="New", by=w.by),
    ),
    "portfolio.services.decisions.decide": _decide,
    "portfolio.services.decisions.undo": prepared(
        lambda w: w.decided(), lambda w, decision: decisions.undo(decision=decision, by=w.by)
    ),
    "portfolio.services.decisions.resume": prepared(
        _asked, lambda w, innovation: decisions.resume(innovation=innovation, by=w.by)
    ),
    "portfolio.services.assessments.save_answers": prepared(
        lambda w: (w.innovation, w.checklist, w.user),
        lambda w, given: assessments.save_answers(
            innovation=given[0],
            checklist=given[1],
            assessor=given[2],
            answers={"first": ("no", "")},
            by=w.by,
        ),
    ),
    "portfolio.services.assessments.finish": prepared(
        lambda w: assessments.save_answers(
            innovation=w.innovation,
            checklist=w.checklist,
            assessor=w.user,
            answers={"first": ("yes", ""), "second": ("no", "Why")},
            by=w.by,
        ),
        lambda w, assessment: assessments.finish(assessment=assessment, by=w.by),
    ),
    "portfolio.services.assessments.move_to": prepared(
        _begun_on_an_older_version,
        lambda w, given: assessments.move_to(assessment=given[0], checklist=given[1], by=w.by),
    ),
    "portfolio.services.assessment_requests.ask": prepared(
        lambda w: (w.innovation, w.user),
        lambda w, given: assessment_requests.ask(innovation=given[0], assessor=given[1], by=w.by),
    ),
    "portfolio.services.assessment_requests.ask_several": prepared(
        lambda w: (w.innovation, w.user, w.other),
        lambda w, given: assessment_requests.ask_several(
            innovation=given[0], assessors=given[1:], by=w.by
        ),
    ),
    "portfolio.services.assessment_requests.decline": prepared(
        lambda w: _asked_to_assess(w),
        lambda w, row: assessment_requests.decline(request=row, reason="Away", by=w.by),
    ),
    "portfolio.services.assessment_requests.withdraw": prepared(
        lambda w: _asked_to_assess(w),
        lambda w, row: assessment_requests.withdraw(request=row, by=w.by),
    ),
    "portfolio.services.assessment_requests.reassign": prepared(
        lambda w: (_asked_to_assess(w), w.other),
        lambda w, given: assessment_requests.reassign(
            from_user_id=given[0].assessor_id,
            to_user_id=given[1].pk,
            site_id=given[0].site_id,
            by=w.by,
        ),
    ),
    "portfolio.services.assessment_requests.settle": prepared(
        lambda w: _asked_to_assess(w),
        lambda w, row: assessment_requests.settle(
            innovation=row.innovation, assessor=row.assessor, by=w.by
        ),
    ),
    "portfolio.services.checklists.use": prepared(
        lambda w: w.site, lambda w, site: checklists.use(site=site, key="places-5", by=w.by)
    ),
    "portfolio.services.checklists.stop_using": prepared(
        _two_checklists,
        lambda w, site: checklists.stop_using(site=site, key="places-5", by=w.by),
    ),
    "portfolio.services.checklists.move": prepared(
        _two_checklists,
        lambda w, site: checklists.move(site=site, key="places-5", up=True, by=w.by),
    ),
    "portfolio.services.checklists.draft": prepared(
        lambda w: w.site, lambda w, site: checklists.draft(site=site, title="Ours", by=w.by)
    ),
    "portfolio.services.checklists.save_draft": prepared(
        lambda w: checklists.draft(site=w.site, title="Ours", by=w.by),
        lambda w, row: checklists.save_draft(draft=row, title="Newer", items=[], by=w.by),
    ),
    "portfolio.services.checklists.publish": prepared(
        _written_checklist, lambda w, row: checklists.publish(draft=row, by=w.by)
    ),
    "portfolio.services.checklists.discard": prepared(
        _written_checklist, lambda w, row: checklists.discard(draft=row, by=w.by)
    ),
    "portfolio.services.checklists.load_checklists": prepared(
        lambda w: forget_checklists(), lambda w, _: checklists.load_checklists(by=w.by)
    ),
    "portfolio.services.reasons.install_for_site": prepared(
        lambda w: w.site, lambda w, site: reasons.install_for_site(site=site, by=w.by)
    ),
    "portfolio.services.reasons.install_where_missing": prepared(
        lambda w: w.site, lambda w, _: reasons.install_where_missing(by=w.by)
    ),
    "portfolio.services.reasons.add": prepared(
        lambda w: w.site,
        lambda w, site: reasons.add(
            site=site, kind=DecisionKind.DECLINE, label="Ours", words="Our words", by=w.by
        ),
    ),
    "portfolio.services.reasons.edit": prepared(
        lambda w: factories.reason(w.site),
        lambda w, reason: reasons.edit(reason=reason, words="Better words", by=w.by),
    ),
    "portfolio.services.members.reassign": prepared(
        lambda w: innovations.assign(innovation=w.innovation, to=w.user, by=w.by),
        lambda w, _: portfolio_members.reassign(
            kind=portfolio_members.INNOVATIONS,
            from_user_id=w.user.pk,
            to_user_id=None,
            site_id=w.site.pk,
            by=w.by,
        ),
    ),
    "portfolio.services.redactions.black_out_people": prepared(
        lambda w: [w.innovation.submission.submitter_id],
        lambda w, person_ids: redactions.black_out_people(person_ids=person_ids, by=w.by),
    ),
    "portfolio.services.redactions.redact": prepared(
        lambda w: w.innovation,
        lambda w, innovation: redactions.redact(
            innovation=innovation, fragments=["Test idea"], reason="personal", by=w.by
        ),
    ),
    "portfolio.services.needs.add": prepared(
        lambda w: w.site,
        lambda w, site: needs.add(
            site=site, kind="problem", title="Falls", statement="Fewer falls.", by=w.by
        ),
    ),
    "portfolio.services.needs.edit": prepared(
        lambda w: w.need, lambda w, need: needs.edit(need=need, title="Renamed", by=w.by)
    ),
    "portfolio.services.needs.close": prepared(
        lambda w: w.call.need, lambda w, need: needs.close(need=need, reason="met", by=w.by)
    ),
    "portfolio.services.needs.reopen": prepared(
        lambda w: needs.close(need=w.need, reason="met", by=w.by),
        lambda w, need: needs.reopen(need=need, by=w.by),
    ),
    "portfolio.services.needs.link": prepared(
        lambda w: (w.need, w.innovation),
        lambda w, given: needs.link(need=given[0], innovation=given[1], by=w.by),
    ),
    "portfolio.services.needs.hand_on": prepared(
        lambda w: (w.merge, needs.link(need=w.need, innovation=w.innovation, by=w.by))[0],
        lambda w, merge: needs.hand_on(merge=merge, by=w.by),
    ),
    "portfolio.services.needs.take_back": prepared(
        _no_longer_merged,
        lambda w, merge: needs.take_back(merge=merge, by=w.by),
    ),
    "portfolio.services.needs.unlink": prepared(
        lambda w: needs.link(need=w.need, innovation=w.innovation, by=w.by),
        lambda w, _: needs.unlink(need=w.need, innovation=w.innovation, by=w.by),
    ),
    "portfolio.services.needs.choose": prepared(
        lambda w: (w.innovation, w.need),
        lambda w, given: needs.choose(innovation=given[0], needs=[given[1]], by=w.by),
    ),
    "portfolio.services.needs.reassign_owned": prepared(
        lambda w: needs.edit(need=w.need, owner=w.user, by=w.by),
        lambda w, _: needs.reassign_owned(
            kind=needs.OWNED_NEEDS,
            from_user_id=w.user.pk,
            to_user_id=None,
            site_id=w.site.pk,
            by=w.by,
        ),
    ),
    "portfolio.services.needs.black_out_people_in_needs": prepared(
        lambda w: needs.edit(need=w.need, owner_words=f"Team of {w.user.person.name}", by=w.by),
        lambda w, _: needs.black_out_people_in_needs(person_ids=[w.user.person_id], by=w.by),
    ),
    "portfolio.services.calls.add": prepared(
        lambda w: w.need,
        lambda w, need: calls.add(
            need=need, title="Quieter", words="Ideas", closes_on=factories.today(), by=w.by
        ),
    ),
    "portfolio.services.calls.edit": prepared(
        lambda w: w.call, lambda w, call: calls.edit(call=call, title="Renamed", by=w.by)
    ),
    "portfolio.services.calls.publish": prepared(
        lambda w: factories.call(w.need, publish=False),
        lambda w, call: calls.publish(call=call, by=w.by),
    ),
    "portfolio.services.calls.close": prepared(
        lambda w: w.call, lambda w, call: calls.close(call=call, by=w.by)
    ),
    "portfolio.services.calls.extend": prepared(
        lambda w: w.call,
        lambda w, call: calls.extend(
            call=call, closes_on=call.closes_on + dt.timedelta(days=7), by=w.by
        ),
    ),
    "portfolio.services.enquiries.log": prepared(
        lambda w: w.site,
        lambda w, site: enquiries.log(site=site, kind="question", subject="How?", by=w.by),
    ),
    "portfolio.services.enquiries.answer": prepared(
        lambda w: w.enquiry,
        lambda w, enquiry: enquiries.answer(enquiry=enquiry, answer="So.", by=w.by),
    ),
    "portfolio.services.enquiries.signpost": prepared(
        lambda w: w.enquiry,
        lambda w, enquiry: enquiries.signpost(enquiry=enquiry, to="Research office", by=w.by),
    ),
    "portfolio.services.enquiries.reopen": prepared(
        lambda w: enquiries.answer(enquiry=w.enquiry, answer="So.", by=w.by),
        lambda w, enquiry: enquiries.reopen(enquiry=enquiry, by=w.by),
    ),
    "portfolio.services.enquiries.assign": prepared(
        lambda w: (w.enquiry, w.user)[0],
        lambda w, enquiry: enquiries.assign(enquiry=enquiry, to=w.user, by=w.by),
    ),
    "portfolio.services.messages.write_to_submitter": prepared(
        lambda w: w.innovation,
        lambda w, innovation: messages.write_to_submitter(
            innovation=innovation, body="Hello", by=w.by
        ),
    ),
    "portfolio.services.messages.write_to_hub": prepared(
        lambda w: w.innovation,
        lambda w, innovation: messages.write_to_hub(
            innovation=innovation, body="Hello", by=link("X" * 10)
        ),
    ),
    "portfolio.services.imports.start_import": prepared(
        lambda w: (w.site, ContentFile(b"title,innovation_type\nNew idea,digital\n"))[1],
        lambda w, file: imports.start_import(
            site=w.site, file=file, file_name="ideas.csv", by=w.by
        ),
    ),
    "portfolio.services.import_runs.run_import": prepared(
        lambda w: w.import_job, lambda w, job: import_runs.run_import(ref=job.ref, by=w.by)
    ),
    "portfolio.services.imports.map_columns": prepared(
        lambda w: w.counted_import,
        lambda w, job: imports.map_columns(job=job, mapping=Mapping.read(job.mapping), by=w.by),
    ),
    "portfolio.services.imports.confirm_import": prepared(
        lambda w: w.counted_import, lambda w, job: imports.confirm_import(job=job, by=w.by)
    ),
    "portfolio.services.imports.undo_import": prepared(
        lambda w: w.finished_import, lambda w, job: imports.undo_import(job=job, by=w.by)
    ),
    "portfolio.services.import_people.black_out_people_in_imports": prepared(
        lambda w: w.named_in_import,
        lambda w, person: import_people.black_out_people_in_imports(
            person_ids=[person.pk], by=w.by
        ),
    ),
    "portfolio.services.imports.forget_files": prepared(
        lambda w: w.ended_import, lambda w, _: imports.forget_files(by=w.by)
    ),
}


# -- the desk ----------------------------------------------------------------
def _held(w: World):
    return holds.hold(
        innovation=w.innovation, waits_on="function", function="ig", reason="assurance", by=w.by
    )


def _parked(w: World):
    w.decided(DecisionKind.PARK, until_what="the budget")
    later(w.innovation)
    return w.innovation


def later(innovation) -> None:
    """As if the ten minutes were over: the answer has left."""
    with transaction.atomic(), maintenance("test teardown"):
        innovation.decisions.update(release_at=timezone.now() - dt.timedelta(minutes=1))


CALLS |= {
    "portfolio.services.decisions.bring_back": prepared(
        _parked, lambda w, innovation: decisions.bring_back(innovation=innovation, by=w.by)
    ),
    "portfolio.services.decisions.bring_back_due": prepared(
        lambda w: (
            w.decided(DecisionKind.PARK, until_on=factories.today() + dt.timedelta(days=1)),
            later(w.innovation),
        ),
        lambda w, _: decisions.bring_back_due(
            by=w.by, today=factories.today() + dt.timedelta(days=1)
        ),
    ),
    "portfolio.services.decisions.follow_up": prepared(
        lambda w: (
            w.decided(
                DecisionKind.SIGNPOST, organisation=factories.OrganisationFactory()
            ).innovation
        ),
        lambda w, innovation: decisions.follow_up(
            innovation=innovation, outcome="taken_up", by=w.by
        ),
    ),
    "portfolio.services.holds.hold": prepared(lambda w: w.innovation, lambda w, _: _held(w)),
    "portfolio.services.holds.exempt": prepared(
        lambda w: w.innovation,
        lambda w, innovation: holds.exempt(innovation=innovation, reason="capacity", by=w.by),
    ),
    "portfolio.services.holds.lift_exemption": prepared(
        lambda w: holds.exempt(innovation=w.innovation, reason="capacity", by=w.by).innovation,
        lambda w, innovation: holds.lift_exemption(innovation=innovation, by=w.by),
    ),
    "portfolio.services.interests.declare": prepared(
        lambda w: (w.innovation, w.user),
        lambda w, given: interests.declare(
            innovation=given[0], user=given[1], nature="financial", by=w.by
        ),
    ),
    "portfolio.services.interests.withdraw": prepared(
        lambda w: interests.declare(
            innovation=w.innovation, user=w.user, nature="financial", by=w.by
        ),
        lambda w, row: interests.withdraw(innovation=row.innovation, user=row.user, by=w.by),
    ),
    "portfolio.services.classification.classify": prepared(
        lambda w: w.innovation,
        lambda w, innovation: classification.classify(
            innovation=innovation, focus="adoption", tags=["beds"], by=w.by
        ),
    ),
    "portfolio.services.classification.tag": prepared(
        lambda w: w.innovation,
        lambda w, innovation: classification.tag(innovation=innovation, word="beds", by=w.by),
    ),
    "portfolio.services.classification.untag": prepared(
        lambda w: classification.tag(innovation=w.innovation, word="beds", by=w.by),
        lambda w, innovation: classification.untag(innovation=innovation, word="beds", by=w.by),
    ),
    "portfolio.services.messages.acknowledge": prepared(
        lambda w: w.innovation,
        lambda w, innovation: messages.acknowledge(innovation=innovation, by=w.by),
    ),
    "portfolio.services.bulk.assign": prepared(
        lambda w: (w.innovation, w.user),
        lambda w, given: bulk.assign(site=w.site, innovations=[given[0]], to=given[1], by=w.by),
    ),
    "portfolio.services.bulk.set_priority": prepared(
        lambda w: w.innovation,
        lambda w, innovation: bulk.set_priority(
            site=w.site, innovations=[innovation], priority="high", by=w.by
        ),
    ),
    "portfolio.services.bulk.tag": prepared(
        lambda w: w.innovation,
        lambda w, innovation: bulk.tag(site=w.site, innovations=[innovation], word="beds", by=w.by),
    ),
    "portfolio.services.bulk.acknowledge": prepared(
        lambda w: w.innovation,
        lambda w, innovation: bulk.acknowledge(site=w.site, innovations=[innovation], by=w.by),
    ),
}


CALLS |= {
    "portfolio.services.settings.change_triage_settings": prepared(
        lambda w: w.site,
        lambda w, site: settings.change_triage_settings(
            site=site, version=1, assessors_wanted=2, by=w.by
        ),
    ),
    "portfolio.services.settings.change_desk": prepared(
        lambda w: w.site,
        lambda w, site: settings.change_desk(
            site=site, version=1, door_version=1, decision_days=15, acknowledge_days=3, by=w.by
        ),
    ),
}


# -- ideas that look alike, published and elsewhere -----------------------------
def _alike(w: World):
    return w.innovation, w.like


def _elsewhere(w: World):
    """Another site of the network works on the same; it and a third offer introductions."""
    for there in (factories.SiteFactory(), factories.SiteFactory()):
        factories.place(w.network, there)
        TriageSettings.objects.create(site=there, offers_introductions=True)
    factories.innovation(there, w.innovation.title)
    return w.innovation


CALLS |= {
    "portfolio.services.similar.find_similar": prepared(
        lambda w: (w.innovation, factories.innovation(w.site, w.innovation.title))[0],
        lambda w, innovation: similar.find_similar(innovation=innovation, by=w.by),
    ),
    "portfolio.services.similar.dismiss": prepared(
        _alike,
        lambda w, pair: similar.dismiss(innovation=pair[0], other=pair[1], by=w.by),
    ),
    "portfolio.services.similar.restore": prepared(
        lambda w: (
            _alike(w),
            similar.dismiss(innovation=w.innovation, other=w.like, by=w.by),
        ),
        lambda w, _: similar.restore(innovation=w.innovation, other=w.like, by=w.by),
    ),
    "portfolio.services.publishing.publish": prepared(
        lambda w: w.innovation,
        lambda w, innovation: publishing.publish(innovation=innovation, summary="Beds", by=w.by),
    ),
    "portfolio.services.publishing.unpublish": prepared(
        lambda w: publishing.publish(innovation=w.innovation, summary="Beds", by=w.by),
        lambda w, innovation: publishing.unpublish(innovation=innovation, by=w.by),
    ),
    "portfolio.services.introductions.look_elsewhere": prepared(
        _elsewhere,
        lambda w, innovation: introductions.look_elsewhere(innovation=innovation, by=w.by),
    ),
    "portfolio.services.introductions.ask_for_introduction": prepared(
        lambda w: (
            _elsewhere(w),
            introductions.look_elsewhere(innovation=w.innovation, by=w.by),
            w.user,
        ),
        lambda w, _: introductions.ask_for_introduction(
            innovation=w.innovation, user=w.user, by=w.by
        ),
    ),
}


# -- messages, notes, files, templates, mail that comes in -----------------------
def _file():
    return safefiles.check("plan.txt", b"A plan")


def _note(w: World, **more):
    return notes.add(innovation=w.innovation, body="A note", by=w.by, **more)


def _held_mail(w: World):
    note = Note(body="By mail")
    return notes.hold_mail(innovation=w.innovation, note=note, by=w.by)


def _attached(w: World):
    return attachments.attach(innovation=w.innovation, files=[_file()], by=w.by)[0]


def _template(w: World):
    return templates.add(site=w.site, name="Soon", body="Hello {name}", by=w.by)


CALLS |= {
    "portfolio.services.notes.add": prepared(
        lambda w: w.innovation,
        lambda w, innovation: notes.add(
            innovation=innovation, body="A note", files=[_file()], by=w.by
        ),
    ),
    "portfolio.services.notes.hold_mail": prepared(
        lambda w: (w.innovation, Note(body="By mail")),
        lambda w, pair: notes.hold_mail(innovation=pair[0], note=pair[1], by=w.by),
    ),
    "portfolio.services.notes.accept_mail": prepared(
        _held_mail, lambda w, note: notes.accept_mail(note=note, by=w.by)
    ),
    "portfolio.services.notes.keep_mail": prepared(
        _held_mail, lambda w, note: notes.keep_mail(note=note, by=w.by)
    ),
    "portfolio.services.attachments.attach": prepared(
        lambda w: w.innovation,
        lambda w, innovation: attachments.attach(innovation=innovation, files=[_file()], by=w.by),
    ),
    "portfolio.services.attachments.share": prepared(
        lambda w: (
            list(_note(w, files=[_file()]).attachments.all()),
            messages.write_to_hub(innovation=w.innovation, body="Hello", by=w.by),
        ),
        lambda w, pair: attachments.share(attachments=pair[0], message=pair[1], by=w.by),
    ),
    "portfolio.services.attachments.remove": prepared(
        _attached,
        lambda w, file: attachments.remove(attachment=file, reason="wrong", by=w.by),
    ),
    "portfolio.services.templates.install_for_site": prepared(
        lambda w: w.site, lambda w, site: templates.install_for_site(site=site, by=w.by)
    ),
    "portfolio.services.templates.install_where_missing": prepared(
        lambda w: w.site, lambda w, _: templates.install_where_missing(by=w.by)
    ),
    "portfolio.services.templates.add": prepared(
        lambda w: w.site,
        lambda w, site: templates.add(site=site, name="Soon", body="Hello {name}", by=w.by),
    ),
    "portfolio.services.templates.edit": prepared(
        _template, lambda w, row: templates.edit(template=row, name="Later", by=w.by)
    ),
    "portfolio.services.mail_in.receive": prepared(
        lambda w: b"From: a@test.example\nMessage-ID: <1@test.example>\n\nHello",
        lambda w, raw: mail_in.receive(raw=raw, by=w.by),
    ),
}


def _view(w):
    return views.save_view(site=w.site, owner=w.user, name="A view", query="", by=w.by)


CALLS |= {
    "portfolio.services.views.save_view": prepared(lambda w: w.user, lambda w, _: _view(w)),
    "portfolio.services.views.change_view": prepared(
        _view, lambda w, view: views.change_view(view=view, name="Another", by=w.by)
    ),
    "portfolio.services.views.delete_view": prepared(
        _view, lambda w, view: views.delete_view(view=view, by=w.by)
    ),
    "portfolio.services.take.take_next": prepared(
        lambda w: (w.innovation, w.user),
        lambda w, _: take.take_next(site=w.site, user=w.user, by=w.by),
    ),
    "portfolio.services.exports.record_export": prepared(
        lambda w: w.site,
        lambda w, site: exports.record_export(site=site, kind="csv", count=1, filters={}, by=w.by),
    ),
}

# Functions with ``by`` that are steps of verbs, always inside the verb's transaction.
HELPERS = {
    "portfolio.services.imports.remember_mapping": "a step of explaining columns and of reading a file sent with its mapping",
    "portfolio.services.moves.move": "writes the move; the verb that calls it records why",
    "portfolio.services.innovations.open_at_site": "a step of confirming, adding and routing, which pass it an instant",
}
