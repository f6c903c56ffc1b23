# Everything that is done from a terminal. Needs make and Python 3.11 or later; set-up brings the rest.
#   make run PORT=8001        another port          make run LISTEN=0.0.0.0  reachable from other machines
#   make test ARGS="-k 月报"  some tests            make setup PYTHON=python3.12

.DEFAULT_GOAL := help
SHELL := /bin/bash

# The first Python that is new enough; set-up itself says so if there is none.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && exit; done; echo python3)
PY := .venv/bin/python
LISTEN ?=
PORT ?=
ARGS ?=
# Two test processes by default; SQLite and a small machine gain little from more.
TEST_JOBS ?= 2
# For test-services: a PostgreSQL and a Redis that may be written to. A database test_... is made and dropped.
TEST_DATABASE_URL ?= postgres://postgres@127.0.0.1:5432/postgres
TEST_REDIS_URL ?= redis://127.0.0.1:6379/5
PYTEST := $(PY) -m pytest -n $(TEST_JOBS) --dist loadfile

.PHONY: help setup run worker test test-services cases bench check lint format types templates audit smoke tour lock clean

help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

setup: ## make .venv and install everything (quick when nothing changed)
	@$(PYTHON) scripts/bootstrap.py

run: setup ## start the portal with demo data: web, job worker, scheduler; Ctrl-C stops
	@LISTEN=$(LISTEN) PORT=$(PORT) exec $(PY) scripts/run.py

worker: setup ## start one more job worker
	@exec .venv/bin/celery -A config worker --loglevel INFO --pool threads --concurrency 2

test: setup ## all tests, on SQLite unless DATABASE_URL says otherwise
	@$(PYTEST) $(ARGS)

test-services: setup ## all tests on PostgreSQL and Redis (TEST_DATABASE_URL, TEST_REDIS_URL)
	@DATABASE_URL=$(TEST_DATABASE_URL) REDIS_URL=$(TEST_REDIS_URL) $(PYTEST) $(ARGS)

cases: setup ## the worked cases of the plans, each named by its clause
	@$(PY) -m pytest tests/cases -q $(ARGS)

bench: setup ## speed, as ratios to a floor measured in the same run
	@$(PY) -m bench $(ARGS)

check: setup lint types templates ## everything but the tests: style, types, layers, templates, settings, migrations
	@.venv/bin/lint-imports --no-cache
	@$(PY) manage.py check
	@$(PY) manage.py makemigrations --check --dry-run
	@$(PY) -m pytest tests/consistency -q

lint: setup ## style and likely mistakes
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .

format: setup ## put the style right where that can be done without thinking
	@.venv/bin/ruff check --fix .
	@.venv/bin/ruff format .

types: setup ## types, strict on the ground floor and the modules that only compute
	@.venv/bin/mypy

templates: setup ## templates: unclosed tags and other mistakes
	@.venv/bin/djlint --lint --quiet templates $(wildcard */templates)

audit: setup ## known weaknesses of the locked packages
	@$(PY) scripts/audit.py

tour: setup ## the tour of the README in a headless Chromium; renews the pictures in docs/pictures
	@$(PY) scripts/tour.py

smoke: setup ## start the portal twice on a free port with data of its own, look at it, press Ctrl-C
	@$(PY) scripts/smoke.py

lock: setup ## compile the lock files after an *.in file or package.json was edited (ARGS=--upgrade: newest of all)
	@$(PY) scripts/lock.py $(ARGS)

clean: ## remove what set-up and tools made; keeps the data in var/
	rm -rf .venv node_modules var/vendor var/fonts var/static var/lock-tools .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +
