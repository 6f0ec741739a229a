"""Reads of maturity self-assessment, named like sentences."""
