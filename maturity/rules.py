"""Permissions of maturity self-assessment."""

from accounts.enums import DESK, READERS, Role
from accounts.rules import grant

# -- at a site ---------------------------------------------------------------------
grant(
    "maturity.view_assessment",
    "read the site’s own self-assessments",
    roles=READERS,
    scope="maturity:read",
)
grant(
    "maturity.view_framework",
    "read frameworks, and what was published about sites that used them",
    roles=READERS,
    scope="maturity:read",
    coordinator=True,
)
grant(
    "maturity.rate_maturity",
    "answer and explain a self-assessment of the site",
    roles=DESK,
    scope="maturity:write",
)
grant(
    "maturity.submit_assessment",
    "agree to a round, submit a self-assessment, reopen it, and ask raters",
    roles=(Role.SITE_LEAD,),
    scope="maturity:submit",
)
grant(
    "maturity.plan_maturity",
    "set targets and keep the actions that follow from a self-assessment",
    roles=DESK,
    scope="maturity:write",
)
grant(
    "maturity.publish_action",
    "let the site’s networks read what an action achieved, and take that back",
    roles=(Role.SITE_LEAD,),
    scope="maturity:write",
)
grant(
    "maturity.import_ratings",
    "import the site’s own ratings from a spreadsheet",
    roles=(Role.SITE_LEAD,),
)
grant(
    "maturity.start_own_round",
    "start a self-assessment of the site alone",
    roles=(Role.SITE_LEAD,),
    scope="maturity:submit",
)

grant(
    "maturity.view_joined_rounds",
    "read the rounds that the site was asked to, and what they released",
    roles=READERS,
    scope="maturity:read",
    coordinator=True,
)

# -- in a network --------------------------------------------------------------------
grant("maturity.view_rounds", "read a network’s rounds and their progress", coordinator=True)
grant(
    "maturity.manage_rounds",
    "prepare, open, close and restate rounds, and remind sites",
    coordinator=True,
)
grant(
    "maturity.import_rounds",
    "import ratings of sites that agreed to a round from a spreadsheet, unless the round shows nobody’s ratings",
    coordinator=True,
)
grant(
    "maturity.manage_frameworks",
    "add and publish a framework of the network’s own",
    coordinator=True,
)
grant(
    "maturity.offer_learning",
    "say what the site may be asked about or wants help with, and answer introductions",
    roles=(Role.SITE_LEAD,),
)
grant(
    "maturity.pair_sites",
    "propose introductions between sites that said they would",
    coordinator=True,
)
