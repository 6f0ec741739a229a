"""How to call each public verb of maturity: one row each, as in :mod:`tests.architecture.service_calls`."""

import datetime as dt

from django.db import transaction

from hubapp.actors import asked
from hubapp.db import maintenance
from maturity import framework_files
from maturity.enums import Wish
from maturity.models import Domain, Framework, Indicator, RatingsFile, SubDomain
from maturity.queries.reading import reading_of
from maturity.ratings_sheet import RatingsSheet
from maturity.ratings_sheet import Row as SheetRow
from maturity.services import (
    actions,
    assessments,
    closing,
    evidence,
    frameworks,
    importing,
    learning,
    own_rounds,
    profiles,
    raters,
    releases,
    reminders,
    reviews,
    rounds,
    targets,
)
from tests import factories
from tests.architecture.access import Access
from tests.architecture.service_calls import prepared

TODAY = factories.today


def framework_content():
    path = framework_files.FOLDER / "twelve-enablers.2024.json"
    return {**framework_files.read_framework(path.read_bytes()), "key": "ours"}


def forget_frameworks(_: Access) -> None:
    """As on the first start: nothing is loaded yet."""
    with transaction.atomic(), maintenance("test teardown"):
        for model in (Indicator, SubDomain, Domain, Framework):
            model.objects.all().delete()


def draft_round(w: Access):
    return rounds.prepare(
        network=w.network,
        framework=w.framework,
        name="Next",
        opens_on=TODAY(),
        closes_on=TODAY(),
        by=w.by,
    ), w.site


def joining(w: Access):
    """A site of the network that is not in its round."""
    assert w.round
    site = factories.SiteFactory()
    factories.place(w.network, site)
    return site


def asked_row(w: Access):
    """A self-assessment that its site has not started."""
    return rounds.add_sites(round=w.round, sites=[joining(w)], by=w.by)[0]


def asked_long_ago(w: Access):
    earlier = w.own.created_at - dt.timedelta(days=2)
    type(w.own).objects.filter(pk=w.own.pk).update(created_at=earlier)
    return w.own


def submitted(w: Access):
    return assessments.submit(assessment=w.own, by=w.by)


def described_last_time(w: Access):
    """One in progress, after one that was described and submitted."""
    profiles.save(assessment=w.self_assessment, headcount=100, by=w.by)
    assessments.submit(assessment=w.self_assessment, by=w.by)
    round = factories.open_round(w.network, framework=w.framework)
    return factories.self_assessment(w.site, round)


def done_rater(w: Access):
    raters.rate(rater=w.rater, answers={"s1-i1": assessments.rated(5)}, by=asked(w.rater.ref))
    return w.rater


def sent_code(w: Access):
    return raters.send_code(rater=w.rater, by=asked(w.rater.ref))


def reviewable(w: Access):
    """A submitted self-assessment, and another site of its round."""
    other = joining(w)
    rounds.add_sites(round=w.round, sites=[other], by=w.by)
    return submitted(w), other


def asked_review(w: Access):
    row, other = reviewable(w)
    return reviews.ask(assessment=row, reviewing_site=other, by=w.by)


def found(w: Access):
    reviews.find(review=w.review, findings={"s1-i1": reviews.Found("agrees")}, by=w.by)
    return w.review


def changed_since(w: Access):
    """A round whose release a site has changed since."""
    submitted(w)
    round = closing.close(round=w.round, by=w.by)
    row = round.assessments.select_related("round__framework", "site").get(site=w.site)
    assessments.reopen(assessment=row, reason="A slip", by=w.by)
    assessments.submit(assessment=row, by=w.by)
    return round


def wished(w: Access):
    """Two sites of a round, of which one offers what the other wants."""
    other = joining(w)
    rounds.add_sites(round=w.round, sites=[other], by=w.by)
    theirs = factories.self_assessment(other, w.round, s1_i1=5)
    sub_domain = w.round.framework.sub_domains.get(code="s1")
    for row, wish in ((w.own, Wish.WANTS), (theirs, Wish.OFFERS)):
        row = assessments.submit(assessment=row, by=w.by)
        learning.wish(assessment=row, sub_domain=sub_domain, wish=wish, by=w.by)
    return sub_domain, other


def propose(w: Access, given):
    sub_domain, giver = given
    return learning.propose(
        round=w.round, sub_domain=sub_domain, giver=giver, taker=w.site, by=w.by
    )


def pairing(w: Access):
    return propose(w, wished(w))


def an_action(w: Access, owner=None, title="Do it"):
    return actions.add(
        site=w.site,
        sub_domain=w.framework.sub_domains.get(code="s1"),
        title=title,
        owner=owner,
        by=w.by,
    )


def done_action(w: Access):
    return actions.finish(action=an_action(w), outcome="It helped", by=w.by)


def published_action(w: Access):
    return actions.publish(action=done_action(w), by=w.by)


def named_in_an_action(w: Access):
    person = factories.member(w.site).person
    an_action(w, title=f"Ask {person.email}")
    return person


def look(w: Access, row):
    sheet = RatingsSheet(["Indicator code", "Rating"], has_site=False)
    sheet.rows.append(SheetRow(2, "", "s1-i2", "5", "", ["s1-i2", "5"]))
    return importing.look(sheet=sheet, name="ratings.csv", round=row.round, own=row, by=w.by)


def looked_at(w: Access):
    return look(w, w.self_assessment)


def old_file(w: Access):
    file = looked_at(w)
    RatingsFile.objects.update(at=file.at - importing.REMEMBERED * 2)
    return file


CALLS = {
    # frameworks
    "frameworks.load_frameworks": prepared(
        forget_frameworks, lambda w, _: frameworks.load_frameworks(by=w.by)
    ),
    "frameworks.draft": prepared(
        lambda w: w.network,
        lambda w, network: frameworks.draft(network=network, content=framework_content(), by=w.by),
    ),
    "frameworks.publish": prepared(
        lambda w: w.framework_draft, lambda w, draft: frameworks.publish(draft=draft, by=w.by)
    ),
    "frameworks.discard": prepared(
        lambda w: w.framework_draft, lambda w, draft: frameworks.discard(draft=draft, by=w.by)
    ),
    # rounds
    "rounds.prepare": prepared(
        lambda w: (w.network, w.framework, w.site), lambda w, _: draft_round(w)
    ),
    "rounds.change": prepared(
        lambda w: w.round, lambda w, round: rounds.change(round=round, name="Renamed", by=w.by)
    ),
    "rounds.open_round": prepared(
        draft_round,
        lambda w, given: rounds.open_round(round=given[0], sites=[given[1]], by=w.by),
    ),
    "rounds.add_sites": prepared(
        joining, lambda w, site: rounds.add_sites(round=w.round, sites=[site], by=w.by)
    ),
    "rounds.cancel": prepared(
        lambda w: w.round, lambda w, round: rounds.cancel(round=round, by=w.by)
    ),
    "closing.close": prepared(submitted, lambda w, _: closing.close(round=w.round, by=w.by)),
    "closing.close_due": prepared(
        submitted,
        lambda w, row: closing.close_due(today=row.round.closes_on + dt.timedelta(days=1), by=w.by),
    ),
    "releases.release": prepared(submitted, lambda w, _: releases.release(round=w.round, by=w.by)),
    "releases.restate": prepared(
        changed_since,
        lambda w, round: releases.restate(round=round, reason="A slip", by=w.by),
    ),
    "own_rounds.start_own": prepared(
        lambda w: (w.site, w.framework),
        lambda w, given: own_rounds.start_own(
            site=given[0], framework=given[1], name="Ours", closes_on=TODAY(), by=w.by
        ),
    ),
    "reminders.remind": prepared(
        lambda w: (w.other, w.own)[1], lambda w, row: reminders.remind(assessment=row, by=w.by)
    ),
    "reminders.remind_due": prepared(
        asked_long_ago,
        lambda w, row: reminders.remind_due(
            today=row.round.closes_on - dt.timedelta(days=2), by=w.by
        ),
    ),
    # a site's self-assessment
    "assessments.start": prepared(
        asked_row, lambda w, row: assessments.start(assessment=row, by=w.by)
    ),
    "assessments.answer": prepared(
        lambda w: w.self_assessment,
        lambda w, row: assessments.answer(
            assessment=row,
            answers={"s1-i1": assessments.NOT_APPLICABLE},
            explanations={"s1": "Words"},
            by=w.by,
        ),
    ),
    "assessments.confirm": prepared(
        described_last_time, lambda w, row: assessments.confirm(assessment=row, by=w.by)
    ),
    "assessments.submit": prepared(
        lambda w: w.self_assessment, lambda w, row: assessments.submit(assessment=row, by=w.by)
    ),
    "assessments.finalise": prepared(
        submitted, lambda w, row: assessments.finalise(assessment=row, by=w.by)
    ),
    "assessments.finalise_submitted": prepared(
        submitted, lambda w, row: assessments.finalise_submitted(round=row.round, by=w.by)
    ),
    "assessments.reopen": prepared(
        submitted, lambda w, row: assessments.reopen(assessment=row, reason="A slip", by=w.by)
    ),
    "assessments.leave": prepared(
        lambda w: w.self_assessment,
        lambda w, row: assessments.leave(assessment=row, reason="", by=w.by),
    ),
    "profiles.save": prepared(
        lambda w: w.self_assessment,
        lambda w, row: profiles.save(assessment=row, headcount=9, words={"s1": "Words"}, by=w.by),
    ),
    "profiles.confirm": prepared(
        described_last_time, lambda w, row: profiles.confirm(assessment=row, by=w.by)
    ),
    # several raters
    "raters.invite": prepared(
        lambda w: w.own,
        lambda w, row: raters.invite(
            assessment=row, name="Test Rater", email="rater@test.example", by=w.by
        ),
    ),
    "raters.renew": prepared(
        lambda w: w.rater, lambda w, rater: raters.renew(rater=rater, by=w.by)
    ),
    "raters.withdraw": prepared(
        lambda w: w.rater, lambda w, rater: raters.withdraw(rater=rater, by=w.by)
    ),
    "raters.agree": prepared(
        lambda w: w.own,
        lambda w, row: raters.agree(assessment=row, said={"s1-i1": assessments.rated(5)}, by=w.by),
    ),
    "raters.send_code": prepared(
        lambda w: w.rater, lambda w, rater: raters.send_code(rater=rater, by=asked(rater.ref))
    ),
    "raters.check_code": prepared(
        sent_code,
        lambda w, rater: raters.check_code(rater=rater, code="none", by=asked(rater.ref)),
    ),
    "raters.rate": prepared(
        lambda w: w.rater,
        lambda w, rater: raters.rate(
            rater=rater, answers={"s1-i1": assessments.rated(5)}, by=asked(rater.ref)
        ),
    ),
    "raters.finish": prepared(
        done_rater, lambda w, rater: raters.finish(rater=rater, by=asked(rater.ref))
    ),
    # evidence
    "evidence.add": prepared(
        lambda w: w.site,
        lambda w, site: evidence.add(
            site=site, title="Strategy", url="https://example.org/", by=w.by
        ),
    ),
    "evidence.change": prepared(
        lambda w: w.evidence,
        lambda w, row: evidence.change(evidence=row, title="Plan", expires_on=None, by=w.by),
    ),
    "evidence.remove": prepared(
        lambda w: w.evidence, lambda w, row: evidence.remove(evidence=row, by=w.by)
    ),
    "evidence.show": prepared(
        lambda w: (w.self_assessment, w.evidence),
        lambda w, given: evidence.show(
            assessment=given[0],
            indicator=w.framework.indicators.get(code="s1-i1"),
            evidence=[given[1]],
            by=w.by,
        ),
    ),
    "evidence.show_all": prepared(
        lambda w: (w.self_assessment, (w.framework.indicators.get(code="s1-i1"), [w.evidence])),
        lambda w, given: evidence.show_all(assessment=given[0], shown=[given[1]], by=w.by),
    ),
    # peer review
    "reviews.ask": prepared(
        reviewable,
        lambda w, given: reviews.ask(assessment=given[0], reviewing_site=given[1], by=w.by),
    ),
    "reviews.accept": prepared(
        lambda w: (asked_review(w), w.user),
        lambda w, given: reviews.accept(review=given[0], user=given[1], by=w.by),
    ),
    "reviews.decline": prepared(
        asked_review, lambda w, review: reviews.decline(review=review, reason="", by=w.by)
    ),
    "reviews.withdraw": prepared(
        asked_review, lambda w, review: reviews.withdraw(review=review, by=w.by)
    ),
    "reviews.find": prepared(lambda w: w.review, lambda w, _: found(w)),
    "reviews.finish": prepared(
        found, lambda w, review: reviews.finish(review=review, words="Well done", by=w.by)
    ),
    # learning from each other
    "learning.wish": prepared(
        submitted,
        lambda w, row: learning.wish(
            assessment=row,
            sub_domain=w.round.framework.sub_domains.get(code="s1"),
            wish=Wish.OFFERS,
            by=w.by,
        ),
    ),
    "learning.propose": prepared(wished, propose),
    "learning.agree": prepared(
        pairing, lambda w, row: learning.agree(pairing=row, site=w.site, by=w.by)
    ),
    "learning.decline": prepared(
        pairing, lambda w, row: learning.decline(pairing=row, site=w.site, by=w.by)
    ),
    "learning.withdraw": prepared(pairing, lambda w, row: learning.withdraw(pairing=row, by=w.by)),
    # actions and targets
    "actions.add": prepared(lambda w: (w.site, w.framework), lambda w, _: an_action(w)),
    "actions.edit": prepared(
        an_action, lambda w, row: actions.edit(action=row, title="Do more", by=w.by)
    ),
    "actions.finish": prepared(
        an_action, lambda w, row: actions.finish(action=row, outcome="It helped", by=w.by)
    ),
    "actions.drop": prepared(an_action, lambda w, row: actions.drop(action=row, by=w.by)),
    "actions.reopen": prepared(
        published_action, lambda w, row: actions.reopen(action=row, by=w.by)
    ),
    "actions.publish": prepared(done_action, lambda w, row: actions.publish(action=row, by=w.by)),
    "actions.unpublish": prepared(
        published_action, lambda w, row: actions.unpublish(action=row, by=w.by)
    ),
    "actions.reassign_owned": prepared(
        lambda w: (an_action(w, owner=w.user), w.other)[1],
        lambda w, to: actions.reassign_owned(
            kind=actions.OWNED_ACTIONS,
            from_user_id=w.user.pk,
            to_user_id=to.pk,
            site_id=w.site.pk,
            by=w.by,
        ),
    ),
    "actions.black_out_people_in_actions": prepared(
        named_in_an_action,
        lambda w, person: actions.black_out_people_in_actions(person_ids=[person.pk], by=w.by),
    ),
    "targets.set_target": prepared(
        lambda w: (w.site, w.framework.indicators.get(code="s1-i1")),
        lambda w, given: targets.set_target(site=given[0], indicator=given[1], value=5, by=w.by),
    ),
    "targets.end_target": prepared(
        lambda w: targets.set_target(
            site=w.site, indicator=w.framework.indicators.get(code="s1-i1"), value=5, by=w.by
        ),
        lambda w, target: targets.end_target(target=target, by=w.by),
    ),
    "targets.set_targets": prepared(
        lambda w: list(reading_of(w.self_assessment).items),
        lambda w, items: targets.set_targets(
            assessment=w.self_assessment, targets=[(items[0], 5, None)], by=w.by
        ),
    ),
    # ratings out of a spreadsheet
    "importing.look": prepared(lambda w: w.self_assessment, look),
    "importing.keep": prepared(looked_at, lambda w, file: importing.keep(file=file, by=w.by)),
    "importing.forget_old": prepared(old_file, lambda w, _: importing.forget_old(by=w.by)),
}
CALLS = {f"maturity.services.{name}": row for name, row in CALLS.items()}

# Functions with ``by`` that are steps of verbs, always inside the verb's transaction.
HELPERS = {
    "maturity.services.assessments.explain": "a step of answering and of describing the function",
    "maturity.services.moves.move": "writes the move; the verb that calls it records why",
    "maturity.services.moves.move_all": "the same for many at once",
}
