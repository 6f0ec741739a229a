"""Comparing ideas in the worker."""

from celery import shared_task

from hubapp.actors import system
from portfolio.queries.similar import stored
from portfolio.services import introductions, similar


@shared_task(name="portfolio.find_similar")
def find_similar(refs: list[str]) -> None:
    by = system("portfolio.find_similar")
    for ref in refs:
        # Each by itself: a transaction is short, and one that fails is done again with what follows.
        innovation = stored(ref)
        if innovation is not None:
            similar.keep_meanings(innovation)
            similar.find_similar(innovation=innovation, by=by)
            introductions.look_elsewhere(innovation=innovation, by=by)
