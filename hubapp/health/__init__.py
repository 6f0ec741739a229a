"""Is it up, and are its parts."""
