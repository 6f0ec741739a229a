"""What frameworks registers with the rooms below (hubapp.hooks, notifications)."""
