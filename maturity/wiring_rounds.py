"""What rounds register with the rooms below: the page of a network that leads to them."""

from hubapp import hooks
from hubapp.hooks import NavItem

hooks.add_network_pages(
    NavItem(
        "Maturity rounds",
        "maturity:rounds",
        "maturity.view_rounds",
        order=20,
        hint="Ask sites how mature their innovation function is, and read what they say together.",
    )
)
