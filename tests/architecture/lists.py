"""Every page and resource that lists: how it is opened, and how it gets one more row.

``more`` adds one row with all that hangs on it and returns a text that the list then shows.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from accounts.enums import Role
from accounts.models import User
from accounts.services import invitations, keys
from hubapp.actors import link
from kpis.services import computing
from kpis.validators import month_before
from maturity.models import Review
from maturity.services import actions as maturity_actions
from maturity.services import assessments as self_assessments
from maturity.services import closing, evidence, raters, releases, reviews, rounds
from portfolio import safefiles
from portfolio.enums import DecisionKind
from portfolio.models import Checklist, ChecklistItem
from portfolio.services import (
    asks,
    assessment_requests,
    assessments,
    attachments,
    checklists,
    decisions,
    enquiries,
    innovations,
    interests,
    messages,
    needs,
    notes,
    screening,
    similar,
    submissions,
    templates,
    views,
)
from portfolio.services.innovations import open_at_site
from tests import factories
from tests.architecture.access import ROWS, Access


class Lists(Access):
    """The world of the table: rows are added one by one."""

    count = 0

    @cached_property
    def asker(self):
        """Whoever opens the list; the table says in which role."""
        return factories.member(self.site, self.role) if self.role else None

    role: str | None = None

    @cached_property
    def site_network(self):
        """A network that the site is in."""
        return factories.network_of(self.site)

    def number(self) -> int:
        self.count += 1
        return self.count

    def idea(self, **fields):
        """Another idea with everything that a row may show."""
        number = self.number()
        idea = factories.innovation(
            self.site,
            f"Idea number {number}",
            email=f"sender{number}@test.example",
            submitter_kind="company",
            **fields,
        )
        messages.write_to_hub(innovation=idea, body="Hello", by=link(idea.submission.ref))
        return idea

    def decide(self, innovation, kind=DecisionKind.DECLINE):
        return decisions.decide(
            innovation=innovation,
            kind=kind,
            reason_code=factories.reason(self.site, kind).code,
            words="Words",
            by=factories.actor_of(factories.member(self.site)),
        )


def held_idea(w: Lists) -> str:
    holder = w.asker if w.role in (Role.REVIEWER, Role.HUB_STAFF) else factories.member(w.site)
    return innovations.assign(innovation=w.idea(), to=holder, by=w.by).title


def own_idea(w: Lists) -> str:
    """An idea that whoever asks sent while signed in."""
    draft = submissions.start_draft(submitter_kind="staff", entry_site=w.site, by=w.by)
    answers = {
        "title": f"Own idea {w.number()}",
        "problem": "A problem",
        "idea": "An idea",
        "sites": [w.site.code],
    }
    draft = submissions.save_draft(draft=draft, answers=answers, by=w.by)
    person = w.asker.person
    return submissions.send_draft(draft=draft, confirmed_person=person, by=w.by).title


def work(w: Lists) -> str:
    own_idea(w)
    enquiry(w, assignee=w.asker)
    return held_idea(w)


def idea_to_route(w: Lists) -> str:
    draft = submissions.start_draft(submitter_kind="public", entry_site=None, by=w.by)
    draft = submissions.save_draft(
        draft=draft,
        answers={
            "title": f"Not sure {w.number()}",
            "problem": "A problem",
            "idea": "An idea",
            "network": w.network.slug,
        },
        person={"name": "Test Sender", "email": "sender@test.example"},
        by=w.by,
    )
    submission = submissions.send_draft(draft=draft, by=w.by)
    return submissions.confirm(submission=submission, by=w.by).title


def enquiry(w: Lists, **fields) -> str:
    fields.setdefault("assignee", factories.member(w.site))
    subject = f"Question {w.number()}"
    return enquiries.log(
        site=w.site, kind="question", subject=subject, name="Ann", by=w.by, **fields
    ).subject


def member(w: Lists) -> str:
    email = f"invited{w.number()}@test.example"
    invitations.invite(site=w.site, email=email, role=Role.EXECUTIVE, by=w.by)
    return str(factories.member(w.site, Role.REVIEWER, functions=["ig"]).person)


def place(w: Lists) -> str:
    site = factories.SiteFactory()
    factories.place(w.network, site)
    return site.name


def role_elsewhere(w: Lists) -> str:
    site = factories.SiteFactory()
    factories.member(site, user=w.asker)
    return site.name


def key(w: Lists) -> str:
    maker = factories.actor_of(factories.member(w.site, Role.SITE_LEAD))
    name = f"Key number {w.number()}"
    return keys.create_key(site=w.site, name=name, scopes=["kpis:read"], by=maker)[0].name


def something(w: Lists) -> str:
    """Events of several kinds by several people."""
    w.decide(w.idea())
    held_idea(w)
    return key(w)


def job(w: Lists) -> str:
    maker = factories.actor_of(factories.member(w.site))
    return w.site.import_jobs.create(
        file_name=f"ideas{w.number()}.csv",
        stored_as="",
        actor_kind=maker.kind,
        actor_ref=maker.ref,
    ).file_name


def refused_row(w: Lists) -> str:
    type(w.job).objects.filter(pk=w.job.pk).update(state="done", failed=1, doubted=1)
    reason = f"Title is missing {w.number()}."
    w.job.rows.create(site=w.site, number=w.number(), outcome="failed", reason=reason)
    w.job.rows.create(
        site=w.site, number=w.number(), outcome="created", reason="May hold …", innovation=w.idea()
    )
    return reason


def column(w: Lists) -> str:
    """One more column in a file that waits to be explained."""
    name = f"Column number {w.number()}"
    w.job.columns.append(
        {
            "name": name,
            "filled": 1,
            "samples": ["a"],
            "formatted": False,
            "values": {"a": 1},
            "parts": {"a": 1},
        }
    )
    w.job.state = "mapping"
    w.job.save()
    return name


def touched_row(w: Lists) -> str:
    """One more innovation of an import that somebody worked on."""
    type(w.job).objects.filter(pk=w.job.pk).update(state="done", created=3)
    idea = w.idea()
    w.job.rows.create(site=w.site, number=w.number(), outcome="created", innovation=idea)
    innovations.correct(innovation=idea, title=f"Corrected {w.number()}", by=w.by)
    return idea.title


def reason(w: Lists) -> str:
    return factories.reason(w.site, code=f"reason-{w.number()}").ref


def saved_view(w: Lists) -> str:
    name = f"View number {w.number()}"
    by = factories.member(w.site)
    return views.save_view(
        site=w.site, owner=by, name=name, query="order=due", is_shared=True, by=w.by
    ).name


def counted_idea(w: Lists) -> str:
    title = w.idea().title
    computing.compute(month=factories.today(), sites=[w.site], by=w.by)
    return title


def contribution(w: Lists) -> str:
    """A record more makes a new version of the number: the address is that of the newest."""
    ref = w.idea().ref
    computing.compute(month=factories.today(), sites=[w.site], by=w.by)
    w.kpi_value = w.site.kpi_values.current().get(kpi="innovations_submitted")
    return ref


def month(w: Lists) -> str:
    """The numbers of one month more."""
    first = factories.today()
    for _ in range(w.number()):
        first = month_before(first)
    computing.compute(month=first, sites=[w.site], by=w.by)
    return f"{first:%Y-%m}-01"


def month_on_page(w: Lists) -> str:
    month(w)
    return "Innovations submitted"


def happening(w: Lists) -> str:
    """More that happened to one idea: assigned, decided, undone, written to."""
    idea = w.innovation
    idea.refresh_from_db()
    body = f"Message {w.number()}"
    taken = [safefiles.check(f"plan {w.count}.txt", b"A plan")]
    messages.write_to_submitter(innovation=idea, body=body, files=taken, by=w.by)
    noted(w)
    for to in (factories.member(w.site), None):
        innovations.assign(innovation=idea, to=to, by=w.by)
    decisions.undo(decision=w.decide(idea), by=w.by)
    assessment(w)
    return body


def decision(w: Lists) -> str:
    w.innovation.refresh_from_db()
    made = w.decide(w.innovation)
    w.innovation.refresh_from_db()
    decisions.undo(decision=made, by=w.by)
    return made.ref


def decision_on_another(w: Lists) -> str:
    return w.decide(w.idea()).ref


def assessment(w: Lists) -> str:
    assessor = factories.member(w.site)
    w.innovation.refresh_from_db()
    saved = assessments.save_answers(
        innovation=w.innovation,
        checklist=w.checklist,
        assessor=assessor,
        answers={"first": ("yes", ""), "second": ("no", "Why")},
        by=factories.actor_of(assessor),
    )
    return assessments.finish(assessment=saved, by=w.by).ref


def checklist(w: Lists) -> str:
    made = Checklist.objects.create(
        key="listed", version=w.number(), title="A checklist", valid_from=factories.today()
    )
    ChecklistItem.objects.create(
        checklist=made, code="first", position=1, label="First", question="First?"
    )
    return made.ref


def network_framework(w: Lists) -> str:
    """A framework of the network that the site is in."""
    if not w.network.places.filter(site=w.site).exists():
        factories.place(w.network, w.site)
    return factories.framework(w.network, key=f"listed{w.number()}").slug


def like_of_one(w: Lists) -> str:
    """One more idea that looks like the first."""
    number = w.number()
    like = w.idea()
    type(like).objects.filter(pk=like.pk).update(title=f"{w.innovation.title} {'*' * number}")
    like.refresh_from_db()
    similar.find_similar(innovation=like, by=w.by)
    return like.title


def own_checklist(w: Lists) -> str:
    """A checklist of the site's own in use, and a draft of another."""
    title = f"Ours {w.number()}"
    draft = checklists.draft(site=w.site, title=title, by=w.by)
    items = [{"label": "Need", "question": "Is it needed?"}]
    draft = checklists.save_draft(draft=draft, title=title, items=items, by=w.by)
    checklists.publish(draft=draft, by=w.by)
    checklists.draft(site=w.site, title=f"Draft {w.number()}", by=w.by)
    return title


def checklist_draft(w: Lists) -> str:
    """A draft that was copied from a version."""
    source = checklists.use(site=w.site, key="places-5", by=w.by).key
    version = Checklist.objects.get(site=None, key=source, valid_to=None)
    title = f"Draft {w.number()}"
    return checklists.draft(site=w.site, title=title, checklist=version, by=w.by).title


def assess_request(w: Lists) -> str:
    user = factories.member(w.site, Role.REVIEWER)
    w.innovation.refresh_from_db()
    assessment_requests.ask(innovation=w.innovation, assessor=user, by=w.by)
    return str(user)


def idea_to_assess(w: Lists) -> str:
    idea = w.idea()
    assessment_requests.ask(innovation=idea, assessor=w.asker, by=w.by)
    return idea.title


def interest(w: Lists) -> str:
    user = factories.member(w.site)
    interests.declare(innovation=w.innovation, user=user, nature="financial", by=w.by)
    return str(user)


def ref_of(name: str) -> str:
    """The reference of the account of whoever is called this."""
    return User.objects.get(person__name=name).ref


def answering_site(w: Lists) -> str:
    """One more site that the tracked idea is at."""
    site = factories.SiteFactory()
    submission = w.innovation.submission
    innovation = open_at_site(submission=submission, site=site, at=submission.confirmed_at, by=w.by)
    messages.write_to_submitter(innovation=innovation, body="Hello", by=w.by)
    return site.name


def served_need(w: Lists) -> str:
    """A need with an owner, an idea and a call."""
    need = factories.need(w.site, f"Need number {w.number()}", owner=factories.member(w.site))
    needs.link(need=need, innovation=w.idea(), by=w.by)
    factories.call(need)
    return need.title


def idea_of_need(w: Lists) -> str:
    """One more idea that serves the need, and a call on it."""
    idea = innovations.assign(innovation=w.idea(), to=factories.member(w.site), by=w.by)
    needs.link(need=w.need, innovation=idea, by=w.by)
    factories.call(w.need)
    return idea.title


def idea_of_call(w: Lists) -> str:
    idea = innovations.assign(innovation=w.idea(), to=factories.member(w.site), by=w.by)
    type(idea).objects.filter(pk=idea.pk).update(call=w.call)
    return idea.title


def call_with_idea(w: Lists) -> str:
    call = factories.call(w.need, f"Call number {w.number()}")
    idea = w.idea()
    type(idea).objects.filter(pk=idea.pk).update(call=call)
    return call.title


def site_with_a_door(w: Lists) -> str:
    assert w.site  # one door alone is shown otherwise: there is nothing to choose
    return factories.SiteFactory().name


def question(w: Lists) -> str:
    """One more question to somebody about the same idea, which is on its page."""
    number = w.number()
    text = f"Does it fit {number}?"
    asks.ask(
        innovation=w.innovation,
        kind="question",
        question=text,
        name=f"Expert {number}",
        email=f"expert{number}@test.example",
        by=w.by,
    )
    return text


def coming_idea(w: Lists) -> str:
    idea = w.idea()
    screening.save(innovation=idea, answers={"ai": "yes", "supplier": "yes"}, by=w.by)
    return idea.title


def written(w: Lists) -> str:
    """One more message with a file."""
    number = w.number()
    taken = [safefiles.check(f"plan {number}.txt", b"A plan")]
    made = messages.write_to_submitter(
        innovation=w.innovation, body=f"Message {number}", files=taken, by=w.by
    )
    return made.ref


def noted(w: Lists) -> str:
    """One more note with a file."""
    number = w.number()
    taken = [safefiles.check(f"plan {number}.txt", b"A plan")]
    author = factories.actor_of(factories.member(w.site))
    return notes.add(innovation=w.innovation, body=f"Note {number}", files=taken, by=author).ref


def noted_on_page(w: Lists) -> str:
    noted(w)
    return f"Note {w.count}"


def attached(w: Lists) -> str:
    """One more file with the idea, one with a message and one with a note."""
    written(w)
    noted(w)
    taken = [safefiles.check(f"plan {w.number()}.txt", b"A plan")]
    return attachments.attach(innovation=w.innovation, files=taken, by=w.by)[0].ref


def message_template(w: Lists) -> str:
    name = f"Template {w.number()}"
    return templates.add(site=w.site, name=name, body="Hello {name}", by=w.by).name


def merged_idea(w: Lists) -> str:
    """One idea more that was merged into the one whose page is opened, with its thread."""
    idea = w.idea()
    w.innovation.refresh_from_db()
    decisions.decide(
        innovation=idea,
        kind=DecisionKind.MERGE,
        reason_code=factories.reason(w.site, DecisionKind.MERGE).code,
        words="Words",
        into=w.innovation,
        by=w.by,
    )
    return idea.title


def idea_to_merge(w: Lists) -> str:
    """One idea more that is offered to merge another into, at a site that gives reasons."""
    factories.reason(w.site, DecisionKind.MERGE)
    return like_of_one(w)


def heard_of(w: Lists) -> str:
    """What came of a signpost of the idea, once more."""
    if w.innovation.state != "signposted":
        w.decided(DecisionKind.SIGNPOST, organisation=factories.OrganisationFactory())
    w.innovation.refresh_from_db()
    again = factories.today() + dt.timedelta(days=9)
    return decisions.follow_up(
        innovation=w.innovation, outcome="no_answer", again_on=again, by=w.by
    ).ref


def network_round(w: Lists) -> str:
    """A round more of the network."""
    name = f"Round {w.number()}"
    framework = factories.framework(key=f"round-{w.number()}")
    factories.open_round(w.network, framework=framework, sites=[w.site], name=name)
    return name


def site_of_round(w: Lists) -> str:
    """One more site in the network's round."""
    other = factories.SiteFactory()
    factories.place(w.network, other)
    rounds.add_sites(round=w.round, sites=[other], by=w.by)
    return other.name


def rated_site(w: Lists) -> str:
    """One more site whose ratings the coordinator reads by name."""
    other = factories.SiteFactory()
    factories.place(w.network, other)
    w.round.refresh_from_db()
    rounds.add_sites(round=w.round, sites=[other], by=w.by)
    row = factories.self_assessment(other, w.round, s1_i1=5)
    self_assessments.submit(assessment=row, by=w.by)
    closing.close(round=w.round, by=w.by)
    return other.name


def one_more_rater(w: Lists) -> str:
    """Somebody more who was asked to rate, and began."""
    number = w.number()
    row = raters.invite(
        assessment=w.own, name=f"Rater {number}", email=f"rater{number}@test.example", by=w.by
    )
    raters.rate(rater=row, answers={"s1-i1": self_assessments.rated(3)}, by=w.by)
    return row.ref


def restated(w: Lists) -> str:
    """One more release of the network's round, with its reason."""
    if w.round.state == "open":
        self_assessments.submit(assessment=w.own, by=w.by)
        closing.close(round=w.round, by=w.by)
    reason = f"Slip {w.number()}"
    row = w.round.assessments.select_related("round__framework", "site").get(site=w.site)
    self_assessments.reopen(assessment=row, reason=reason, by=w.by)
    self_assessments.submit(assessment=row, by=w.by)
    return releases.restate(round=w.round, reason=reason, by=w.by).reason


def piece_of_evidence(w: Lists) -> str:
    """One more piece of evidence."""
    title = f"Evidence {w.number()}"
    evidence.add(site=w.site, title=title, url="https://example.org/e", by=w.by)
    return title


def review_to_give(w: Lists) -> str:
    """One more review asked of the site."""
    other = factories.SiteFactory()
    factories.place(w.network, other)
    rounds.add_sites(round=w.round, sites=[other], by=w.by)
    row = factories.self_assessment(other, w.round, s1_i1=5)
    self_assessments.submit(assessment=row, by=w.by)
    assert w.own
    reviews.ask(assessment=row, reviewing_site=w.site, by=w.by)
    return other.name


def ref_of_review(name: str) -> str:
    """The reference of the review of the site of this name."""
    return Review.objects.get(site__name=name).ref


def signposted(w: Lists) -> str:
    """An idea that was pointed elsewhere and wants to be asked after."""
    idea = w.idea()
    decisions.decide(
        innovation=idea,
        kind=DecisionKind.SIGNPOST,
        reason_code=factories.reason(w.site, DecisionKind.SIGNPOST).code,
        words="Words",
        organisation=factories.OrganisationFactory(),
        follow_up_on=factories.today() + dt.timedelta(days=1),
        by=w.by,
    )
    type(idea).objects.filter(pk=idea.pk).update(follow_up_on=factories.today())
    return idea.title


def open_assessment(w: Lists) -> str:
    """A round more that the site has begun."""
    name = f"Round {w.number()}"
    round = factories.open_round(w.site_network, framework=w.framework, sites=[w.site], name=name)
    factories.self_assessment(w.site, round, s1_i1=1)
    return name


def past_assessment(w: Lists) -> str:
    """A round more that the site has submitted."""
    name = open_assessment(w)
    row = w.site.self_assessments.select_related("round__framework").get(round__name=name)
    self_assessments.submit(assessment=row, by=w.by)
    return name


def maturity_action(w: Lists) -> str:
    """An action more, of a self-assessment of its own, that somebody has."""
    name = open_assessment(w)
    row = w.site.self_assessments.select_related("round__framework").get(round__name=name)
    return maturity_actions.add(
        site=w.site,
        assessment=row,
        sub_domain=row.round.framework.sub_domains.first(),
        title=f"Action number {w.number()}",
        owner=factories.member(w.site),
        due_on=factories.today(),
        by=w.by,
    ).title


def ended_action(w: Lists) -> str:
    title = maturity_action(w)
    row = w.site.maturity_actions.get(title=title)
    return maturity_actions.publish(
        action=maturity_actions.finish(action=row, outcome="It helped", by=w.by), by=w.by
    ).title


def ref_of_action(w: Lists) -> str:
    return w.site.maturity_actions.get(title=maturity_action(w)).ref


def ref_of_name(w: Lists, name: str) -> str:
    return w.site.self_assessments.get(round__name=name).ref


def rated_indicator(w: Lists) -> str:
    """One more indicator that is rated."""
    code = ("s1-i1", "s1-i2", "s2-i1", "s2-i2")[w.number() - 1]
    said = {code: self_assessments.rated(5)}
    self_assessments.answer(assessment=w.self_assessment, answers=said, by=w.by)
    return code


def explained(w: Lists) -> str:
    """One more text, and the words to it."""
    text = f"Words {w.number()}"
    code = ("s1", "s2", "s1")[w.count - 1]
    self_assessments.answer(
        assessment=w.self_assessment, answers={}, explanations={code: text}, by=w.by
    )
    return "sub_domain"


@dataclass(frozen=True)
class List:
    """``role``: who opens it ("coordinator" is of the network, None nobody); ``query`` stands after "?"."""

    name: str
    role: str | None
    more: Callable[[Lists], str]
    query: str = ""
    most: int = 12

    def kwargs(self, world: Lists) -> dict:
        """The parts of the address, as the table of access has them."""
        return ROWS[self.name].kwargs(world)


STAFF, LEAD = Role.HUB_STAFF, Role.SITE_LEAD
COORDINATOR = "coordinator"

LISTS = (
    # my work asks each app once: more kinds of work, not more rows, cost more
    List("home", STAFF, work, most=22),
    List("home", COORDINATOR, idea_to_route),
    List("accounts:account", STAFF, role_elsewhere),
    List("accounts:site_home", STAFF, member),
    List("accounts:network_home", COORDINATOR, place),
    List("accounts:members", LEAD, member),
    List("accounts:keys", LEAD, key),
    List("accounts:audit", LEAD, something),
    List("portfolio:submit", None, site_with_a_door),
    List("portfolio:track", None, answering_site),
    List("portfolio:routing", COORDINATOR, idea_to_route),
    List("portfolio:triage", STAFF, held_idea),
    List("portfolio:triage", STAFF, held_idea, query="q=idea&assignee=me"),
    List("portfolio:triage", STAFF, held_idea, query="q=idae&order=due"),
    List("portfolio:view", STAFF, held_idea),
    List("portfolio:triage_item", STAFF, held_idea, most=16),
    List("portfolio:innovations", STAFF, held_idea),
    List("portfolio:innovations", Role.REVIEWER, held_idea),
    # one query more for the weak sub-domains that other apps flag
    List("portfolio:innovation", STAFF, happening, most=15),
    List("portfolio:innovation", STAFF, question),
    List("portfolio:innovation", STAFF, merged_idea),
    List("portfolio:decide", STAFF, idea_to_merge, query="kind=merge", most=14),
    List("home", STAFF, signposted, most=22),
    List("api:v1:follow-ups-list", STAFF, heard_of),
    List("portfolio:coming", STAFF, coming_idea),
    List("portfolio:coming", STAFF, coming_idea, query="function=ig"),
    List("api:v1:asks-list", STAFF, question),
    List("api:v1:coming-list", STAFF, coming_idea),
    List("portfolio:enquiries", STAFF, enquiry),
    List("portfolio:needs", STAFF, served_need, most=14),
    List("portfolio:needs", Role.EXECUTIVE, served_need, query="served=yes", most=14),
    List("portfolio:need", STAFF, idea_of_need),
    List("portfolio:call", STAFF, idea_of_call),
    List("portfolio:imports", STAFF, job),
    List("portfolio:import_job", STAFF, refused_row),
    List("portfolio:import_columns", STAFF, column),
    List("portfolio:import_undo", STAFF, touched_row),
    List("api:v1:imports-list", STAFF, job),
    List("api:v1:import-rows", STAFF, refused_row),
    List("portfolio:reasons", STAFF, reason),
    List("portfolio:note", STAFF, noted_on_page),
    List("portfolio:templates", STAFF, message_template),
    List("api:v1:messages-list", STAFF, written),
    List("api:v1:notes-list", STAFF, noted),
    List("api:v1:attachments-list", STAFF, attached),
    List("api:v1:message-templates-list", STAFF, message_template),
    List("maturity:rounds", COORDINATOR, network_round),
    List("maturity:round", COORDINATOR, site_of_round),
    List("maturity:reading", COORDINATOR, rated_site, most=14),
    List("api:v1:rounds-list", COORDINATOR, network_round),
    List("api:v1:rounds-list", LEAD, network_round),
    List("api:v1:round-progress", COORDINATOR, site_of_round),
    List("api:v1:round-releases", COORDINATOR, restated),
    List("api:v1:round-releases", LEAD, restated),
    List("maturity:evidence", LEAD, piece_of_evidence),
    List("api:v1:raters-list", LEAD, one_more_rater),
    List("api:v1:evidence-list", LEAD, piece_of_evidence),
    List("maturity:reviews", LEAD, review_to_give),
    List("api:v1:reviews-list", LEAD, lambda w: ref_of_review(review_to_give(w))),
    List("home", LEAD, open_assessment, most=22),
    List("maturity:actions", LEAD, maturity_action),
    List("maturity:actions", LEAD, ended_action, query="state=done"),
    List("api:v1:maturity-actions-list", LEAD, ref_of_action),
    List("maturity:maturity", LEAD, open_assessment),
    List("maturity:maturity", LEAD, past_assessment),
    List("api:v1:self-assessments-list", LEAD, lambda w: ref_of_name(w, open_assessment(w))),
    List("api:v1:ratings-list", LEAD, rated_indicator),
    List("api:v1:explanations-list", LEAD, explained),
    List("kpis:dashboard", STAFF, month_on_page),
    List("kpis:figure", STAFF, counted_idea),
    List("api:v1:sites-list", STAFF, role_elsewhere),
    List("api:v1:innovations-list", STAFF, held_idea),
    List("portfolio:triage_item", STAFF, like_of_one, most=16),
    List("portfolio:innovation", STAFF, like_of_one),
    List("api:v1:similar-list", STAFF, like_of_one),
    List("api:v1:triage-views-list", STAFF, saved_view),
    List("api:v1:innovation-decisions", STAFF, decision),
    List("api:v1:decisions-list", STAFF, decision_on_another),
    List("api:v1:assessments-list", STAFF, assessment),
    List("api:v1:decision-reasons-list", STAFF, reason),
    List("home", Role.REVIEWER, idea_to_assess, most=18),
    List("portfolio:ask_to_assess", STAFF, assess_request),
    List("portfolio:declare_interest", STAFF, interest),
    List("portfolio:checklists", LEAD, own_checklist),
    List("api:v1:assessment-requests-list", STAFF, lambda w: ref_of(assess_request(w))),
    List("api:v1:interests-list", STAFF, lambda w: ref_of(interest(w))),
    List("api:v1:checklists-list", STAFF, checklist),
    List("api:v1:checklist-drafts-list", LEAD, checklist_draft),
    List("api:v1:frameworks-list", STAFF, network_framework),
    List("maturity:frameworks", STAFF, network_framework),
    List("maturity:network_frameworks", COORDINATOR, network_framework),
    List("api:v1:enquiries-list", STAFF, enquiry),
    List("api:v1:needs-list", STAFF, served_need),
    List("api:v1:calls-list", STAFF, call_with_idea),
    List("api:v1:kpi-values-list", STAFF, month),
    List("api:v1:kpi-value-contributions-list", STAFF, contribution),
)

# Lists that cannot grow: what they show stands in the code.
FIXED = {"api:v1:kpis-list", "api:v1:reference-cohorts-list"}
# They go by a list's filters and show none of its pages: forms, one verb for several, files.
FIXED |= {
    f"portfolio:{name}"
    for name in ("add_view", "edit_view", "bulk", "export_queue", "export_portfolio")
}
# Forms that, once sent, go on to the next idea of the queue that they were opened from.
FIXED |= {"portfolio:ask_somebody", "portfolio:assess"}
