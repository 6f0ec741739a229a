"""People, organisations, sites, membership, roles and API keys."""
