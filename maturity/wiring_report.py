"""What report registers with the rooms below (hubapp.hooks, notifications)."""
