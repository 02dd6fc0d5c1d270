# Every target prepares .venv by itself; PYTHON chooses the interpreter it is made from.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help demo test check lint types imports fix snap bench docs

help:
	@echo 'make demo     the screens over invented calls, no network'
	@echo 'make test     the test suite'
	@echo 'make check    what must hold before a change lands: lint, types, imports, docs, test'
	@echo 'make fix      let ruff format and repair what it can'
	@echo 'make snap     rewrite snapshots and golden files, then look at the diff'
	@echo 'make bench    measure what we claim about speed'
	@echo 'make docs     rewrite the generated pages, config.example.toml and the pictures of the tour'

$(VENV)/run.stamp: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet -c constraints.txt -e .
	touch $@

$(VENV)/dev.stamp: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[dev]'
	touch $(VENV)/run.stamp $@

demo: $(VENV)/run.stamp
	$(BIN)/callmon demo

test: $(VENV)/dev.stamp
	$(BIN)/python -m pytest

check: lint types imports
	$(BIN)/python -m tools.docs --check
	$(MAKE) test

lint: $(VENV)/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/dev.stamp
	$(BIN)/mypy

imports: $(VENV)/dev.stamp
	$(BIN)/lint-imports

fix: $(VENV)/dev.stamp
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

snap: $(VENV)/dev.stamp
	CALLMON_SNAP=1 $(BIN)/python -m pytest

bench: $(VENV)/dev.stamp
	set -e; for file in $(wildcard benchmarks/*.py); do echo "== $$file"; $(BIN)/python "$$file"; done

docs: $(VENV)/dev.stamp
	$(BIN)/python -m tools.docs
	$(BIN)/python tools/pictures.py
