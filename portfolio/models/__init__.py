"""What was sent, what became of it, and every step between as an immutable row."""

from portfolio.models.assessment import Answer, Assessment, Checklist, ChecklistItem
from portfolio.models.decision import Decision, DecisionReason, StageMove
from portfolio.models.enquiry import Enquiry
from portfolio.models.imports import ImportJob, ImportRow
from portfolio.models.innovation import Innovation
from portfolio.models.message import Message, Redaction
from portfolio.models.submission import Draft, FrontDoor, Submission, SubmissionSite

__all__ = [
    "Answer",
    "Assessment",
    "Checklist",
    "ChecklistItem",
    "Decision",
    "DecisionReason",
    "Draft",
    "Enquiry",
    "FrontDoor",
    "ImportJob",
    "ImportRow",
    "Innovation",
    "Message",
    "Redaction",
    "StageMove",
    "Submission",
    "SubmissionSite",
]
