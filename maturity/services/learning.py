"""Learning from each other: what a site offers and wants, and introductions that both agree to."""

from typing import Any

from django.db import IntegrityError, transaction

from accounts.models import Site
from hubapp import events, instants
from hubapp.actors import Actor
from hubapp.notifications import send_later
from hubapp.problems import Refused, Stale
from maturity.enums import COUNTED, PairingState, Wish
from maturity.models import LearningWish, Pairing, Round, SelfAssessment, SubDomain
from maturity.queries.network import leads_of, suggestions_in

CHANGED = "Somebody else changed this introduction since you opened it. Look at it, then try again."


@transaction.atomic
def wish(*, assessment: SelfAssessment, sub_domain: SubDomain, wish: str, by: Actor) -> None:
    """Say that the site may be asked about a sub-domain, or wants help; empty takes it back.

    :raises Refused: the self-assessment does not count, or no such sub-domain
    """
    if assessment.state not in COUNTED:
        raise Refused("Submit the self-assessment first.")
    if sub_domain.framework_id != assessment.round.framework_id:
        raise Refused("The framework has no such sub-domain.")
    if wish and wish not in Wish.values:
        raise Refused("Choose whether you may be asked or want help.")
    now = instants.now()
    standing = assessment.wishes.filter(sub_domain=sub_domain, ended_at=None).first()
    if (standing.wish if standing else "") == wish:
        return
    if standing:
        LearningWish.objects.filter(pk=standing.pk, ended_at=None).update(ended_at=now)
    if wish:
        try:
            with transaction.atomic():
                LearningWish.objects.create(
                    site_id=assessment.site_id,
                    assessment=assessment,
                    sub_domain=sub_domain,
                    wish=wish,
                    at=now,
                    actor_kind=by.kind,
                    actor_ref=by.ref,
                )
        except IntegrityError as error:
            raise Stale("Somebody else said so at the same moment.") from error
    events.record(
        "learning.wished",
        by=by,
        subject=assessment,
        changes={"sub_domain": sub_domain.code, "wish": wish or "none"},
    )


@transaction.atomic
def propose(*, round: Round, sub_domain: SubDomain, giver: Site, taker: Site, by: Actor) -> Pairing:
    """Propose an introduction. Both leads are asked; neither reads the other's name before both agreed.

    :raises Refused: the two did not say that they would, or it was proposed already
    """
    fits = any(
        each.sub_domain.pk == sub_domain.pk
        and each.giver.pk == giver.pk
        and each.taker.pk == taker.pk
        for each in suggestions_in(round)
    )
    if not fits or round.network_id is None:
        raise Refused("One of the two sites no longer offers or wants this.")
    now = instants.now()
    row = Pairing(
        network_id=round.network_id,
        round=round,
        sub_domain=sub_domain,
        giver=giver,
        taker=taker,
        proposed_at=now,
        updated_at=now,
        actor_kind=by.kind,
        actor_ref=by.ref,
    )
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise Refused("This introduction was proposed already.") from error
    for site in (giver, taker):
        events.record(
            "pairing.proposed",
            by=by,
            subject=row,
            site_id=site.pk,
            changes={"sub_domain": sub_domain.code},
        )
        for lead in leads_of(site):
            send_later(
                "maturity.pairing",
                to=lead.person,
                key=f"pairing:{row.ref}:{site.ref}:{lead.ref}",
                site_id=site.pk,
                context={"pairing": row.ref, "site": site.pk},
            )
    return row


@transaction.atomic
def agree(*, pairing: Pairing, site: Site, by: Actor) -> Pairing:
    """Say yes for one of the two sites; with the second yes both read whom they meet.

    :raises Refused: it waits for no answer of this site
    """
    side = _side(pairing, site)
    now = instants.now()
    columns: dict[str, Any] = {f"{side}_agreed_at": now}
    other = "taker" if side == "giver" else "giver"
    done = getattr(pairing, f"{other}_agreed_at") is not None
    if done:
        columns |= {"state": PairingState.AGREED, "ended_at": now}
    _change(pairing, **columns)
    events.record("pairing.agreed", by=by, subject=pairing, site_id=site.pk)
    if done:
        for each in (pairing.giver, pairing.taker):
            for lead in leads_of(each):
                send_later(
                    "maturity.introduced",
                    to=lead.person,
                    key=f"introduced:{pairing.ref}:{each.ref}:{lead.ref}",
                    site_id=each.pk,
                    context={"pairing": pairing.ref, "site": each.pk},
                )
    return pairing


@transaction.atomic
def decline(*, pairing: Pairing, site: Site, by: Actor) -> Pairing:
    """Say no for one of the two sites. The other is told only that it did not come about.

    :raises Refused: it waits for no answer of this site
    """
    _side(pairing, site)
    _change(pairing, state=PairingState.DECLINED, ended_at=instants.now())
    events.record("pairing.declined", by=by, subject=pairing, site_id=site.pk)
    return pairing


@transaction.atomic
def withdraw(*, pairing: Pairing, by: Actor) -> Pairing:
    """Take a proposal back.

    :raises Refused: both agreed already, or it ended
    """
    if pairing.state != PairingState.PROPOSED:
        raise Refused("This introduction no longer waits for an answer.")
    _change(pairing, state=PairingState.WITHDRAWN, ended_at=instants.now())
    events.record("pairing.withdrawn", by=by, subject=pairing)
    return pairing


def _side(pairing: Pairing, site: Site) -> str:
    side = {pairing.giver_id: "giver", pairing.taker_id: "taker"}.get(site.pk)
    if side is None or pairing.state != PairingState.PROPOSED:
        raise Refused("This introduction no longer waits for an answer.")
    if getattr(pairing, f"{side}_agreed_at") is not None:
        raise Refused("Your site has agreed already. The other one has yet to answer.")
    return side


def _change(pairing: Pairing, **columns: Any) -> None:
    columns |= {"version": pairing.version + 1, "updated_at": instants.now()}
    if not Pairing.objects.filter(pk=pairing.pk, version=pairing.version).update(**columns):
        raise Stale(CHANGED)
    for name, value in columns.items():
        setattr(pairing, name, value)
