"""Who may open what: one row for each URL name.

A row gives the kind of page and, for GET and POST, which roles get in.
``None`` means the method is not there (405). What everyone else gets follows
from the kind:

``public``   anyone gets in
``token``    anyone, but an unknown token is 404 or 410
``signed``   anyone signed in; others are sent to sign in
``site``     members: in or 403; signed in elsewhere: 404; others are sent to sign in
``network``  coordinators of it: in; signed in otherwise: 404; others are sent to sign in
``machine``  not a page for people (health, API): its own tests say more
"""

from dataclasses import dataclass

from accounts.enums import DESK, READERS, Role

EVERY = tuple(Role)
LEAD = (Role.SITE_LEAD,)


@dataclass(frozen=True)
class Row:
    kind: str
    get: tuple[str, ...] | None = ()
    post: tuple[str, ...] | None = None


def site(get, post=None) -> Row:
    return Row("site", get, post)


public = Row("public")
public_form = Row("public", (), ())
token = Row("token")
token_form = Row("token", (), ())
signed = Row("signed")
signed_form = Row("signed", (), ())
network = Row("network")
network_form = Row("network", (), ())
machine = Row("machine")
