"""The words of ideas, states and decisions."""

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
    SCOPING = "scoping", "In scoping"
    DECLINED = "declined", "Declined"
    WITHDRAWN = "withdrawn", "Withdrawn"


# What waits in the queue.
IN_TRIAGE = (State.WAITING, State.ASKED)
ENDED = (State.DECLINED, State.WITHDRAWN)

# The same states as the submitter reads them.
PUBLIC_WORDS = {
    State.WAITING: "We have your idea and are looking at it",
    State.ASKED: "We need to hear from you",
    State.SCOPING: "We are taking your idea forward",
    State.DECLINED: "We are not taking your idea forward",
    State.WITHDRAWN: "You withdrew your idea",
}


class DecisionKind(models.TextChoices):
    SCOPING = "scoping", "Take forward to scoping"
    ASK = "ask", "Ask for more"
    DECLINE = "decline", "Decline"
    UNDO = "undo", "Undo"


# Kinds that answer the idea and end its clock; asking does neither.
ANSWERS = (DecisionKind.SCOPING, DecisionKind.DECLINE)
# Kinds somebody may choose.
CHOICES = (DecisionKind.SCOPING, DecisionKind.ASK, DecisionKind.DECLINE)

STATE_AFTER = {
    DecisionKind.SCOPING: State.SCOPING,
    DecisionKind.ASK: State.ASKED,
    DecisionKind.DECLINE: State.DECLINED,
}


class MoveReason(models.TextChoices):
    """Why an innovation changed state."""

    RECEIVED = "received", "Received"
    IMPORTED = "imported", "Imported"
    DECISION = "decision", "Decision"
    UNDO = "undo", "Decision undone"
    REPLY = "reply", "The submitter answered"
    RESUMED = "resumed", "Taken up again by hub staff"
    WITHDRAWN = "withdrawn", "Withdrawn by the submitter"


class AnswerValue(models.TextChoices):
    """Checklist answers. No row means not answered, which is none of these."""

    YES = "yes", "Yes"
    PARTLY = "partly", "Partly"
    NO = "no", "No"
    DONT_KNOW = "dont_know", "Don't know"


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
    DONE = "done", "Done"
    FAILED = "failed", "Could not be read"


# Nothing more will come of these.
IMPORT_OVER = (ImportState.DONE, ImportState.FAILED)


class RowOutcome(models.TextChoices):
    CREATED = "created", "Added"
    UNCHANGED = "unchanged", "Already here"
    FAILED = "failed", "Not added"
