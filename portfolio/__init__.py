"""Ideas: the front door, triage, decisions and answers."""
