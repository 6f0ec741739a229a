"""Verbs of maturity self-assessment: one file for a noun."""
