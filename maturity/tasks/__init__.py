"""Celery tasks of maturity: thin, one service call each."""
