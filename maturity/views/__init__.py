"""Pages of maturity."""
