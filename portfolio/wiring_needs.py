"""What needs and calls register with the rooms below (hubapp.hooks)."""

from accounts.enums import DESK
from hubapp import hooks
from hubapp.actors import Actor
from hubapp.hooks import Held, NavItem
from portfolio import demo_needs
from portfolio.queries import needs as queries
from portfolio.queries import timeline
from portfolio.services import needs

hooks.add_navigation(
    NavItem(
        "Needs",
        "portfolio:needs",
        "portfolio.view_needs",
        order=30,
        covers=frozenset({"portfolio:need", "portfolio:call"}),
        hint="Priorities and problems of this site, the ideas that serve them, and calls for ideas.",
        # Others who may read them find them from the portfolio.
        only=lambda viewer, site: viewer.has_role(site.pk, DESK),
    )
)
hooks.references["portfolio.need"] = queries.need_links
hooks.references["portfolio.call"] = queries.call_links
hooks.event_words.update(
    {
        "need.added": "A need was added",
        "need.edited": "A need was changed",
        "need.closed": "A need was closed",
        "need.reopened": "A need was opened again",
        "need.redacted": "Details were blacked out in a need",
        "innovation.need_linked": "An idea was linked to a need",
        "innovation.need_confirmed": "A need that came with a merge was confirmed",
        "innovation.need_unlinked": "An idea was no longer linked to a need",
        "call.added": "A call for ideas was added",
        "call.edited": "A call for ideas was changed",
        "call.published": "A call for ideas was published",
        "call.closed": "A call for ideas was closed early",
        "call.extended": "A call for ideas was given another last day",
        "call.redacted": "Details were blacked out in a call for ideas",
        "innovation.classified": "An idea was classified",
    }
)
# On the idea's own page; which need it is, the page says.
timeline.EVENT_WORDS.update(
    {
        "innovation.need_linked": lambda event, names: "Linked to a need that it serves",
        "innovation.need_confirmed": lambda event, names: "A need that came with a merge was kept",
        "innovation.need_unlinked": lambda event, names: "No longer linked to a need",
    }
)


@hooks.held_work.register
def owned_needs(user_id: int, site_id: int) -> list[Held]:
    """The open needs that a member owns."""
    count = queries.open_needs_owned(user_id=user_id, site_id=site_id).count()
    return [Held(needs.OWNED_NEEDS, "needs", count)]


@hooks.reassign_work.register
def hand_over_needs(
    kind: str, from_user_id: int, to_user_id: int | None, site_id: int, by: Actor
) -> int:
    """Give the needs that somebody owned to somebody else."""
    return needs.reassign_owned(
        kind=kind, from_user_id=from_user_id, to_user_id=to_user_id, site_id=site_id, by=by
    )


@hooks.person_erased.register
def black_out_people_in_needs(person_ids: list[int], by: Actor) -> None:
    """Their names and addresses go from needs and calls."""
    needs.black_out_people_in_needs(person_ids=person_ids, by=by)


hooks.demo.register(demo_needs.load)
