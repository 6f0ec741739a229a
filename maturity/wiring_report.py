"""What reading one site registers with the rooms below (hubapp.hooks, portfolio.hooks)."""

from hubapp import hooks
from hubapp.actors import Actor
from hubapp.hooks import Held
from maturity.queries import actions as queries
from maturity.queries import flags
from maturity.services import actions
from portfolio import hooks as portfolio_hooks

hooks.references["maturity.action"] = queries.action_links
portfolio_hooks.innovation_flags.register(flags.flags_of_weak_sub_domains)
hooks.event_words.update(
    {
        "maturity_action.added": "An action to raise maturity was added",
        "maturity_action.edited": "An action to raise maturity was changed",
        "maturity_action.done": "An action to raise maturity was done",
        "maturity_action.dropped": "An action to raise maturity was dropped",
        "maturity_action.reopened": "An action to raise maturity was opened again",
        "maturity_action.published": "The network was shown what raised maturity",
        "maturity_action.unpublished": "What raised maturity was taken back from the network",
        "maturity_action.redacted": "Details were blacked out in an action to raise maturity",
        "maturity_target.set": "A maturity target was set",
        "maturity_target.ended": "A maturity target was given up",
        "round.ratings_looked_at": "A file of ratings was looked at",
        "round.ratings_imported": "Ratings were imported from a file",
        "round.ratings_forgotten": "What a file of ratings held was forgotten",
    }
)


@hooks.held_work.register
def owned_actions(user_id: int, site_id: int) -> list[Held]:
    """The open actions that a member has."""
    count = queries.open_actions_owned(user_id=user_id, site_id=site_id).count()
    return [Held(actions.OWNED_ACTIONS, "maturity actions", count)]


@hooks.reassign_work.register
def hand_over_actions(
    kind: str, from_user_id: int, to_user_id: int | None, site_id: int, by: Actor
) -> int:
    """Give the open actions that somebody had to somebody else."""
    return actions.reassign_owned(
        kind=kind, from_user_id=from_user_id, to_user_id=to_user_id, site_id=site_id, by=by
    )


@hooks.person_erased.register
def black_out_people_in_actions(person_ids: list[int], by: Actor) -> None:
    """Their names and addresses go from actions."""
    actions.black_out_people_in_actions(person_ids=person_ids, by=by)
