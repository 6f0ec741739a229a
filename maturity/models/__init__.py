"""Frameworks, rounds, what sites say of themselves, and what is released about all of them together."""

from maturity.models.action import Action, Target
from maturity.models.assessment import (
    AssessmentMove,
    Explanation,
    Profile,
    Rating,
    SelfAssessment,
)
from maturity.models.evidence import Evidence, EvidenceUse
from maturity.models.framework import Domain, Framework, FrameworkDraft, Indicator, SubDomain
from maturity.models.imported import RatingsFile
from maturity.models.learning import LearningWish, Pairing
from maturity.models.raters import Rater, RaterRating
from maturity.models.release import Release, ReleaseMember
from maturity.models.review import Review, ReviewFinding
from maturity.models.round import Round

__all__ = [
    "Action",
    "AssessmentMove",
    "Domain",
    "Evidence",
    "EvidenceUse",
    "Explanation",
    "Framework",
    "FrameworkDraft",
    "Indicator",
    "LearningWish",
    "Pairing",
    "Profile",
    "Rater",
    "RaterRating",
    "Rating",
    "RatingsFile",
    "Release",
    "ReleaseMember",
    "Review",
    "ReviewFinding",
    "Round",
    "SelfAssessment",
    "SubDomain",
    "Target",
]
