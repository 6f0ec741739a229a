"""The words of people, sites and roles."""

from django.db import models


class Role(models.TextChoices):
    """What a member does at a site. Stored as slugs; the page of roles says more."""

    HUB_STAFF = "hub_staff", "Hub staff"
    SITE_LEAD = "site_lead", "Site lead"
    EXECUTIVE = "executive", "Executive"
    REVIEWER = "reviewer", "Reviewer"
    PPIE_LEAD = "ppie_lead", "PPIE lead"
    STAFF = "staff", "Staff (submits ideas)"


# Who works at the desk.
DESK = (Role.HUB_STAFF, Role.SITE_LEAD)
# Who reads a site's portfolio.
READERS = (*DESK, Role.EXECUTIVE, Role.PPIE_LEAD)
# Who may be given an innovation to look after; reviewers see only what they were given.
ASSIGNABLE = (*READERS, Role.REVIEWER)
EVERYONE = tuple(Role)


class NetworkRole(models.TextChoices):
    COORDINATOR = "coordinator", "Coordinator"


class Function(models.TextChoices):
    """Enabling functions: who must say yes before something becomes business as usual."""

    FINANCE = "finance", "Finance"
    PROCUREMENT = "procurement", "Procurement"
    DIGITAL = "digital", "Digital and IT"
    IG = "ig", "Information governance"
    CLINICAL_SAFETY = "clinical_safety", "Clinical safety"
    QUALITY = "quality", "Patient safety and quality"
    ESTATES = "estates", "Estates"
    LEGAL = "legal", "Legal and intellectual property"
    WORKFORCE = "workforce", "Workforce"
    COMMUNICATIONS = "communications", "Communications"


class OrganisationKind(models.TextChoices):
    NHS_PROVIDER = "nhs_provider", "NHS provider"
    PRIMARY_CARE = "primary_care", "Primary care"
    ICB = "icb", "Integrated care board or commissioner"
    LOCAL_AUTHORITY = "local_authority", "Local authority"
    SOCIAL_CARE = "social_care", "Social care"
    UNIVERSITY = "university", "University or college"
    AHSC = "ahsc", "Academic health science centre"
    SME = "sme", "Small or medium-sized company"
    LARGE_COMPANY = "large_company", "Large company"
    INVESTOR = "investor", "Investor"
    VCSE = "vcse", "Voluntary, community or social enterprise"
    NHS_CHARITY = "nhs_charity", "NHS charity"
    PATIENT_GROUP = "patient_group", "Patient group"
    CITIZENS_PANEL = "citizens_panel", "Citizens' panel"
    HIN = "hin", "Health Innovation Network"
    REGIONAL_NETWORK = "regional_network", "Regional network"
    NATIONAL_BODY = "national_body", "National body"


class Scope(models.TextChoices):
    """What an API key may do: ``<resource>:read`` or ``<resource>:write``."""

    SITES_READ = "sites:read", "Read the site"
    INNOVATIONS_READ = "innovations:read", "Read innovations, decisions and assessments"
    INNOVATIONS_WRITE = "innovations:write", "Add innovations, assess and decide"
    MESSAGES_READ = "messages:read", "Read the messages with submitters, and files"
    MESSAGES_WRITE = "messages:write", "Write to submitters, and add files"
    NOTES_READ = "notes:read", "Read the notes that only the team sees"
    NOTES_WRITE = "notes:write", "Write notes that only the team sees"
    TEMPLATES_READ = "templates:read", "Read the templates of messages"
    TEMPLATES_WRITE = "templates:write", "Add and change the templates of messages"
    ENQUIRIES_READ = "enquiries:read", "Read enquiries"
    ENQUIRIES_WRITE = "enquiries:write", "Log and answer enquiries"
    NEEDS_READ = "needs:read", "Read needs and calls"
    NEEDS_WRITE = "needs:write", "Add, link and close needs and calls"
    IMPORTS_READ = "imports:read", "Read imports"
    IMPORTS_WRITE = "imports:write", "Import innovations from files, and undo it"
    CHECKLISTS_READ = "checklists:read", "Read checklists"
    CHECKLISTS_WRITE = "checklists:write", "Choose the checklists of the site, and write its own"
    MATURITY_READ = "maturity:read", "Read frameworks, self-assessments and what rounds released"
    MATURITY_WRITE = "maturity:write", "Answer self-assessments, set targets and keep actions"
    MATURITY_SUBMIT = "maturity:submit", "Start, submit and reopen self-assessments"
    KPIS_READ = "kpis:read", "Read KPIs"


# Pages of a site, ``/<site>/<page>/``: no network can be called one of these, since
# ``/network/<page>/`` would be read as that page of a site called "network".
SITE_PAGES = frozenset(
    {
        "add",
        "coming",
        "dashboard",
        "enquiries",
        "import",
        "innovations",
        "maturity",
        "needs",
        "partners",
        "ppie",
        "reports",
        "settings",
        "triage",
        "you-said",
    }
)

# Addresses that a site cannot take as its slug, since pages of the product live there.
RESERVED_SLUGS = frozenset(
    {
        "accounts",
        "admin",
        "api",
        "ask",
        "demo",
        "enter",
        "favicon.ico",
        "front-door",
        "healthz",
        "help",
        "home",
        "invitation",
        "login",
        "logout",
        "media",
        "network",
        "networks",
        "new",
        "privacy",
        "rate",
        "readyz",
        "robots.txt",
        "search",
        "settings",
        "site",
        "sites",
        "static",
        "submit",
        "track",
        "user",
        "users",
        "work",
        "accessibility",
        "roles",
    }
)
