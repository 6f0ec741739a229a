"""What was sent, what became of it, and every step between as an immutable row."""

from portfolio.models.ask import Ask, AskDoor
from portfolio.models.assessment import (
    Answer,
    Assessment,
    AssessmentRequest,
    Checklist,
    ChecklistDraft,
    ChecklistItem,
    SiteChecklist,
)
from portfolio.models.attachment import Attachment
from portfolio.models.decision import Decision, DecisionReason, StageMove
from portfolio.models.desk import ClockExemption, FollowUp, Interest, TriageSettings
from portfolio.models.enquiry import Enquiry
from portfolio.models.imports import ImportJob, ImportMapping, ImportRow
from portfolio.models.innovation import Innovation, InnovationLabel
from portfolio.models.message import Message, Redaction
from portfolio.models.need import Call, Need, NeedLink
from portfolio.models.note import Note
from portfolio.models.queue import Presence, SavedView
from portfolio.models.received import ReceivedMail
from portfolio.models.screening import ScreeningAnswer
from portfolio.models.similar import LookElsewhere, MatchElsewhere, Meaning, SimilarIdea
from portfolio.models.submission import Draft, FrontDoor, Submission, SubmissionSite
from portfolio.models.template import MessageTemplate

__all__ = [
    "Answer",
    "Ask",
    "AskDoor",
    "Assessment",
    "AssessmentRequest",
    "Attachment",
    "Call",
    "Checklist",
    "ChecklistDraft",
    "ChecklistItem",
    "ClockExemption",
    "Decision",
    "DecisionReason",
    "Draft",
    "Enquiry",
    "FollowUp",
    "FrontDoor",
    "ImportJob",
    "ImportMapping",
    "ImportRow",
    "Innovation",
    "InnovationLabel",
    "Interest",
    "LookElsewhere",
    "MatchElsewhere",
    "Meaning",
    "Message",
    "MessageTemplate",
    "Need",
    "NeedLink",
    "Note",
    "Presence",
    "ReceivedMail",
    "Redaction",
    "SavedView",
    "ScreeningAnswer",
    "SimilarIdea",
    "SiteChecklist",
    "StageMove",
    "Submission",
    "SubmissionSite",
    "TriageSettings",
]
