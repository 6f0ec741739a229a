"""The words of ideas, states and decisions."""

from collections.abc import Iterable

from django.db import models


class Channel(models.TextChoices):
    """How a submission arrived."""

    FRONT_DOOR = "front_door", "Front door"
    HUB = "hub", "Entered by hub staff"
    API = "api", "API"
    IMPORT = "import", "Import"


class SubmitterKind(models.TextChoices):
    """Who somebody is, asked first: later questions and words follow from it."""

    STAFF = "staff", "I work here"
    PUBLIC = "public", "I am a patient, a carer or a member of the public"
    COMPANY = "company", "I represent a company"
    UNIVERSITY = "university", "I represent a university or college"
    OTHER_NHS = "other_nhs", "I work elsewhere in the NHS"


# How hub staff read the same answers.
SUBMITTER_WORDS = {
    SubmitterKind.STAFF: "Staff",
    SubmitterKind.PUBLIC: "Patient, carer or public",
    SubmitterKind.COMPANY: "Company",
    SubmitterKind.UNIVERSITY: "University",
    SubmitterKind.OTHER_NHS: "Other NHS",
}


class InnovationType(models.TextChoices):
    """The one primary type (Places, Table 16); the borders blur, so it can be corrected."""

    MEDICINE = "medicine", "Medicine"
    DEVICE = "device", "Device or diagnostic"
    DIGITAL = "digital", "Digital"
    SERVICE = "service", "Service"


class State(models.TextChoices):
    """Where an innovation is, in the hub's words."""

    WAITING = "waiting", "Waiting for triage"
    ASKED = "asked", "Waiting for the submitter"
    HELD = "held", "Waiting for others"
    SCOPING = "scoping", "In scoping"
    SIGNPOSTED = "signposted", "Signposted"
    PARKED = "parked", "Parked"
    MERGED = "merged", "Merged with another idea"
    DECLINED = "declined", "Declined"
    WITHDRAWN = "withdrawn", "Withdrawn"
    UNDONE = "undone", "Import undone"


# What waits in the queue.
IN_TRIAGE = (State.WAITING, State.ASKED, State.HELD)
# Where the clock stands still: somebody outside the hub has to act first.
STOPPED = (State.ASKED, State.HELD)
ENDED = (State.SIGNPOSTED, State.MERGED, State.DECLINED, State.WITHDRAWN, State.UNDONE)
# What people may choose from in a list: an import that was undone is in none.
LISTED_STATES = tuple(state for state in State if state != State.UNDONE)
# What another idea may be merged into.
TAKES_MERGES = (*IN_TRIAGE, State.SCOPING, State.PARKED)

# The same states as the submitter reads them.
PUBLIC_WORDS = {
    State.WAITING: "We have your idea and are looking at it",
    State.ASKED: "We need to hear from you",
    State.HELD: "We have asked somebody else about your idea and wait for their answer",
    State.SCOPING: "We are taking your idea forward",
    State.SIGNPOSTED: "We have pointed you to somebody who can help",
    State.PARKED: "We are keeping your idea and will look at it again",
    State.MERGED: "Somebody else had the same idea: we are looking at both together",
    State.DECLINED: "We are not taking your idea forward",
    State.WITHDRAWN: "You withdrew your idea",
    State.UNDONE: "This idea was taken out again",
}


class DecisionKind(models.TextChoices):
    SCOPING = "scoping", "Take forward to scoping"
    ASK = "ask", "Ask for more"
    SIGNPOST = "signpost", "Signpost"
    PARK = "park", "Park"
    MERGE = "merge", "Merge as a duplicate"
    DECLINE = "decline", "Decline"
    UNDO = "undo", "Undo"


# Kinds somebody may choose.
CHOICES = (
    DecisionKind.SCOPING,
    DecisionKind.ASK,
    DecisionKind.SIGNPOST,
    DecisionKind.PARK,
    DecisionKind.MERGE,
    DecisionKind.DECLINE,
)
# Kinds that answer the idea and end its clock; asking does neither.
ANSWERS = tuple(kind for kind in CHOICES if kind != DecisionKind.ASK)

STATE_AFTER = {
    DecisionKind.SCOPING: State.SCOPING,
    DecisionKind.ASK: State.ASKED,
    DecisionKind.SIGNPOST: State.SIGNPOSTED,
    DecisionKind.PARK: State.PARKED,
    DecisionKind.MERGE: State.MERGED,
    DecisionKind.DECLINE: State.DECLINED,
}


class MoveReason(models.TextChoices):
    """Why an innovation changed state."""

    RECEIVED = "received", "Received"
    IMPORTED = "imported", "Imported"
    DECISION = "decision", "Decision"
    UNDO = "undo", "Decision undone"
    REPLY = "reply", "The submitter answered"
    ANSWER = "answer", "An answer came in"
    HOLD = "hold", "The clock was stopped"
    RESUMED = "resumed", "Taken up again by hub staff"
    REENTRY = "reentry", "Back from being parked"
    WITHDRAWN = "withdrawn", "Withdrawn by the submitter"
    TAKEN_OUT = "taken_out", "The import was undone"


class WaitsOn(models.TextChoices):
    """Who has to act before the hub can go on."""

    SUBMITTER = "submitter", "The submitter"
    FUNCTION = "function", "An enabling function"
    PERSON = "person", "Somebody who was asked"
    ORGANISATION = "organisation", "Another organisation"


class StopReason(models.TextChoices):
    """What the clock is stopped for."""

    MORE_INFORMATION = "more_info", "More information"
    ADVICE = "advice", "Advice or an opinion"
    ASSURANCE = "assurance", "Checks that have to be made"
    FUNDING = "funding", "A decision about money"
    PANEL = "panel", "The next meeting of a panel"
    PARTNER = "partner", "Another organisation's answer"


class Exemption(models.TextChoices):
    """Why an idea does not count against the hub's clock (NHS Innovation Service)."""

    NO_RESPONSE = "no_response", "No response from the submitter"
    TECHNICAL = "technical_difficulties", "Technical difficulties"
    INCORRECT = "incorrect_details", "Incorrect details"
    UNAVAILABLE = "service_unavailable", "Service unavailable"
    CAPACITY = "capacity", "Capacity"


class FollowUpOutcome(models.TextChoices):
    """What became of a signpost."""

    TAKEN_UP = "taken_up", "They took it up"
    NOT_TAKEN_UP = "not_taken_up", "They did not take it up"
    NO_ANSWER = "no_answer", "No answer yet"


class InterestNature(models.TextChoices):
    """What kind of interest somebody has in an idea."""

    FINANCIAL = "financial", "Financial"
    EMPLOYMENT = "employment", "Employment or line management"
    PERSONAL = "personal", "Family or personal"
    PROFESSIONAL = "professional", "Professional: it is partly my own idea or competes with mine"
    OTHER = "other", "Other"


# -- classification ------------------------------------------------------------


class IdeaSource(models.TextChoices):
    """Where an idea comes from."""

    STAFF = "staff", "Staff"
    PUBLIC = "public", "Patients and public"
    COMMUNITY = "community", "Community or voluntary sector"
    INDUSTRY = "industry", "Industry"
    ACADEMIA = "academia", "Academia"
    HIN = "hin", "Health Innovation Network"
    HORIZON = "horizon", "Horizon scanning"
    OTHER_NHS = "other_nhs", "Another NHS organisation"


# What a submitter's own words say about the source, until hub staff correct it.
SOURCE_OF = {
    SubmitterKind.STAFF: IdeaSource.STAFF,
    SubmitterKind.PUBLIC: IdeaSource.PUBLIC,
    SubmitterKind.COMPANY: IdeaSource.INDUSTRY,
    SubmitterKind.UNIVERSITY: IdeaSource.ACADEMIA,
    SubmitterKind.OTHER_NHS: IdeaSource.OTHER_NHS,
}


class Focus(models.TextChoices):
    ADOPTION = "adoption", "Adoption of something proven elsewhere"
    INVENTION = "invention", "Invention by staff"
    COMMERCIALISATION = "commercialisation", "Commercialisation"


class Origin(models.TextChoices):
    HOME_GROWN = "home_grown", "Home-grown"
    IMPORTED = "imported", "Imported"


class Category(models.TextChoices):
    """The 13 categories of the NHS Innovation Service."""

    MEDICAL_DEVICE = "medical_device", "Medical device"
    IVD = "ivd", "In vitro diagnostic"
    PHARMACEUTICAL = "pharmaceutical", "Pharmaceutical"
    DIGITAL = "digital", "Digital"
    AI = "ai", "Artificial intelligence"
    EDUCATION = "education", "Education"
    PPE = "ppe", "Personal protective equipment"
    MODELS_OF_CARE = "models_of_care", "Models of care"
    ESTATES = "estates", "Estates and facilities"
    TRAVEL = "travel", "Travel and transport"
    FOOD = "food", "Food and nutrition"
    DATA = "data", "Data and monitoring"
    OTHER = "other", "Other"


class BenefitArea(models.TextChoices):
    """The five benefit areas that innovation sites share."""

    CARE = "care", "Better care for patients"
    INEQUALITIES = "inequalities", "Tackling health inequalities"
    PRESSURE = "pressure", "Operational or financial pressure"
    STAFF = "staff", "Empowering staff"
    STRATEGIC = "strategic", "Longer-term strategic change"


# The bit of each area in Innovation.benefits. Stored: another area takes the next, and none ever changes.
BENEFIT_BITS = {
    BenefitArea.CARE: 1,
    BenefitArea.INEQUALITIES: 2,
    BenefitArea.PRESSURE: 4,
    BenefitArea.STAFF: 8,
    BenefitArea.STRATEGIC: 16,
}


def benefit_bits(areas: Iterable[str]) -> int:
    """Benefit areas as one number."""
    return sum(BENEFIT_BITS[BenefitArea(area)] for area in set(areas))


def benefit_areas(bits: int) -> set[str]:
    """The codes of the benefit areas that a number stands for."""
    return {area.value for area, bit in BENEFIT_BITS.items() if bits & bit}


class Trl(models.IntegerChoices):
    """Technology readiness levels, in the words of Horizon Europe."""

    ONE = 1, "Basic principles observed"
    TWO = 2, "Technology concept formulated"
    THREE = 3, "Experimental proof of concept"
    FOUR = 4, "Validated in a laboratory"
    FIVE = 5, "Validated in a relevant environment"
    SIX = 6, "Demonstrated in a relevant environment"
    SEVEN = 7, "Prototype demonstrated in operation"
    EIGHT = 8, "Complete and qualified"
    NINE = 9, "Proven in operation"


class CareSetting(models.TextChoices):
    ACUTE = "acute", "Acute hospital"
    COMMUNITY = "community", "Community services"
    MENTAL_HEALTH = "mental_health", "Mental health"
    AMBULANCE = "ambulance", "Ambulance"
    PRIMARY = "primary", "Primary care"
    SOCIAL = "social", "Social care"
    HOME = "home", "At home"
    SYSTEM = "system", "Across the system"


class Priority(models.TextChoices):
    """How soon to look; none chosen is none of these."""

    HIGH = "high", "High"
    NORMAL = "normal", "Normal"
    LOW = "low", "Low"


class LabelKind(models.TextChoices):
    """Of what a label says one of several values."""

    TYPE = "type", "Further type"
    BENEFIT = "benefit", "Benefit area"
    TAG = "tag", "Tag"


class AnswerValue(models.TextChoices):
    """Checklist answers. No row means not answered, which is none of these."""

    YES = "yes", "Yes"
    PARTLY = "partly", "Partly"
    NO = "no", "No"
    DONT_KNOW = "dont_know", "Don't know"


class RequestState(models.TextChoices):
    """Of a request to assess an idea."""

    ASKED = "asked", "Asked"
    DONE = "done", "Done"
    DECLINED = "declined", "Declined"
    WITHDRAWN = "withdrawn", "Taken back"


# Whoever was asked reads the idea until they decline or it is taken back.
LETS_READ = (RequestState.ASKED, RequestState.DONE)


class Direction(models.TextChoices):
    TO_SUBMITTER = "to_submitter", "To the submitter"
    FROM_SUBMITTER = "from_submitter", "From the submitter"


class RedactionReason(models.TextChoices):
    PATIENT = "patient", "Patient details"
    PERSONAL = "personal", "Somebody's personal details"
    CONFIDENTIAL = "confidential", "Confidential to a third party"
    OTHER = "other", "Other"


class EnquiryKind(models.TextChoices):
    QUESTION = "question", "Question"
    BID = "bid", "Help with a bid"
    INTRODUCTION = "introduction", "Introduction"


class EnquiryState(models.TextChoices):
    OPEN = "open", "Open"
    ANSWERED = "answered", "Answered"
    SIGNPOSTED = "signposted", "Signposted"


class ImportState(models.TextChoices):
    QUEUED = "queued", "Waiting"
    RUNNING = "running", "Running"
    MAPPING = "mapping", "Say what the columns are"
    CHECKED = "checked", "Counted, not imported yet"
    DONE = "done", "Done"
    FAILED = "failed", "Could not be read"
    UNDONE = "undone", "Undone"


# A worker is at it, or will be.
IMPORT_AT_WORK = (ImportState.QUEUED, ImportState.RUNNING)
# Somebody has to say how it goes on.
IMPORT_ASKS = (ImportState.MAPPING, ImportState.CHECKED)
# Nothing more will come of these by itself; what is done can still be undone.
IMPORT_OVER = (ImportState.DONE, ImportState.FAILED, ImportState.UNDONE)


class ImportStep(models.TextChoices):
    """What the worker does with a file."""

    LOOK = "look", "Looking through the file"
    CHECK = "check", "Counting what would be added"
    ADD = "add", "Adding"
    UNDO = "undo", "Taking out again"


class RowOutcome(models.TextChoices):
    CREATED = "created", "Added"
    UNCHANGED = "unchanged", "Already here"
    FAILED = "failed", "Not added"


# -- needs and calls -----------------------------------------------------------


class NeedKind(models.TextChoices):
    """What a site says it needs."""

    PRIORITY = "priority", "Strategic priority"
    PROBLEM = "problem", "Problem statement"


class NeedEnd(models.TextChoices):
    """Why a need was closed."""

    MET = "met", "It is met"
    DROPPED = "dropped", "It is no longer pursued"
    MERGED = "merged", "It is part of another need"


class NeedStanding(models.TextChoices):
    """Where a need stands on a day; follows from its dates."""

    CURRENT = "current", "Current"
    COMING = "coming", "From a later date"
    ENDED = "ended", "Ended"
    CLOSED = "closed", "Closed"


class CallStanding(models.TextChoices):
    """Where a call stands on a day; follows from its dates."""

    DRAFT = "draft", "Not published"
    COMING = "coming", "Opens later"
    OPEN = "open", "Open"
    CLOSED = "closed", "Closed"


# -- asking one person, and the eight questions -----------------------------------


class AskKind(models.TextChoices):
    """What somebody is asked for."""

    QUESTION = "question", "A question"
    OPINION = "opinion", "An opinion"
    SIGN_OFF = "sign_off", "A yes or a no"


class AskState(models.TextChoices):
    OPEN = "open", "Waiting for an answer"
    ANSWERED = "answered", "Answered"
    WITHDRAWN = "withdrawn", "No longer needed"
    EXPIRED = "expired", "Not answered in time"


class AskShows(models.TextChoices):
    """Which parts of the idea whoever is asked sees."""

    SUMMARY = "summary", "The title and a summary"
    TEXTS = "texts", "The title and everything that was sent"


class AskProof(models.TextChoices):
    """How whoever answered showed who they are."""

    CODE = "code", "with a code sent to their email address"
    ACCOUNT = "account", "signed in with their own account"


class YesNo(models.TextChoices):
    YES = "yes", "Yes"
    NO = "no", "No"


# Where an idea may still become something for an enabling function.
COMING = (*IN_TRIAGE, State.SCOPING)


# -- messages, notes and files ---------------------------------------------------


class MailState(models.TextChoices):
    """Where the desk stands with a mail that came from another address than the submitter's."""

    HELD = "held", "Waits for you to look at it"
    ACCEPTED = "accepted", "Taken as the submitter’s message"
    KEPT = "kept", "Kept as a note"


class MailOutcome(models.TextChoices):
    """What became of a mail that came in."""

    MESSAGE = "message", "A message from the submitter"
    HELD = "held", "From another address: waits for the desk"
    AUTOMATIC = "automatic", "Written by a program: not kept"
    UNKNOWN = "unknown", "For no idea that we know: not kept"
    UNREADABLE = "unreadable", "No mail: not kept"


class RemovalReason(models.TextChoices):
    """Why a file was removed."""

    PATIENT = "patient", "Patient details"
    PERSONAL = "personal", "Somebody's personal details"
    CONFIDENTIAL = "confidential", "Confidential to a third party"
    WRONG = "wrong", "The wrong file"
    UNSAFE = "unsafe", "Not safe to open"
    OTHER = "other", "Other"
