"""Imports in the worker."""

from celery import shared_task

from hubapp.actors import system
from portfolio.services import import_runs, imports


@shared_task(name="portfolio.run_import")
def run_import(ref: str) -> None:
    import_runs.run_import(ref=ref, by=system("portfolio.run_import"))


@shared_task(name="portfolio.resume_imports")
def resume_imports() -> None:
    import_runs.resume_left_behind()


@shared_task(name="portfolio.forget_import_files")
def forget_import_files() -> None:
    imports.forget_files(by=system("portfolio.forget_import_files"))
