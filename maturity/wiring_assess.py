"""What assess registers with the rooms below (hubapp.hooks, notifications)."""
