"""People, organisations, sites and who may do what where."""

from accounts.models.access import ApiKey, Invitation, Membership, NetworkMembership
from accounts.models.organisation import Organisation
from accounts.models.person import Person, User
from accounts.models.site import Network, NetworkSite, Site, SiteHost, SiteOldSlug

__all__ = [
    "ApiKey",
    "Invitation",
    "Membership",
    "Network",
    "NetworkMembership",
    "NetworkSite",
    "Organisation",
    "Person",
    "Site",
    "SiteHost",
    "SiteOldSlug",
    "User",
]
