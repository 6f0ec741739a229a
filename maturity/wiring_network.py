"""What network registers with the rooms below (hubapp.hooks, notifications)."""
