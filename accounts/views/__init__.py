"""Pages about people, sites and permission."""
