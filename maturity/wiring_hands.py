"""What raters, evidence and peer review register with the rooms below (hubapp.hooks, notifications)."""

from hubapp import hooks, notifications
from maturity import mails_hands
from maturity.queries import hands, work

notifications.register("maturity.rate", mails_hands.rate)
notifications.register("maturity.rate_code", mails_hands.rate_code)
hooks.work.register(work.of_anybody)
hooks.work.register(hands.asked_to_review)
hooks.event_words.update(
    {
        "rater.asked": "Somebody was asked to rate maturity too",
        "rater.renewed": "A rater was sent a new link",
        "rater.withdrawn": "A request to rate was taken back",
        "rater.code_sent": "A rater was mailed a code",
        "rater.code_refused": "A rater typed a wrong code",
        "rater.opened": "A rater opened their link",
        "rater.rated": "A rater rated",
        "rater.done": "A rater was done",
        "evidence.added": "Evidence was added",
        "evidence.changed": "Evidence was changed",
        "evidence.removed": "Evidence was removed",
        "evidence.shown": "Evidence was put with a rating",
        "review.asked": "A peer review was asked for",
        "review.accepted": "A peer review was taken on",
        "review.answered": "A peer review was answered in part",
        "review.ended": "A peer review ended",
    }
)
