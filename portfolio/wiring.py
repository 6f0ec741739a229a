"""What this app registers with the rooms below it (hubapp.hooks, notifications)."""

from hubapp import hooks, notifications
from hubapp.hooks import NavItem
from portfolio import mails

for _kind in ("confirm", "remind", "received", "link", "decision", "message"):
    notifications.register(f"portfolio.{_kind}", getattr(mails, _kind))

hooks.add_navigation(
    NavItem("Triage", "portfolio:triage", "portfolio.view_queue", order=10),
    NavItem("Innovations", "portfolio:innovations", "portfolio.view_portfolio", order=20,
            covers=frozenset({"portfolio:innovation"})),
    NavItem("Enquiries", "portfolio:enquiries", "portfolio.view_enquiries", order=50,
            covers=frozenset({"portfolio:enquiry"})),
)
