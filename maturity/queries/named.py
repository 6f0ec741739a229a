"""Who may read one site's ratings by name. The one place that says so; pages, files, API and mail ask here.

A draft is its site's alone. What was submitted others read only by the round's
disclosure, which was chosen before it opened and shown to every site:

- *named to the coordinator*: coordinators of the network, once the round has closed;
- *named to the sites*: those, and every site of the round that has submitted itself, once it has closed;
- *aggregate*: nobody outside the site.

Beside these, a site that was asked to review a self-assessment reads it from
when it takes the review on: its lead agreed to peer review with the round. Once
it is reopened or has left the round, it is its site's alone again.
"""

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.enums import READERS
from accounts.viewers import Viewer
from maturity.enums import COUNTED, Disclosure, ReviewState, RoundState
from maturity.models import Review, SelfAssessment


def self_assessments_named_to(viewer: Viewer) -> QuerySet[SelfAssessment]:
    """Every self-assessment whose ratings the viewer may read by name: their own sites' and those of others."""
    own = viewer.site_ids if viewer.is_key else viewer.site_ids_with(READERS)
    closed = Q(round__state=RoundState.CLOSED, state__in=COUNTED)
    coordinated = Q(
        round__network_id__in=viewer.network_ids,
        round__disclosure__in=[Disclosure.NAMED_COORDINATOR, Disclosure.NAMED_SITES],
    )
    # A site that submitted itself reads the others.
    mine = SelfAssessment.objects.filter(
        round=OuterRef("round"), site_id__in=own, state__in=COUNTED
    )
    shared = Q(round__disclosure=Disclosure.NAMED_SITES) & Exists(mine)
    reviewed = Exists(
        Review.objects.filter(
            assessment=OuterRef("pk"),
            reviewing_site_id__in=own,
            state__in=[ReviewState.ACCEPTED, ReviewState.DONE],
        )
    )
    return SelfAssessment.objects.filter(
        Q(site_id__in=own)
        | (closed & (coordinated | shared))
        | (Q(reviewed) & Q(state__in=COUNTED))
    )


def may_read_ratings(viewer: Viewer, assessment: SelfAssessment) -> bool:
    """Whether the viewer may read this site's ratings in this round by name."""
    return self_assessments_named_to(viewer).filter(pk=assessment.pk).exists()
