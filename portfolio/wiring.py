"""What this app registers with the rooms below it (hubapp.hooks, notifications)."""
