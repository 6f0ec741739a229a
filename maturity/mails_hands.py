"""The mails to raters. The code's names nothing at all."""

from hubapp.codes import CODE_LIVES
from hubapp.notifications import Mail
from hubapp.notifications.models import Delivery
from hubapp.notifications.render import mail
from hubapp.web.addresses import absolute
from maturity import links
from maturity.enums import RaterState
from maturity.queries.hands import rater_by_ref


def rate(delivery: Delivery) -> Mail | None:
    """Somebody asks you to rate too; here is the link."""
    row = rater_by_ref(delivery.context["rater"])
    if row is None or row.state in (RaterState.WITHDRAWN, RaterState.DONE) or row.is_over:
        return None
    return mail(
        "maturity/rate",
        {
            "person": row.person,
            "site": row.site,
            "round": row.assessment.round,
            "url": absolute(links.rate_path(row.ref, row.generation)),
        },
    )


def rate_code(delivery: Delivery) -> Mail | None:
    """The code; nothing if a newer one was asked for, or it was used."""
    row = rater_by_ref(delivery.context["rater"])
    if row is None or not row.seed or row.sent != delivery.context["number"]:
        return None
    return mail(
        "maturity/rate_code",
        {
            "code": links.rate_code(row.ref, row.seed),
            "minutes": int(CODE_LIVES.total_seconds()) // 60,
        },
    )
