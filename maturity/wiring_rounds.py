"""What rounds registers with the rooms below (hubapp.hooks, notifications)."""
