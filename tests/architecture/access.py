"""Who may open what: one row for each URL name.

A row gives the kind of page and, for GET and POST, which roles get in.
``None`` means the method is not there (405). What everyone else gets follows
from the kind:

``public``    anyone gets in
``token``     anyone with the link; a token that is none is 404 or 410
``signed``    anyone signed in; others are sent to sign in
``site``      members: in or 403; signed in elsewhere: 404; others are sent to sign in
``network``   coordinators of it: in; signed in otherwise: 404; others are sent to sign in
``api list``  who holds the right anywhere: in, and sees their own; others 403; nobody 401
``api item``  who holds the right there: in; members without: 403 or 404; elsewhere: 404; nobody 401
``machine``   not for people: its own tests say more
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from accounts.enums import DESK, READERS, Role
from accounts.services import keys
from kpis.services import computing
from maturity import framework_files
from maturity import links as maturity_links
from maturity.ratings_sheet import RatingsSheet
from maturity.services import actions as maturity_actions
from maturity.services import assessments as self_assessments
from maturity.services import (
    closing,
    evidence,
    frameworks,
    importing,
    profiles,
    raters,
    reviews,
    rounds,
)
from portfolio import links, safefiles
from portfolio.enums import DecisionKind
from portfolio.models import Note
from portfolio.services import (
    asks,
    assessment_requests,
    assessments,
    attachments,
    checklists,
    decisions,
    messages,
    notes,
    templates,
    views,
)
from tests import factories
from tests.architecture.service_calls import World

EVERY = tuple(Role)
LEAD = (Role.SITE_LEAD,)
COORDINATES = ("coordinator",)
PORTFOLIO = (*READERS, Role.REVIEWER)


class Parts:
    """The named parts of an address, made when they are needed."""

    def __init__(self, names: dict[str, Callable[["Access"], Any]]):
        self.names = names

    def __call__(self, world: "Access") -> dict[str, Any]:
        return {name: make(world) for name, make in self.names.items()}


class Access(World):
    """The world of the table: what the addresses name."""

    @cached_property
    def round(self):
        """An open one of the network, in which the site has begun."""
        round = factories.open_round(self.network, asks_raters=True, asks_review=True)
        factories.self_assessment(self.site, round, s1_i1=3)
        return round

    @cached_property
    def own(self):
        """The site's self-assessment in it."""
        rows = self.round.assessments.select_related("round__framework", "site")
        return rows.get(site=self.site)

    @cached_property
    def rater(self):
        return raters.invite(
            assessment=self.own, name="Test Rater", email="rater@test.example", by=self.by
        )

    @cached_property
    def evidence(self):
        return evidence.add(
            site=self.site, title="Strategy", url="https://example.org/strategy", by=self.by
        )

    @cached_property
    def review(self):
        """One that the site gives, taken on."""
        other = factories.SiteFactory()
        factories.place(self.network, other)
        rounds.add_sites(round=self.round, sites=[other], by=self.by)
        theirs = factories.self_assessment(other, self.round, s1_i1=3)
        self_assessments.submit(assessment=theirs, by=self.by)
        assert self.own
        asked = reviews.ask(assessment=theirs, reviewing_site=self.site, by=self.by)
        return reviews.accept(review=asked, user=self.user, by=self.by)

    @cached_property
    def decision(self):
        reason = factories.reason(self.site)
        return decisions.decide(
            innovation=self.innovation,
            kind=DecisionKind.DECLINE,
            reason_code=reason.code,
            words="Words",
            by=self.by,
        )

    @cached_property
    def framework_draft(self):
        path = framework_files.FOLDER / "twelve-enablers.2024.json"
        content = {**framework_files.read_framework(path.read_bytes()), "key": "ours"}
        return frameworks.draft(network=self.network, content=content, by=self.by)

    @cached_property
    def held_mail(self):
        return notes.hold_mail(innovation=self.innovation, note=Note(body="By mail"), by=self.by)

    @cached_property
    def file(self):
        taken = [safefiles.check("plan.txt", b"A plan")]
        return attachments.attach(innovation=self.innovation, files=taken, by=self.by)[0]

    @cached_property
    def message(self):
        return messages.write_to_submitter(
            innovation=self.innovation, body="Hello", files=[self.file], by=self.by
        )

    @cached_property
    def message_template(self):
        return templates.add(site=self.site, name="Soon", body="Hello {name}", by=self.by)

    @property
    def view(self):
        """A view that the desk shares; another one once it is deleted."""
        return self.site.saved_views.first() or views.save_view(
            site=self.site, owner=self.user, name="A view", query="", is_shared=True, by=self.by
        )

    @cached_property
    def key(self):
        return keys.create_key(site=self.site, name="Test key", scopes=["kpis:read"], by=self.by)[0]

    @cached_property
    def kpi_value(self):
        assert self.innovation
        computing.compute(month=factories.today(), sites=[self.site], by=self.by)
        return self.site.kpi_values.first()

    @cached_property
    def job(self):
        return self.site.import_jobs.create(
            file_name="ideas.csv", stored_as="", actor_kind=self.by.kind, actor_ref=self.by.ref
        )

    @cached_property
    def ask(self):
        return asks.ask(
            innovation=self.innovation,
            kind="question",
            question="Does it fit?",
            name="Test Expert",
            email="expert@test.example",
            by=self.by,
        )

    @cached_property
    def assessment(self):
        assessment = assessments.save_answers(
            innovation=self.innovation,
            checklist=self.checklist,
            assessor=self.user,
            answers={"first": ("yes", ""), "second": ("no", "Why")},
            by=self.by,
        )
        # Until it is finished, only its assessor sees it.
        return assessments.finish(assessment=assessment, by=self.by)

    @cached_property
    def assess_request(self):
        return assessment_requests.ask(innovation=self.innovation, assessor=self.user, by=self.by)

    @cached_property
    def checklist_draft(self):
        return checklists.draft(site=self.site, title="Ours", by=self.by)

    @cached_property
    def self_assessment(self):
        """One that is begun, in a round of a network."""
        round = factories.open_round(factories.network_of(self.site), framework=self.framework)
        return factories.self_assessment(self.site, round, s1_i1=3)

    @cached_property
    def framework(self):
        return factories.framework(key="table")


@dataclass(frozen=True)
class Row:
    kind: str
    get: tuple[str, ...] | None = ()
    post: tuple[str, ...] | None = None
    kwargs: Parts = field(default_factory=lambda: Parts({}))


def site(get, post=None, **names: Callable[[Access], Any]) -> Row:
    """A page of a site; ``names`` give the address's other parts."""
    return Row("site", get, post, Parts({"site": lambda w: w.site.slug, **names}))


def row(kind: str, get=(), post=None, **names: Callable[[Access], Any]) -> Row:
    return Row(kind, get, post, Parts(names))


def draft_token(w):
    return links.make_token(links.DRAFT, w.draft.ref)


def confirm_token(w):
    return links.make_token(links.CONFIRM, w.sent.ref, w.sent.link_generation)


def track_token(w):
    submission = w.innovation.submission
    return links.make_token(links.TRACK, submission.ref, submission.link_generation)


def ask_token(w):
    return links.make_token(links.ASK, w.ask.ref, w.ask.generation)


def rate_token(w):
    return maturity_links.rate_token(w.rater.ref, w.rater.generation)


def of_network(get, post=None, **names: Callable[[Access], Any]) -> Row:
    """A page about the network's round."""
    parts = {"network": lambda w: w.network.slug, "ref": lambda w: w.round.ref, **names}
    return Row("network", get, post, Parts(parts))


def own(w):
    return w.own.ref


def compared(w):
    """The site's self-assessment in a round that has closed."""
    if w.own.state == "draft":
        self_assessments.submit(assessment=w.own, by=w.by)
        closing.close(round=w.round, by=w.by)
    return own(w)


def released(w):
    """The network's round, which has closed and released."""
    compared(w)
    return w.round.ref


def api_round(get, post=None, **names: Callable[[Access], Any]) -> Row:
    """A resource about the network's round, for its coordinator and for the sites that were asked."""
    return Row("api item", get, post, Parts(names or {"ref": lambda w: w.round.ref}))


def idea(w):
    return w.innovation.ref


def assessed(w):
    return w.self_assessment.ref


def done_action(w):
    """An action that is done."""
    row = maturity_actions.add(
        site=w.site,
        sub_domain=w.self_assessment.round.framework.sub_domains.first(),
        title="Do it",
        by=w.by,
    )
    return maturity_actions.finish(action=row, outcome="It helped", by=w.by).ref


def ratings_file(w, round, own=None):
    sheet = RatingsSheet(["Indicator code", "Rating"], has_site=False)
    return importing.look(sheet=sheet, name="ratings.csv", round=round, own=own, by=w.by).ref


def own_file(w):
    return ratings_file(w, w.self_assessment.round, w.self_assessment)


def round_file(w):
    return ratings_file(w, w.round)


def described(w):
    """A self-assessment with its profile."""
    if not hasattr(w.self_assessment, "profile"):
        profiles.save(assessment=w.self_assessment, headcount=100, by=w.by)
    return assessed(w)


def month(w):
    return factories.today().replace(day=1)


ROWS: dict[str, Row] = {
    "healthz": row("machine"),
    "readyz": row("machine"),
    "home": row("signed"),
    "privacy": row("public"),
    "accessibility": row("public"),
    # people
    "accounts:login": row("public", (), ()),
    "accounts:logout": row("public", (), ()),
    "accounts:forgotten": row("public", (), ()),
    "accounts:forgotten_sent": row("public"),
    "accounts:new_password": row(
        "token", (), (), ref=lambda w: w.user.ref, token=lambda w: "no-token"
    ),
    "accounts:account": row("signed"),
    "accounts:change_name": row("signed", (), ()),
    "accounts:digest": row("signed", (), ()),
    "accounts:change_password": row("signed", (), ()),
    "accounts:invitation": row("token", (), (), token=lambda w: "no-token"),
    "accounts:mailbox": row("public"),
    "accounts:mailbox_mail": row("token", name=lambda w: "none"),
    "accounts:network_home": row("network", network=lambda w: w.network.slug),
    "accounts:roles": row("public"),
    "accounts:site_home": site(EVERY),
    "accounts:settings": site(DESK),
    "accounts:site_details": site(LEAD, LEAD),
    "accounts:members": site(DESK),
    "accounts:invite": site(LEAD, LEAD),
    "accounts:member": site(LEAD, LEAD, ref=lambda w: w.user.ref),
    "accounts:member_cover": site(LEAD, LEAD, ref=lambda w: w.user.ref),
    "accounts:member_remove": site(LEAD, LEAD, ref=lambda w: w.user.ref),
    "accounts:invitation_resend": site(None, LEAD, ref=lambda w: w.invitation.ref),
    "accounts:invitation_revoke": site(None, LEAD, ref=lambda w: w.invitation.ref),
    "accounts:keys": site(LEAD),
    "accounts:key_new": site(LEAD, LEAD),
    "accounts:key_revoke": site(None, LEAD, ref=lambda w: w.key.ref),
    "accounts:audit": site(DESK),
    # the front door
    "portfolio:submit": row("public", (), ()),
    "portfolio:submit_site": row("public", (), (), site=lambda w: w.site.slug),
    "portfolio:draft": row("token", (), (), token=draft_token),
    "portfolio:draft_saved": row("token", (), (), token=draft_token),
    "portfolio:draft_sent": row("token", (), (), token=draft_token),
    "portfolio:draft_step": row("token", (), (), token=draft_token, step=lambda w: "idea"),
    "portfolio:confirm": row("token", (), (), token=confirm_token),
    "portfolio:track": row("token", (), (), token=track_token),
    "portfolio:track_message": row("token", (), (), token=track_token, ref=idea),
    "portfolio:track_withdraw": row("token", (), (), token=track_token),
    "portfolio:track_new_link": row("token", (), (), token=track_token),
    "portfolio:routing": row("network", network=lambda w: w.network.slug),
    "portfolio:route_idea": row(
        "network", (), (), network=lambda w: w.network.slug, ref=lambda w: w.unrouted.ref
    ),
    "portfolio:front_door_settings": site(LEAD, LEAD),
    # maturity: a network's rounds
    "maturity:rounds": row("network", network=lambda w: w.network.slug),
    "maturity:new_round": row("network", (), (), network=lambda w: w.network.slug),
    "maturity:round": of_network(()),
    "maturity:edit_round": of_network((), ()),
    "maturity:open_round": of_network((), ()),
    "maturity:add_sites": of_network((), ()),
    "maturity:restate": of_network((), ()),
    "maturity:progress": of_network(()),
    "maturity:round_act": of_network(None, ()),
    "maturity:reading": of_network(()),
    "maturity:pairs": of_network((), ()),
    # maturity: raters, evidence, peer review, comparing, learning
    "maturity:rate_by_link": row("token", (), (), token=rate_token),
    "maturity:rate_send_code": row("token", (), (), token=rate_token),
    "maturity:rate_code": row("token", (), (), token=rate_token),
    "maturity:rate_domain": row("token", (), (), token=rate_token, code=lambda w: "d1"),
    "maturity:evidence": site(READERS),
    "maturity:add_evidence": site(DESK, DESK),
    "maturity:change_evidence": site(DESK, DESK, ref=lambda w: w.evidence.ref),
    "maturity:evidence_file": site((), ref=lambda w: w.evidence.ref),
    "maturity:reviews": site(LEAD),
    "maturity:review": site(LEAD, LEAD, ref=lambda w: w.review.ref),
    "maturity:review_file": site((), ref=lambda w: w.review.ref, evidence=lambda w: w.evidence.ref),
    "maturity:review_on": site(LEAD, LEAD, ref=lambda w: w.review.ref, code=lambda w: "s1"),
    "maturity:raters": site(LEAD, LEAD, ref=own),
    "maturity:rater": site(None, LEAD, ref=own, rater=lambda w: w.rater.ref),
    "maturity:together": site(DESK, ref=own),
    "maturity:together_on": site(DESK, DESK, ref=own, code=lambda w: "s1"),
    "maturity:standings": site(READERS, ref=own),
    "maturity:show_evidence": site(DESK, DESK, ref=own, code=lambda w: "s1"),
    "maturity:ask_review": site(LEAD, LEAD, ref=own),
    "maturity:withdraw_review": site(None, (), ref=own, review=lambda w: "0" * 10),
    "maturity:comparison": site(READERS, ref=own),
    "api:v1:self-assessment-comparison": row("api item", READERS, assessment=compared),
    "maturity:learning": site(LEAD, LEAD),
    # triage
    "portfolio:triage": site(DESK),
    "portfolio:triage_item": site(DESK, ref=idea),
    "portfolio:add": site(DESK, DESK),
    "portfolio:add_view": site(DESK, DESK),
    "portfolio:view": site(DESK, slug=lambda w: w.view.slug),
    "portfolio:edit_view": site(DESK, DESK, slug=lambda w: w.view.slug),
    "portfolio:delete_view": site(None, DESK, slug=lambda w: w.view.slug),
    "portfolio:bulk": site(None, DESK),
    "portfolio:take_next": site(None, DESK),
    "portfolio:keys": site(DESK, DESK),
    "portfolio:presence": site(None, DESK, ref=idea),
    "portfolio:export_queue": site(DESK, kind=lambda w: "csv"),
    "portfolio:export_portfolio": site(PORTFOLIO, kind=lambda w: "csv"),
    "portfolio:innovations": site(PORTFOLIO),
    "portfolio:innovation": site(READERS, ref=idea),
    "portfolio:assign": site(DESK, DESK, ref=idea),
    "portfolio:assess": site(DESK, DESK, ref=idea),
    "portfolio:decide": site(DESK, DESK, ref=idea),
    "portfolio:undo": site(None, DESK, ref=idea, decision=lambda w: w.decision.ref),
    "portfolio:resume": site(None, DESK, ref=idea),
    "portfolio:separate": site(
        DESK, DESK, ref=lambda w: w.merge.innovation.ref, decision=lambda w: w.merge.ref
    ),
    "portfolio:bring_back": site(None, DESK, ref=idea),
    "portfolio:follow_up": site(DESK, DESK, ref=idea),
    "portfolio:acknowledge": site(None, DESK, ref=idea),
    "portfolio:hold": site(DESK, DESK, ref=idea),
    "portfolio:exempt": site(DESK, DESK, ref=idea),
    "portfolio:lift_exemption": site(None, DESK, ref=idea),
    "portfolio:triage_settings": site(LEAD, LEAD),
    "portfolio:message": site(DESK, DESK, ref=idea),
    "portfolio:note": site(DESK, DESK, ref=idea),
    "portfolio:settle_mail": site(None, DESK, ref=idea, note=lambda w: w.held_mail.ref),
    "portfolio:attach": site(DESK, DESK, ref=idea),
    "portfolio:file": site(DESK, ref=idea, file=lambda w: w.file.ref),
    "portfolio:remove_file": site(DESK, DESK, ref=idea, file=lambda w: w.file.ref),
    "portfolio:templates": site(DESK),
    "portfolio:add_template": site(DESK, DESK),
    "portfolio:install_templates": site(None, DESK),
    "portfolio:template": site(DESK, DESK, ref=lambda w: w.message_template.ref),
    "portfolio:track_file": row(
        "token", token=track_token, ref=lambda w: w.message.attachments.first().ref
    ),
    "portfolio:correct": site(DESK, DESK, ref=idea),
    "portfolio:redact": site(DESK, DESK, ref=idea),
    # ideas that look alike
    "portfolio:draft_similar": row("token", (), (), token=draft_token),
    "portfolio:similar_typed": site(None, PORTFOLIO),
    "portfolio:compare": site(READERS, ref=idea, other=lambda w: w.like.ref),
    "portfolio:not_the_same": site(None, DESK, ref=idea, other=lambda w: w.like.ref),
    "portfolio:similar_after_all": site(None, DESK, ref=idea, other=lambda w: w.like.ref),
    "portfolio:publish": site(DESK, DESK, ref=idea),
    "portfolio:introduce": site(DESK, DESK, ref=idea),
    "api:v1:similar-list": row("api item", READERS, innovation=idea),
    "api:v1:similar-dismiss": row(
        "api item", None, DESK, innovation=idea, other=lambda w: w.like.ref
    ),
    "api:v1:similar-restore": row(
        "api item", None, DESK, innovation=idea, other=lambda w: w.like.ref
    ),
    "api:v1:similar-detail": row("api item", READERS, innovation=idea, other=lambda w: w.like.ref),
    "api:v1:public-summary": row("api item", READERS, innovation=idea),
    "portfolio:enquiries": site(DESK),
    "portfolio:log_enquiry": site(DESK, DESK),
    "portfolio:enquiry": site(DESK, ref=lambda w: w.enquiry.ref),
    "portfolio:close_enquiry": site(None, DESK, ref=lambda w: w.enquiry.ref),
    "portfolio:reopen_enquiry": site(None, DESK, ref=lambda w: w.enquiry.ref),
    "portfolio:assign_enquiry": site(None, DESK, ref=lambda w: w.enquiry.ref),
    "portfolio:reasons": site(DESK),
    "portfolio:add_reason": site(DESK, DESK),
    "portfolio:install_reasons": site(None, DESK),
    "portfolio:reason": site(DESK, DESK, ref=lambda w: factories.reason(w.site).ref),
    # needs and calls
    "portfolio:submit_call": row(
        "public", (), (), site=lambda w: w.site.slug, ref=lambda w: w.call.ref
    ),
    "portfolio:needs": site(READERS),
    "portfolio:add_need": site(DESK, DESK),
    "portfolio:need": site(READERS, ref=lambda w: w.need.ref),
    "portfolio:edit_need": site(DESK, DESK, ref=lambda w: w.need.ref),
    "portfolio:close_need": site(DESK, DESK, ref=lambda w: w.need.ref),
    "portfolio:reopen_need": site(None, DESK, ref=lambda w: w.need.ref),
    "portfolio:add_call": site(DESK, DESK, ref=lambda w: w.need.ref),
    "portfolio:call": site(READERS, ref=lambda w: w.call.ref),
    "portfolio:edit_call": site(DESK, DESK, ref=lambda w: w.call.ref),
    "portfolio:publish_call": site(None, DESK, ref=lambda w: w.call.ref),
    "portfolio:close_call": site(None, DESK, ref=lambda w: w.call.ref),
    "portfolio:extend_call": site(DESK, DESK, ref=lambda w: w.call.ref),
    "portfolio:balance": site(PORTFOLIO),
    "portfolio:serves": site(DESK, DESK, ref=idea),
    "portfolio:classify": site(DESK, DESK, ref=idea),
    "portfolio:imports": site(DESK, DESK),
    "portfolio:import_template": site(DESK),
    "portfolio:import_not_added": site(DESK, ref=lambda w: w.job.ref),
    "portfolio:import_job": site(DESK, ref=lambda w: w.job.ref),
    "portfolio:import_columns": site(DESK, DESK, ref=lambda w: w.job.ref),
    "portfolio:import_confirm": site(None, DESK, ref=lambda w: w.job.ref),
    "portfolio:import_undo": site(DESK, DESK, ref=lambda w: w.job.ref),
    # questions to one person, and the eight questions
    "portfolio:ask": row("token", (), (), token=ask_token),
    "portfolio:ask_code": row("token", (), (), token=ask_token),
    "portfolio:ask_send_code": row("token", (), (), token=ask_token),
    "portfolio:ask_new_link": row("token", (), (), token=ask_token),
    "portfolio:ask_somebody": site(DESK, DESK, ref=idea),
    "portfolio:remind_ask": site(None, DESK, ref=idea, ask=lambda w: w.ask.ref),
    "portfolio:renew_ask": site(None, DESK, ref=idea, ask=lambda w: w.ask.ref),
    "portfolio:withdraw_ask": site(None, DESK, ref=idea, ask=lambda w: w.ask.ref),
    "portfolio:screening": site(DESK, DESK, ref=idea),
    # Reviewers only where they sign for a function, which those of the table do not.
    "portfolio:coming": site(DESK),
    "api:v1:asks-list": row("api item", READERS, DESK, innovation=idea),
    "api:v1:asks-detail": row("api item", READERS, innovation=idea, ref=lambda w: w.ask.ref),
    "api:v1:asks-remind": row("api item", None, DESK, innovation=idea, ref=lambda w: w.ask.ref),
    "api:v1:asks-renew": row("api item", None, DESK, innovation=idea, ref=lambda w: w.ask.ref),
    "api:v1:asks-withdraw": row("api item", None, DESK, innovation=idea, ref=lambda w: w.ask.ref),
    "api:v1:screening": row("api item", READERS, innovation=idea),
    "api:v1:coming-list": row("api list", (*DESK, Role.REVIEWER)),
    # checklists, assessors, interests
    "portfolio:ask_to_assess": site(DESK, DESK, ref=idea),
    # Only for whoever was asked.
    "portfolio:decline_to_assess": site((), (), ref=idea),
    "portfolio:withdraw_assess_request": site(
        None, DESK, ref=idea, request_ref=lambda w: w.assess_request.ref
    ),
    "portfolio:declare_interest": site(DESK, DESK, ref=idea),
    "portfolio:withdraw_interest": site(None, DESK, ref=idea),
    "portfolio:checklists": site(LEAD, LEAD),
    "portfolio:checklist": site(LEAD, LEAD, key=lambda w: "manchester-8"),
    "portfolio:checklist_draft": site(LEAD, LEAD, ref=lambda w: w.checklist_draft.ref),
    # maturity: reading one site, actions, importing ratings
    "maturity:actions": site(READERS),
    "maturity:add_action": site(DESK, DESK),
    "maturity:action": site(READERS, DESK, ref=done_action),
    "maturity:edit_action": site(DESK, DESK, ref=done_action),
    "maturity:end_action": site(DESK, DESK, ref=done_action),
    "maturity:publish_action": site(LEAD, LEAD, ref=done_action),
    "maturity:report": site(READERS, ref=assessed),
    "maturity:report_pdf": site(READERS, ref=assessed),
    "maturity:report_xlsx": site(READERS, ref=assessed),
    "maturity:report_csv": site(READERS, ref=assessed),
    "maturity:report_json": site(READERS, ref=assessed),
    "maturity:target": site(DESK, DESK, ref=assessed, code=lambda w: "s1-i1"),
    "maturity:import_own": site(LEAD, LEAD, ref=assessed),
    "maturity:imported_own": site(LEAD, LEAD, ref=assessed, file=own_file),
    "maturity:bad_own": site(LEAD, ref=assessed, file=own_file),
    "maturity:import_ratings": of_network((), ()),
    "maturity:imported_ratings": of_network((), (), file=round_file),
    "maturity:bad_ratings": of_network((), file=round_file),
    # maturity: a site's own self-assessments
    "maturity:maturity": site(READERS),
    "maturity:own_round": site(LEAD, LEAD),
    "maturity:assessment": site(READERS, DESK, ref=assessed),
    "maturity:start": site(READERS, LEAD, ref=assessed),
    "maturity:profile": site(READERS, DESK, ref=assessed),
    "maturity:rate": site(READERS, DESK, ref=assessed, code=lambda w: "s1"),
    "maturity:confirm": site(DESK, DESK, ref=assessed),
    "maturity:submit": site(LEAD, LEAD, ref=assessed),
    "maturity:reopen": site(LEAD, LEAD, ref=assessed),
    "maturity:leave": site(LEAD, LEAD, ref=assessed),
    # maturity: rounds and what they released
    "api:v1:rounds-list": row("api list", (*READERS, *COORDINATES), COORDINATES),
    "api:v1:rounds-detail": api_round((*READERS, *COORDINATES)),
    **{
        f"api:v1:rounds-{verb}": api_round(None, COORDINATES)
        for verb in ("open", "add-sites", "close", "cancel", "remind", "restate")
    },
    "api:v1:round-progress": api_round(COORDINATES, round=lambda w: w.round.ref),
    "api:v1:round-releases": api_round((*READERS, *COORDINATES), round=released),
    "api:v1:round-release": api_round((*READERS, *COORDINATES), round=released, number=lambda w: 1),
    # maturity: peer reviews, here one that the site gives
    "api:v1:reviews-list": row("api list", READERS, LEAD),
    "api:v1:reviews-detail": row("api item", LEAD, None, ref=lambda w: w.review.ref),
    "api:v1:reviews-findings": row("api item", LEAD, None, ref=lambda w: w.review.ref),
    **{
        f"api:v1:reviews-{verb}": row("api item", None, LEAD, ref=lambda w: w.review.ref)
        for verb in ("accept", "decline", "finish")
    },
    # only the site that asked takes it back
    "api:v1:reviews-withdraw": row("api item", None, (), ref=lambda w: w.review.ref),
    # maturity: raters of a self-assessment, and what they agreed on
    "api:v1:raters-list": row("api item", LEAD, LEAD, assessment=own),
    "api:v1:raters-detail": row("api item", LEAD, None, assessment=own, ref=lambda w: w.rater.ref),
    **{
        f"api:v1:raters-{verb}": row(
            "api item", None, LEAD, assessment=own, ref=lambda w: w.rater.ref
        )
        for verb in ("renew", "withdraw")
    },
    "api:v1:self-assessment-consensus": row("api item", DESK, None, assessment=own),
    # maturity: evidence, and what it stands for
    "api:v1:evidence-list": row("api list", READERS, DESK),
    "api:v1:evidence-detail": row("api item", READERS, None, ref=lambda w: w.evidence.ref),
    "api:v1:evidence-content": row("api item", (), None, ref=lambda w: w.evidence.ref),
    "api:v1:self-assessment-standings": row("api item", READERS, None, assessment=assessed),
    "api:v1:maturity-actions-list": row("api list", READERS, DESK),
    "api:v1:maturity-actions-detail": row("api item", READERS, None, ref=done_action),
    "api:v1:maturity-actions-finish": row("api item", None, DESK, ref=done_action),
    "api:v1:maturity-actions-drop": row("api item", None, DESK, ref=done_action),
    "api:v1:maturity-actions-reopen": row("api item", None, DESK, ref=done_action),
    "api:v1:maturity-actions-publish": row("api item", None, LEAD, ref=done_action),
    "api:v1:maturity-actions-unpublish": row("api item", None, LEAD, ref=done_action),
    "api:v1:self-assessment-report": row("api item", READERS, assessment=assessed),
    "api:v1:self-assessment-targets": row("api item", READERS, assessment=assessed),
    "api:v1:self-assessments-list": row("api list", READERS, LEAD),
    "api:v1:self-assessments-detail": row("api item", READERS, ref=assessed),
    "api:v1:self-assessments-start": row("api item", None, LEAD, ref=assessed),
    "api:v1:self-assessments-submit": row("api item", None, LEAD, ref=assessed),
    "api:v1:self-assessments-reopen": row("api item", None, LEAD, ref=assessed),
    "api:v1:self-assessments-leave": row("api item", None, LEAD, ref=assessed),
    "api:v1:ratings-list": row("api item", READERS, assessment=assessed),
    "api:v1:explanations-list": row("api item", READERS, assessment=assessed),
    "api:v1:self-assessment-profile": row("api item", READERS, assessment=described),
    # numbers
    "kpis:dashboard": site(READERS),
    "kpis:figure": site(READERS, kpi=lambda w: "innovations_submitted", month=month),
    "kpis:compute": site(None, DESK, month=month),
    # REST
    "api:schema": row("machine"),
    "api:docs": row("signed"),
    "api:v1:sites-list": row("api list", EVERY),
    "api:v1:sites-detail": row("api item", EVERY, code=lambda w: w.site.code),
    "api:v1:innovations-list": row("api list", PORTFOLIO, DESK),
    "api:v1:innovations-detail": row("api item", READERS, ref=idea),
    "api:v1:innovations-bulk": row("api list", None, DESK),
    "api:v1:innovations-take-next": row("api list", None, DESK),
    "api:v1:triage-views-list": row("api list", DESK, DESK),
    "api:v1:triage-views-detail": row("api item", DESK, ref=lambda w: w.view.ref),
    "api:v1:innovations-resume": row("api item", None, DESK, ref=idea),
    "api:v1:innovations-clock": row("api item", READERS, ref=idea),
    "api:v1:innovations-hold": row("api item", None, DESK, ref=idea),
    "api:v1:innovations-exempt": row("api item", None, DESK, ref=idea),
    "api:v1:innovations-lift-exemption": row("api item", None, DESK, ref=idea),
    "api:v1:innovations-acknowledge": row("api item", None, DESK, ref=idea),
    "api:v1:innovations-bring-back": row("api item", None, DESK, ref=idea),
    "api:v1:follow-ups-list": row("api item", DESK, DESK, innovation=idea),
    "api:v1:triage-settings": row("api item", EVERY, code=lambda w: w.site.code),
    "api:v1:innovation-decisions": row("api item", READERS, DESK, innovation=idea),
    "api:v1:decisions-list": row("api list", PORTFOLIO),
    "api:v1:decisions-detail": row("api item", READERS, ref=lambda w: w.decision.ref),
    "api:v1:decisions-undo": row("api item", None, DESK, ref=lambda w: w.decision.ref),
    "api:v1:assessments-list": row("api item", READERS, DESK, innovation=idea),
    "api:v1:assessments-detail": row(
        "api item", READERS, innovation=idea, ref=lambda w: w.assessment.ref
    ),
    "api:v1:assessment-requests-list": row("api item", READERS, DESK, innovation=idea),
    "api:v1:assessment-requests-detail": row(
        "api item", READERS, innovation=idea, ref=lambda w: w.assess_request.ref
    ),
    "api:v1:assessment-requests-withdraw": row(
        "api item", None, DESK, innovation=idea, ref=lambda w: w.assess_request.ref
    ),
    # Only for whoever was asked.
    "api:v1:assessment-requests-decline": row(
        "api item", None, (), innovation=idea, ref=lambda w: w.assess_request.ref
    ),
    "api:v1:interests-list": row("api item", READERS, DESK, innovation=idea),
    "api:v1:interests-withdraw": row("api item", None, DESK, innovation=idea),
    "api:v1:decision-reasons-list": row("api list", PORTFOLIO),
    "api:v1:decision-reasons-detail": row(
        "api item", PORTFOLIO, ref=lambda w: factories.reason(w.site).ref
    ),
    "api:v1:checklists-list": row("api list", PORTFOLIO),
    "api:v1:site-checklists": row("api item", PORTFOLIO, code=lambda w: w.site.code),
    **{
        f"api:v1:site-checklists-{verb}": row("api item", None, LEAD, code=lambda w: w.site.code)
        for verb in ("use", "stop", "move")
    },
    "api:v1:checklist-drafts-list": row("api list", LEAD, LEAD),
    "api:v1:checklist-drafts-detail": row("api item", LEAD, ref=lambda w: w.checklist_draft.ref),
    "api:v1:checklist-drafts-publish": row(
        "api item", None, LEAD, ref=lambda w: w.checklist_draft.ref
    ),
    "api:v1:checklists-detail": row("api list", PORTFOLIO, ref=lambda w: w.checklist.ref),
    "api:v1:messages-list": row("api item", DESK, DESK, innovation=idea),
    "api:v1:messages-detail": row("api item", DESK, innovation=idea, ref=lambda w: w.message.ref),
    "api:v1:notes-list": row("api item", DESK, DESK, innovation=idea),
    "api:v1:notes-detail": row("api item", DESK, innovation=idea, ref=lambda w: w.held_mail.ref),
    "api:v1:attachments-list": row("api item", DESK, DESK, innovation=idea),
    "api:v1:attachments-detail": row("api item", DESK, innovation=idea, ref=lambda w: w.file.ref),
    "api:v1:attachments-content": row("api item", DESK, innovation=idea, ref=lambda w: w.file.ref),
    "api:v1:message-templates-list": row("api list", DESK, DESK),
    "api:v1:message-templates-detail": row("api item", DESK, ref=lambda w: w.message_template.ref),
    "api:v1:enquiries-list": row("api list", DESK, DESK),
    "api:v1:enquiries-detail": row("api item", DESK, ref=lambda w: w.enquiry.ref),
    "api:v1:enquiries-answer": row("api item", None, DESK, ref=lambda w: w.enquiry.ref),
    "api:v1:enquiries-reopen": row("api item", None, DESK, ref=lambda w: w.enquiry.ref),
    "api:v1:enquiries-signpost": row("api item", None, DESK, ref=lambda w: w.enquiry.ref),
    "api:v1:needs-list": row("api list", READERS, DESK),
    "api:v1:needs-detail": row("api item", READERS, ref=lambda w: w.need.ref),
    "api:v1:needs-close": row("api item", None, DESK, ref=lambda w: w.need.ref),
    "api:v1:needs-reopen": row("api item", None, DESK, ref=lambda w: w.need.ref),
    "api:v1:needs-link": row("api item", None, DESK, ref=lambda w: w.need.ref),
    "api:v1:needs-unlink": row("api item", None, DESK, ref=lambda w: w.need.ref),
    "api:v1:calls-list": row("api list", READERS, DESK),
    "api:v1:calls-detail": row("api item", READERS, ref=lambda w: w.call.ref),
    "api:v1:calls-publish": row("api item", None, DESK, ref=lambda w: w.call.ref),
    "api:v1:calls-close": row("api item", None, DESK, ref=lambda w: w.call.ref),
    "api:v1:calls-extend": row("api item", None, DESK, ref=lambda w: w.call.ref),
    "api:v1:imports-list": row("api list", DESK, DESK),
    "api:v1:imports-detail": row("api item", DESK, ref=lambda w: w.job.ref),
    "api:v1:imports-map": row("api item", None, DESK, ref=lambda w: w.job.ref),
    "api:v1:imports-confirm": row("api item", None, DESK, ref=lambda w: w.job.ref),
    "api:v1:imports-undo": row("api item", None, DESK, ref=lambda w: w.job.ref),
    "api:v1:import-rows": row("api item", DESK, ref=lambda w: w.job.ref),
    "api:v1:kpis-list": row("api list", READERS),
    "api:v1:kpis-detail": row("api list", READERS, kpi=lambda w: "innovations_submitted"),
    "api:v1:kpi-values-list": row("api list", READERS),
    "api:v1:kpi-values-detail": row("api item", READERS, ref=lambda w: w.kpi_value.ref),
    "api:v1:kpi-value-contributions-list": row(
        "api item", READERS, value=lambda w: w.kpi_value.ref
    ),
    # maturity: frameworks, and what was published about sites that used them
    "maturity:frameworks": site(READERS),
    "maturity:framework": site(READERS, slug=lambda w: "insites-2025"),
    "maturity:framework_published": site(READERS, slug=lambda w: "insites-2025"),
    "maturity:network_frameworks": row("network", (), (), network=lambda w: w.network.slug),
    "maturity:network_framework_template": row("network", network=lambda w: w.network.slug),
    "maturity:network_framework": row(
        "network", network=lambda w: w.network.slug, slug=lambda w: "insites-2025"
    ),
    "maturity:network_framework_sheet": row(
        "network", network=lambda w: w.network.slug, slug=lambda w: "insites-2025"
    ),
    "maturity:network_framework_published": row(
        "network", network=lambda w: w.network.slug, slug=lambda w: "insites-2025"
    ),
    "maturity:network_framework_draft": row(
        "network",
        (),
        (),
        network=lambda w: w.network.slug,
        ref=lambda w: w.framework_draft.ref,
    ),
    "maturity:network_framework_draft_sheet": row(
        "network", network=lambda w: w.network.slug, ref=lambda w: w.framework_draft.ref
    ),
    "api:v1:frameworks-list": row("api list", (*READERS, "coordinator")),
    "api:v1:frameworks-detail": row(
        "api list", (*READERS, "coordinator"), slug=lambda w: "insites-2025"
    ),
    "api:v1:reference-cohorts-list": row("api list", (*READERS, "coordinator")),
    "api:v1:reference-cohorts-detail": row(
        "api list", (*READERS, "coordinator"), slug=lambda w: "insites-2025"
    ),
}
