# The commands of the project. Every path is relative: the folder may have a
# space in its name, which make cannot quote.
.DEFAULT_GOAL := help
.PHONY: help run test test-deep check format bench semantic lock setup clean

PYTHON ?= python3
SETUP := $(PYTHON) hubapp/setup/install.py
PORT ?= 8000
N ?= 10000
# More arguments for pytest, such as ARGS="-k front_door", or for the benchmark;
# LEGS chooses among postgresql, sqlite and browser.
ARGS ?=
export PORT

help: ## say what each command does
	@sed -n 's/^\([a-z-]*\):.*## /\1|/p' Makefile | while IFS='|' read -r name does; do printf '  make %-10s %s\n' "$$name" "$$does"; done

run: ## set up and start Hubapp on 127.0.0.1 (PORT=8000, DEMO=0 for a real hub)
	@$(SETUP) run
	@exec .venv/bin/python manage.py runhub --stop-with-parent

test: ## set up and run the suite on PostgreSQL, on SQLite and in a browser
	@$(SETUP) test
	@exec .venv/bin/python tests/legs.py $(ARGS)

test-deep: export HYPOTHESIS_PROFILE = deep
test-deep: export SCHEMATHESIS_MAX_EXAMPLES = 200
test-deep: test ## the suite with more examples

check: ## lint, format, types, contracts, migrations, OpenAPI, templates, audit
	@$(SETUP) check
	@exec .venv/bin/python tests/checks.py

format: ## put code and templates into their format
	@$(SETUP) check
	@.venv/bin/ruff check --quiet --fix-only .
	@.venv/bin/ruff format --quiet .
	@git ls-files -z '*.html' | xargs -0 -r .venv/bin/djade --target-version 5.2

bench: ## measure pages, API and import on PostgreSQL (N=10000)
	@$(SETUP) test
	@N=$(N) exec .venv/bin/python tests/bench/run.py $(ARGS)

semantic: ## add comparing ideas by what they mean: optional, 110 MB
	@$(SETUP) semantic

lock: ## write requirements/*.lock anew from pyproject.toml (needs uv)
	@$(PYTHON) hubapp/setup/lock.py $(ARGS)

setup: ## make .venv and the design system's files, with every tool
	@$(SETUP) check

clean: ## remove what set-up and tools made; data under var/ stays
	@rm -rf .venv node_modules static/vendor .installed.lock test-results
	@rm -rf .pytest_cache .ruff_cache .mypy_cache .import_linter_cache .hypothesis .coverage
	@find . -name __pycache__ -type d -not -path './var/*' -prune -exec rm -rf {} +
