"""What hands registers with the rooms below (hubapp.hooks, notifications)."""
