"""HTML input to cleaned data."""
