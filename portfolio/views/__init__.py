"""Pages of the portfolio: ideas from the front door to an answer."""
