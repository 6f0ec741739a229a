"""Introductions between sites of a network: "a team elsewhere works on this", and nothing more.

Whoever asks learns no site, no number and no title. To make poor use of the
question as a way to guess what others have:

* only a stored idea is compared, as it was received, once: correcting its
  title asks nothing again, and what is typed is never compared with others';
* ideas that came from a file are not compared, and each site's ideas only
  up to :data:`LOOKS_A_DAY` in a day;
* only what looks the same counts, not what is close;
* the answer says the same for one match and for many, and asking tells the
  other teams who asks.
"""

from django.db import transaction

from accounts.models import User
from hubapp import events, instants
from hubapp.actors import Actor
from hubapp.problems import Refused
from hubapp.workdays import london_date
from portfolio import similarity
from portfolio.enums import Channel, EnquiryKind
from portfolio.models import Innovation, LookElsewhere, MatchElsewhere
from portfolio.queries import similar as queries
from portfolio.services import enquiries

LOOKS_A_DAY = 50
# Beyond this nobody is asked: an idea that so many have is no secret, and each answers.
MOST_ASKED = 5


@transaction.atomic
def look_elsewhere(*, innovation: Innovation, by: Actor) -> bool:
    """Look, once, for the same idea at sites of the network that offer introductions.

    Returns whether others were looked through: not for what is confidential,
    came from a file, was looked for before, or is one too many that day.
    """
    if innovation.is_confidential or innovation.channel == Channel.IMPORT:
        return False
    if innovation.state not in queries.WORKED_ON:
        return False
    if LookElsewhere.objects.filter(innovation=innovation).exists():
        return False
    now = instants.now()
    today = london_date(now)
    if LookElsewhere.objects.filter(site=innovation.site, looked_on=today).count() >= LOOKS_A_DAY:
        return False
    sites = queries.sites_to_introduce(innovation.site, today)
    if not sites:
        return False
    look = LookElsewhere.objects.create(
        site=innovation.site, innovation=innovation, looked_at=now, looked_on=today
    )
    rows = Innovation.objects.filter(state__in=queries.WORKED_ON, is_confidential=False)
    # Sent to both sites by one person: they know already.
    if innovation.submission_id:
        rows = rows.exclude(submission=innovation.submission_id)
    texts = queries.texts_of(innovation)
    found = [
        like
        for site in sites
        for like in queries.likes_of(rows, site, *texts, least=similarity.SAME, most=1)
    ]
    found.sort(key=lambda like: (-like.score, like.innovation.pk))
    MatchElsewhere.objects.bulk_create(
        [
            MatchElsewhere(site=innovation.site, look=look, other=like.innovation)
            for like in found[:MOST_ASKED]
        ]
    )
    # What was found is told to nobody, so it is not in the event either.
    events.record("introduction.looked_for", by=by, subject=innovation)
    return True


@transaction.atomic
def ask_for_introduction(*, innovation: Innovation, user: User, by: Actor) -> LookElsewhere:
    """Ask whoever works on the same elsewhere to be introduced: an enquiry at each one's desk.

    It tells them the asker's site, name and address, and which of their own
    ideas is meant; of the asker's idea nothing.

    :raises Refused: there is nobody to ask (any more), or somebody asked already
    """
    look = LookElsewhere.objects.filter(innovation=innovation).select_related("site").first()
    if look is not None and look.asked_at:
        raise Refused("Somebody at your hub asked already.")
    matches = queries.matches_now(look) if look else []
    if look is None or not matches:
        raise Refused("There is nobody to ask about this idea at present.")
    now = instants.now()
    if not LookElsewhere.objects.filter(pk=look.pk, asked_at=None).update(asked_at=now):
        raise Refused("Somebody at your hub asked already.")
    look.asked_at = now
    with events.operation():
        events.record("introduction.asked", by=by, subject=innovation)
        for match in matches:
            enquiry = enquiries.log(
                site=match.other.site,
                kind=EnquiryKind.INTRODUCTION,
                subject=f"{look.site} asks to be introduced",
                detail=(
                    f"A team at {look.site} works on something like your idea {match.other.ref}."
                    " Hubapp told them that a team elsewhere does, and nothing else: not who you"
                    " are, nor anything about your idea. Write to them if you would like to talk;"
                    " if not, close this enquiry and they hear nothing."
                ),
                name=str(user.person),
                email=user.person.email,
                once_key=f"introduction:{look.pk}:{match.other.ref}",
                by=by,
            )
            MatchElsewhere.objects.filter(pk=match.pk).update(enquiry=enquiry)
    return look
