"""The REST resources of maturity."""
