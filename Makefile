# `make` without a target lists what there is. Needs Python 3.11 or newer, and nothing else.

PYTHON ?= python3
VENV := .venv
STAMP := $(VENV)/.installed
# Two workers, each with a PostgreSQL of its own. What cannot stand a neighbour shares a group (xdist_group).
PYTEST := $(VENV)/bin/python -m pytest --numprocesses 2 --dist loadgroup

SOURCES := domain commands queries projections adapters
CHECKED := $(SOURCES) tests deploy $(wildcard benchmarks)

.DEFAULT_GOAL := help
.PHONY: help install demo up stack reset test chaos check format lock

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(STAMP) ## make .venv with everything, hash-checked (every other target does so by itself)

$(STAMP): requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; $(PYTHON) is $$($(PYTHON) --version 2>&1). Name another: make PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@echo "Installing into $(VENV), hash-checked; the first time takes a minute."
	@$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: $(STAMP) ## a market's day from empty: submit, clear, settle, verify, measure
	@$(VENV)/bin/clearing demo

up: $(STAMP) ## run the platform in the foreground; Ctrl-C stops it, data stay in .clearing/
	@$(VENV)/bin/clearing up

stack: $(STAMP) ## the same with a real Kafka and a real Keycloak; needs Java 17 and, once, Maven
	@$(VENV)/bin/clearing up --with kafka,keycloak

reset: $(STAMP) ## remove the data of `make up`, after asking
	@$(VENV)/bin/clearing reset

test: $(STAMP) ## every test, against real servers
	@$(PYTEST)

chaos: $(STAMP) ## kill processes and the database under load, MINUTES=5 SEED=1, and check the ledger
	@$(VENV)/bin/python -m tests.chaos --minutes $(or $(MINUTES),5) --seed $(or $(SEED),1)

check: $(STAMP) ## format, lint, types, import contracts
	@$(VENV)/bin/ruff format --check $(CHECKED)
	@$(VENV)/bin/ruff check $(CHECKED)
	@$(VENV)/bin/mypy $(CHECKED)
	@$(VENV)/bin/lint-imports

format: $(STAMP) ## rewrite the code as `check` wants it
	@$(VENV)/bin/ruff check --fix $(CHECKED)
	@$(VENV)/bin/ruff format $(CHECKED)

lock: ## pin what pyproject.toml asks for, with hashes (needs uv)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet \
	  --output-file requirements/runtime.txt pyproject.toml
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet \
	  --extra dev --output-file requirements/dev.txt pyproject.toml
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet \
	  --output-file requirements/build.txt --group pyproject.toml:build
