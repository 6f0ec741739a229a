"""HTML input of maturity to cleaned data."""
