# Qudao: make run, make test, make check, make bench. `make help` lists them all.
# Everything is set up on first use: it needs Python 3.11 or later, and the package registries.

.DEFAULT_GOAL := help
SHELL := /bin/sh
.SHELLFLAGS := -eu -c
PORT ?= 8000
BENCH ?= counter sms commission
VENV := .venv
BIN := $(VENV)/bin
RUN_STAMP := $(VENV)/.run-stamp
DEV_STAMP := $(VENV)/.dev-stamp

.PHONY: help run test check bench lock messages format clean

help: ## Show what there is
	@echo "Qudao, an open platform for an operator's sales channels"; echo
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-9s %s\n", $$1, $$2}'
	@echo; echo "More: .venv/bin/qudao --help, README.md, docs/"

run: $(RUN_STAMP) ## Run everything on this machine until Ctrl-C (PORT=8000)
	@exec $(BIN)/qudao run --port $(PORT) $(ARGS)

test: $(DEV_STAMP) ## Run all tests (ARGS= for pytest)
	@sh tools/debian-packages.sh
	@unset PYTHONDONTWRITEBYTECODE; \
		exec $(BIN)/python -m pytest -q -n 4 --dist loadgroup --durations 12 $(ARGS)

check: $(DEV_STAMP) ## Format, types, contracts, architecture, migrations, translations
	@exec $(BIN)/python -m tools.check $(ARGS)

bench: $(RUN_STAMP) ## Measure the counter, the SMS hall and a month's commission (BENCH=counter)
	@for one in $(BENCH); do echo "== qudao bench $$one $(ARGS)"; $(BIN)/qudao bench $$one $(ARGS); done

format: $(DEV_STAMP) ## Put the code into its form
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

messages: $(DEV_STAMP) ## Compile the translations
	@exec $(BIN)/python -m tools.messages compile

lock: | $(VENV)/bin/python ## Resolve the dependencies anew into requirements/*.lock
	@$(BIN)/python -m pip install --quiet uv
	@$(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-header $(ARGS) --output-file requirements/run.lock
	@$(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --all-extras \
		--generate-hashes --no-emit-index-url --no-header $(ARGS) \
		--constraint requirements/run.lock --output-file requirements/dev.lock

clean: ## Remove what was built (not the data in .qudao)
	@rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis

$(VENV)/bin/python:
	@sh tools/make-environment.sh $(VENV)

$(RUN_STAMP): requirements/run.lock pyproject.toml | $(VENV)/bin/python
	@sh tools/install.sh $(VENV) requirements/run.lock $(RUN_STAMP)

$(DEV_STAMP): requirements/dev.lock pyproject.toml | $(VENV)/bin/python
	@sh tools/install.sh $(VENV) requirements/dev.lock $(DEV_STAMP)
