"""What this app registers with the rooms below it (hubapp.hooks, notifications)."""

from hubapp import hooks
from maturity import demo, demo_plans

hooks.event_words.update(
    {
        "round.prepared": "A round of self-assessment was prepared",
        "round.changed": "A round of self-assessment was changed",
        "round.opened": "A round of self-assessment was opened",
        "round.joined": "Sites joined a round of self-assessment",
        "round.closed": "A round of self-assessment was closed",
        "round.cancelled": "A round of self-assessment was called off",
        "self_assessment.asked": "The site was asked to assess its maturity",
        "self_assessment.started": "A maturity self-assessment was begun",
        "self_assessment.answered": "Maturity was rated",
        "self_assessment.explained": "Maturity ratings were explained",
        "self_assessment.submitted": "A maturity self-assessment was submitted",
        "self_assessment.final": "A maturity self-assessment became final",
        "self_assessment.reopened": "A maturity self-assessment was reopened",
        "self_assessment.left": "The site left a round of self-assessment",
    }
)

hooks.demo.register(demo.load)
hooks.demo.register(demo_plans.load)

# -- areas with wiring of their own ---------------------------------------------
from maturity import (  # noqa: E402 - after what all of them build on
    wiring_assess,  # noqa: F401 - it registers
    wiring_frameworks,  # noqa: F401 - likewise
    wiring_hands,  # noqa: F401 - likewise
    wiring_network,  # noqa: F401 - likewise
    wiring_report,  # noqa: F401 - likewise
    wiring_rounds,  # noqa: F401 - likewise
)
