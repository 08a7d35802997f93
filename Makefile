# customer360: the commands. `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
DEV_READY := $(VENV)/.ready-dev
DBT := $(BIN)/dbt --quiet --warn-error-options '{"error": ["Deprecations"]}'

.PHONY: help build test lint docs bench metrics look-back test-heavy test-faults backfill-tags change-salt memory-export memory-import actions-export rewrite-warehouse clean check-python publish

help:  ## list the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  make %-24s %s\n", $$1, $$2}'

check-python:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed; this is " + sys.version.split()[0] + ". Name another one: make PYTHON=/path/to/python3.11 build")' 2>&1 \
		|| { command -v $(PYTHON) >/dev/null 2>&1 || echo "Python 3.11 or newer is needed; '$(PYTHON)' was not found. Name one: make PYTHON=/path/to/python3.11 build"; exit 2; }

$(READY): requirements.txt | check-python
	@$(PYTHON) -m venv $(VENV)
	@echo "installing requirements into $(VENV) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(DEV_READY): $(READY) requirements-dev.txt requirements-dashboards.txt
	@echo "installing test requirements into $(VENV) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

build: $(READY)  ## build the whole warehouse on sample data and print where the results are
	@$(BIN)/python -m scripts.build $(ARGS)

test: $(DEV_READY)  ## lint, checks, builds from nothing, of a past day and again, all tests
	@$(BIN)/python -m scripts.check

lint: $(DEV_READY)  ## sqlfluff over all SQL, key check over all YAML
	@$(BIN)/python -m scripts.check lint

docs: $(READY)  ## one static page of documentation and lineage: target/static_index.html
	@$(BIN)/dbt docs generate --static
	@echo "documentation: target/static_index.html"

metrics: $(READY)  ## governed metrics: ARGS="query --metrics net_revenue,orders --group-by metric_time__month"
	@$(BIN)/python -m scripts.metrics $(ARGS)

bench: $(DEV_READY) requirements-heavy.txt  ## what a build and a day cost beside copying the raw files in: ARGS="--customers 100000 --parts build day"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-heavy.txt
	@$(BIN)/python -m scripts.bench $(ARGS)

test-heavy: $(DEV_READY) requirements-heavy.txt  ## the tests that build several warehouses or need large packages
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-heavy.txt
	@$(BIN)/python -m pytest -q -m heavy

test-faults: $(DEV_READY)  ## builds killed, disks full, files damaged: the long form (some 30 minutes)
	@CUSTOMER360_FAULTS=full $(BIN)/python -m pytest -q -m faults

look-back: $(READY)  ## would the predictions have come true? ARGS="--raw 'data/mine/{table}.parquet'" or "--example complete_journey"
	@$(BIN)/python -m scripts.look_back $(ARGS)

backfill-tags: $(READY)  ## capture the tags of the last 12 month ends
	@$(BIN)/python -m scripts.backfill_tags --months 12

change-salt: $(READY)  ## give the warehouse another salt: CUSTOMER360_OLD_SALT, CUSTOMER360_SALT; ARGS="--vars '…'" as for a build
	@$(BIN)/dbt run-operation change_salt $(ARGS)

memory-export: $(READY)  ## what no rebuild brings back (customer ids, tag history, erasures) as files: FOLDER=backup/today
	@$(BIN)/python -m scripts.memory export "$(FOLDER)"

memory-import: $(READY)  ## the same into a new warehouse, before its first build: FOLDER=backup/today
	@$(BIN)/python -m scripts.memory import "$(FOLDER)" $(ARGS)

actions-export: $(READY)  ## hand the next actions over to the tools that send: ARGS="exports/actions --dry-run"
	@$(BIN)/python -m scripts.export_actions $(ARGS)

publish: $(READY)  ## the marts as read-only files, one per audience: published/<audience>.duckdb; ARGS="--parquet"
	@$(BIN)/python -m scripts.publish $(ARGS)

rewrite-warehouse: $(READY)  ## write the warehouse file anew, so that nothing deleted stands in it
	@$(BIN)/python -m scripts.rewrite_warehouse

clean:  ## remove what builds made; the virtual environment stays
	@rm -rf target logs warehouse/*.duckdb*

example-%: $(READY)
	@$(BIN)/python -m examples.run $(subst -,_,$*)

example-complete-journey:  ## real data: 1.5 M grocery transaction lines of 2,469 households
example-cdnow:  ## real data: 69,659 CD purchases of 23,570 customers
example-ecom:  ## a synthetic clickstream: 31,106 events of 600 people with planted incidents

include make/spark.mk
include make/dashboards.mk
