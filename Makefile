PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CASE ?= chat
HOST ?= debian12
# many short processes import the same modules: compiled once, they start in half the time
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help demo test unit lint bench lab-up lab-down lab-shell lab-break accept matrix picture wheel

help: ## list what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

$(VENV)/.ready: pyproject.toml constraints.txt
	@.ci/prepare "$(PYTHON)" "$(VENV)"
	@touch $@

demo: $(VENV)/.ready ## break a real host as in a true story, repair it, prove it, put it back; CASE=000 to 004 for another
	@$(BIN)/python -m tests.lab.demo $(CASE)

test: $(VENV)/.ready lint ## everything: style, types, unit tests, and the lab on real hosts
	@$(BIN)/python -m tests.lab images
	@$(BIN)/python -m pytest --numprocesses 3 --dist worksteal

unit: $(VENV)/.ready ## the tests that need no real host
	@$(BIN)/python -m pytest -m "not lab"

lint: $(VENV)/.ready ## style and types
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .
	@$(BIN)/mypy

bench: $(VENV)/.ready ## judge and plan for 50 sites; the dry run beside an ordinary deploy and a playbook, in one run
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt "ansible-core>=2.19,<2.20" 2>&1 | grep -v "^WARNING: Location" || true
	@$(BIN)/python -m tests.bench; kept=$$?; $(BIN)/python -m tests.lab.bench && exit $$kept

lab-up: $(VENV)/.ready ## start a host of Debian 12 and one of Debian 13
	@$(BIN)/python -m tests.lab up

lab-down: $(VENV)/.ready ## stop them and leave nothing behind
	@$(BIN)/python -m tests.lab down

lab-shell: $(VENV)/.ready ## a root shell: make lab-shell HOST=debian12
	@$(BIN)/python -m tests.lab shell $(HOST)

lab-break: $(VENV)/.ready ## break a host: make lab-break HOST=debian12 FAULT=nginx-down
	@$(BIN)/python -m tests.lab break $(HOST) $(FAULT)

accept: $(VENV)/.ready ## write the golden files anew from what the drivers say now
	@WSFIX_ACCEPT=1 $(BIN)/python -m pytest -q tests/drivers tests/faults tests/report tests/test_docs.py

matrix: $(VENV)/.ready ## every fault and 60 pairs on real hosts, one and a half hours; writes docs/matrix.md
	@$(BIN)/python -m tests.lab.matrix --write

picture: $(VENV)/.ready ## draw the README's picture from a real run
	@$(BIN)/python -m tests.lab.picture docs/dry-run.svg

wheel: $(VENV)/.ready ## build the wheel
	@$(BIN)/python -m pip wheel --quiet --no-deps --wheel-dir dist .
