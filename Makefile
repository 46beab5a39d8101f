# One command for each thing that is done with this repository. Needs make and Python 3.11 or
# newer with its venv module; everything else is installed into .venv, pinned by hash.

.SHELLFLAGS := -eu -c
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# The first that is new enough. Another: make demo PYTHON=/path/to/python
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for name in python3.13 python3.12 python3.11 python3; do \
	  $$name -c '$(NEW_ENOUGH)' >/dev/null 2>&1 && command -v $$name && exit; done)

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input
# More arguments for pytest and the benchmarks: make test ARGS='-k basket'
ARGS ?=

# What is installed is named by what it was installed from, so a second run installs nothing
# and a changed pin installs again.
SUM := $(shell command -v sha256sum || echo 'shasum -a 256')
RUN := $(VENV)/.run-$(shell cat pyproject.toml requirements/run.txt | $(SUM) | cut -c 1-16)
DEV := $(VENV)/.dev-$(shell cat pyproject.toml requirements/dev.txt | $(SUM) | cut -c 1-16)

.PHONY: help demo test check fmt bench stress docs lock clean

help: ## Say what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

# The last command is exec, so there is no shell between: a terminal's Ctrl-C reaches the server
# itself, and make hands on a SIGTERM and waits.
demo: $(RUN) ## Start a server with demo data on this machine
	@exec $(BIN)/bezant demo

# BEZANT_CHROMIUM has done its work by then, and a server under test would take it for an
# unknown setting. A file stays with one worker, so that what it starts is started once.
test: $(DEV) ## Run the tests (more arguments: ARGS='-k basket')
	@BEZANT_TEST_CHROMIUM="$$($(BIN)/python tools/chromium.py)"; export BEZANT_TEST_CHROMIUM; \
	  unset BEZANT_CHROMIUM; exec $(BIN)/pytest -n 2 --dist loadfile \
	  --no-loadscope-reorder $(ARGS)

check: $(DEV) ## Check style, types and the storeys of the house
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -q tests/architecture

fmt: $(DEV) ## Put the code into its form
	$(BIN)/ruff check --fix --exit-zero --quiet
	$(BIN)/ruff format

bench: $(DEV) ## Run the benchmarks and compare them with their baselines
	@exec $(BIN)/python -m bench $(ARGS)

stress: $(DEV) ## Load the server for minutes, then check the books
	@exec $(BIN)/pytest -m stress tests/stress $(ARGS)

docs: $(DEV) ## Render the reference into docs/reference
	@exec $(BIN)/bezant docs

# pip-compile lives in a venv that is thrown away: it is no dependency of ours.
COMPILE = pip-compile --quiet --generate-hashes --no-emit-index-url --no-emit-trusted-host \
	  --no-emit-find-links --strip-extras --allow-unsafe --no-header pyproject.toml
lock: ## Choose the pinned versions anew (one package: ARGS='--upgrade-package NAME')
	@$(call need_python)
	@lock=$$(mktemp -d); trap 'rm -rf "$$lock"' EXIT; \
	  "$(PYTHON)" -m venv "$$lock"; \
	  "$$lock/bin/pip" --disable-pip-version-check --quiet install pip-tools; \
	  "$$lock/bin/"$(COMPILE) --extra build --output-file requirements/run.txt $(ARGS); \
	  "$$lock/bin/"$(COMPILE) --extra build --extra dev --output-file requirements/dev.txt $(ARGS)

clean: ## Remove .venv, caches and built files; data in .bezant stays
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis \
	  .import_linter_cache .grimp_cache .schemathesis
	find src tests bench tools -name __pycache__ -type d -prune -exec rm -rf {} +

# The pins of development contain those of running, so the one stamp stands for both.
$(RUN): | $(VENV)/.made
	@$(call install,requirements/run.txt)
	@rm -f $(VENV)/.run-*; touch $@

$(DEV): | $(VENV)/.made
	@$(call install,requirements/dev.txt)
	@rm -f $(VENV)/.dev-* $(VENV)/.run-*; touch $@ $(RUN)

# A stamp and not the interpreter: a venv whose making was cut short has one already.
$(VENV)/.made:
	@$(call need_python)
	@"$(PYTHON)" -m venv $(VENV) || { \
	  echo 'make: $(PYTHON) cannot make a venv; on Debian or Ubuntu: apt install python3-venv' >&2; \
	  exit 1; }
	@touch $@

install = echo 'Installing what $(1) pins into $(VENV) (once)'; \
	  $(PIP) install --quiet --require-hashes -r $(1) && \
	  $(PIP) install --quiet --no-build-isolation --no-deps --editable .

need_python = [ -n "$(PYTHON)" ] || { \
	  echo 'make: Python 3.11 or newer is needed and not found; install it' \
	    '(Debian, Ubuntu: apt install python3 python3-venv), or: make PYTHON=/path/to/python' >&2; \
	  exit 1; }; \
	  "$(PYTHON)" -c '$(NEW_ENOUGH)' || { echo 'make: $(PYTHON) is not Python 3.11 or newer' >&2; exit 1; }
