"""Numbers: definitions, snapshots, dashboards, reports."""
