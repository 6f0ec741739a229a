"""KPIs over REST."""
