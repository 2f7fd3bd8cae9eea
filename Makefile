# The vocabulary of this project: people, CI and the docs say these words and no others.
# `make demo` and `make test` need Python 3.11+ and nothing else; they set up all the rest below build/ and .venv/.

PYTHON ?= python3
UV_VERSION := 0.13.9
UV := build/bootstrap/bin/uv
BIN := .venv/bin
READY := .venv/.ready
COMPILE := $(UV) pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate \
	--quiet --custom-compile-command "make lock" pyproject.toml

# all but spark, which is 430 MB that one target needs
LOCKED_EXTRAS := task worker functions experiments proposals versioning registry notebook embedded

export UV_PYTHON_DOWNLOADS := never

# tests wait more than they work: three processes keep two cores busy
TEST_PROCESSES := -n 3 --dist loadfile

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-experiments test-quick chaos check format bench bench-manifest lambda-size lock clean

help: ## what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 18

setup: $(READY) ## the environment in .venv, from the lock

$(UV):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "labeler needs Python 3.11 or newer; say which: make PYTHON=python3.12 ..."; exit 1; }
	@echo "setting up (once)"
	@$(PYTHON) -m venv build/bootstrap
	@build/bootstrap/bin/pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

$(READY): requirements.lock pyproject.toml | $(UV)
	@$(UV) venv --quiet --allow-existing --python $(PYTHON) .venv
	@$(UV) pip sync --quiet --compile-bytecode requirements.lock
	@$(UV) pip install --quiet --no-deps --editable .
	@touch $@

demo: $(READY) ## a whole day on this machine; STATEMENTS=folder takes your own files
	@$(BIN)/labeler demo $(if $(STATEMENTS),--statements "$(STATEMENTS)")

test: $(READY) ## all tests but those of test-experiments
	$(BIN)/pytest $(TEST_PROCESSES) -m "not experiments"

test-experiments: $(READY) ## the experiment flow with DVC, Spark, PostgreSQL and the notebook; needs Java and PostgreSQL
	$(BIN)/pytest $(TEST_PROCESSES) -m experiments

test-quick: $(READY) ## the tests that need no server
	$(BIN)/pytest tests/unit tests/architecture -m "not experiments"

chaos: $(READY) ## the tests that kill, duplicate, throttle and crash
	$(BIN)/pytest -m chaos tests

check: $(READY) ## format, lint, types, import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(READY) ## write the format and the fixes that are safe
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(READY) ## throughput of a worker against a per-file loop; needs nginx; BENCH="--rounds 3" for less
	$(BIN)/python -m benchmarks.throughput $(BENCH)

bench-manifest: $(READY) ## a manifest of 1,000,000 keys
	$(BIN)/python -m benchmarks.manifest_million

lambda-size: $(READY) ## what the functions' bundles weigh
	$(BIN)/python -m benchmarks.lambda_size

lock: | $(UV) ## resolve the dependencies anew; hashes and versions, no index named
	$(COMPILE) $(LOCKED_EXTRAS:%=--extra %) --group dev --output-file requirements.lock
	$(COMPILE) --extra spark --constraint requirements.lock --output-file requirements-spark.lock
	$(COMPILE) --extra worker --constraint requirements.lock --output-file containers/worker/requirements.lock
	echo 'hatchling>=1.27' | $(subst pyproject.toml,-,$(COMPILE)) --output-file containers/build.lock

clean: ## remove what was built, the environment included
	rm -rf .venv build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
