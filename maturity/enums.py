"""The words of maturity self-assessment."""

from django.db import models


class RoundState(models.TextChoices):
    """Where a round is. Its dates say when it is to open and close; these say that it did."""

    DRAFT = "draft", "Being prepared"
    OPEN = "open", "Open"
    CLOSED = "closed", "Closed"
    CANCELLED = "cancelled", "Called off"


class Disclosure(models.TextChoices):
    """Who sees a site's ratings. Chosen before a round opens, shown to every site, never changed after."""

    NAMED_COORDINATOR = "named_coordinator", "The coordinator sees each site by name"
    NAMED_SITES = "named_sites", "Every site in the round sees each site by name"
    AGGREGATE = (
        "aggregate",
        "Nobody outside the site sees its ratings, only what all sites give together",
    )


class AssessmentState(models.TextChoices):
    """Where a site's self-assessment is."""

    NOT_STARTED = "not_started", "Not started"
    DRAFT = "draft", "In progress"
    SUBMITTED = "submitted", "Submitted"
    IN_REVIEW = "in_review", "With peer review"
    FINAL = "final", "Final"
    WITHDRAWN = "withdrawn", "Left the round"


# Where ratings and words can be changed.
EDITABLE = (AssessmentState.DRAFT,)
# What counts: in the reading of a network, in a benchmark, as last time's answers.
COUNTED = (AssessmentState.SUBMITTED, AssessmentState.IN_REVIEW, AssessmentState.FINAL)


class Answer(models.TextChoices):
    """What was said of one indicator. Not answered has no current row that says otherwise."""

    RATED = "rated", "Rated"
    NOT_APPLICABLE = "not_applicable", "Not applicable"
    # The reversing row of a rating that was taken away again: not answered.
    CLEARED = "cleared", "Not answered"


class Origin(models.TextChoices):
    """How a rating came about."""

    GIVEN = "given", "Rated"
    CONFIRMED = "confirmed", "Confirmed from last time"
    CONSENSUS = "consensus", "Agreed among raters"
    IMPORTED = "imported", "Imported"


class SiteKind(models.TextChoices):
    """What kind of organisation a site is, as rounds compare them (InSites)."""

    ACUTE = "acute", "Acute trust"
    MENTAL_HEALTH = "mental_health", "Mental health trust"
    COMMUNITY = "community", "Community trust"
    AMBULANCE = "ambulance", "Ambulance trust"
    PARTNERSHIP = "partnership", "Academic health partnership"
    ICB = "icb", "Integrated care board"
    OTHER = "other", "Another kind"


class Seat(models.TextChoices):
    """Where the innovation function sits."""

    STANDALONE = "standalone", "On its own"
    RESEARCH = "research", "In research"
    QUALITY_IMPROVEMENT = "quality_improvement", "In quality improvement"
    TRANSFORMATION = "transformation", "In transformation"
    DIGITAL = "digital", "In digital"
    STRATEGY = "strategy", "In strategy"
    BUSINESS = "business", "In business development"
    CHARITY = "charity", "Funded by a charity"


class FundingSource(models.TextChoices):
    """Where recurrent core funding comes from; several may apply."""

    INTERNAL = "internal", "Internal budget"
    CHARITY = "charity", "NHS charity"
    HIN = "hin", "Health Innovation Network"
    ACADEMIC = "academic", "Academic centre"
    PROGRAMME = "programme", "Programme or project money"
    INCOME = "income", "Income that the function earns"
    NONE = "none", "None"


class WteBand(models.TextChoices):
    """Size of the function by whole-time equivalents: the three that rounds compare."""

    SMALL = "small", "Under 3 WTE"
    MEDIUM = "medium", "3 to under 8 WTE"
    LARGE = "large", "8 WTE or more"


class RaterState(models.TextChoices):
    """What became of asking somebody to rate too."""

    INVITED = "invited", "Asked"
    STARTED = "started", "Began"
    DONE = "done", "Done"
    WITHDRAWN = "withdrawn", "Taken back"


class EvidenceKind(models.TextChoices):
    """What a piece of evidence is."""

    LINK = "link", "A web page"
    FILE = "file", "A file"
    RECORD = "record", "A record in Hubapp"


class ReviewState(models.TextChoices):
    """Where a peer review is."""

    ASKED = "asked", "Asked"
    ACCEPTED = "accepted", "Under way"
    DECLINED = "declined", "Declined"
    DONE = "done", "Done"
    WITHDRAWN = "withdrawn", "Taken back"


class Finding(models.TextChoices):
    """What a peer reviewer says of one rating."""

    AGREES = "agrees", "I would rate the same"
    DIFFERS = "differs", "I would rate differently"
    CANNOT_TELL = "cannot_tell", "I cannot tell from what I saw"


class ActionState(models.TextChoices):
    """Where an action is."""

    OPEN = "open", "To do"
    DONE = "done", "Done"
    DROPPED = "dropped", "Dropped"


class Wish(models.TextChoices):
    """What a site says of one sub-domain about learning with others."""

    OFFERS = "offers", "You may ask us"
    WANTS = "wants", "We would like help"


class PairingState(models.TextChoices):
    """Where an introduction of two sites is."""

    PROPOSED = "proposed", "Proposed"
    AGREED = "agreed", "Both agreed"
    DECLINED = "declined", "Declined"
    WITHDRAWN = "withdrawn", "Taken back"
