# Every target does its own set-up: a virtual environment in the checkout, from requirements.lock.
# It needs Python 3.11 (or newer) with venv, and make.

.DEFAULT_GOAL := help
.PHONY: help demo test verify pictures lab docs bench lock licences audit clean venv docs-tools spark-tools
.PHONY: chromium axe audit-tools

# What the caller's shell has set up for another Python must not reach this one.
unexport PYTHONPATH PYTHONHOME VIRTUAL_ENV
export PIP_DISABLE_PIP_VERSION_CHECK := 1

BIN := .venv/bin
PIP := $(BIN)/python -m pip --quiet --no-input
JOBS ?= 2
# First from the lock, since a package without a wheel is built with these, not with what an index has today.
BUILDERS := packaging|pip|setuptools|wheel
SLOW := slow or real or browser or notebook or spark
# One thread a process: the tests already share the cores, and sums keep one order.
ONE_THREAD := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
# Neighbours stay together until a worker has nothing left, so a file's fixtures are made once.
SPREAD := -n $(JOBS) --dist worksteal
# More for pytest, as in: make test PYTEST_ARGS="-k ledger"
PYTEST_ARGS ?=

FIND_PYTHON = for p in $(PYTHON) python3.11 python3 python3.12 python3.13 python; do \
	if $$p -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; \
	then echo $$p; exit 0; fi; done

# $(call timed,words,command): say what runs, run it, say how long it took.
timed = @echo "== $(1)"; start=$$(date +%s); $(2) && echo "   $(1): $$(($$(date +%s) - start)) s"

help:  ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' Makefile

demo: venv  ## simulate a shop and make its report: the first thing to run
	@$(BIN)/microlift demo --out reports/demo

test: venv  ## style, types, architecture and the fast tests; below 10 minutes
	$(call timed,ruff,$(BIN)/ruff check --quiet . && $(BIN)/ruff format --check --quiet .)
	$(call timed,mypy,$(BIN)/mypy --no-error-summary)
	$(call timed,import-linter,$(BIN)/lint-imports --no-logo)
	$(call timed,pytest,$(ONE_THREAD) $(BIN)/python -m pytest -q $(SPREAD) -m "not ($(SLOW))" $(PYTEST_ARGS))

verify: venv chromium axe docs spark-tools  ## the slow tests: statistics, real logs, notebooks, browser, Spark; builds the site
	$(call timed,verify,$(ONE_THREAD) $(BIN)/python -m pytest -q -rs $(SPREAD) --durations 10 -m "$(SLOW)" $(PYTEST_ARGS))

pictures: venv chromium  ## the picture in the README: the page of a demo in a folder of its own
	@rm -rf reports/pictures
	@$(BIN)/microlift demo --out reports/pictures
	@$(BIN)/python tests/reporting/chromium.py reports/pictures/weekly/latest.html docs/report.png \
		--width 1265 --height 1612

lab: venv  ## JupyterLab on the notebooks
	@$(BIN)/python -m jupyterlab --ServerApp.root_dir=. --LabApp.default_url=/lab/tree/notebooks \
		$(if $(filter 0,$(shell id -u)),--allow-root)

docs: venv docs-tools  ## the site of the documentation, into build/docs; open build/docs/index.html
	@rm -rf build/docs
	$(call timed,pictures of the site,$(ONE_THREAD) $(BIN)/python docs/pictures.py docs/_pictures)
	$(call timed,site,$(BIN)/python -m sphinx -q -E -W --keep-going -b html -d build/doctrees docs build/docs)

bench: venv  ## cost, then ten minutes of accuracy against known truth
	@$(BIN)/python benchmarks/scale.py --rows 1000000,10000000 --only cells,weights,pandas
	@$(BIN)/python benchmarks/accuracy.py --jobs $(JOBS) --budget-minutes 10

lock: venv  ## resolve the dependencies of pyproject.toml anew into requirements.lock, -docs.lock and -spark.lock
	@echo "== resolving, some minutes"
	@$(BIN)/python -m piptools compile --quiet --extra dev --upgrade --allow-unsafe --strip-extras \
		--generate-hashes --no-header --no-annotate --no-emit-options \
		--output-file requirements.lock pyproject.toml
	@$(BIN)/python -c 'import tomllib; p = tomllib.load(open("pyproject.toml", "rb")); \
		print(*p["project"]["optional-dependencies"]["docs"], sep="\n")' > .venv/docs.in
	@$(BIN)/python -m piptools compile --quiet --upgrade --allow-unsafe --strip-extras \
		--generate-hashes --no-header --no-annotate --no-emit-options \
		--constraint requirements.lock --output-file requirements-docs.lock .venv/docs.in
	@$(BIN)/python -c 'import tomllib; p = tomllib.load(open("pyproject.toml", "rb")); \
		print(*(n for n in p["project"]["optional-dependencies"]["spark"] if n.startswith("pyspark")), \
		sep="\n")' > .venv/spark.in
	@$(BIN)/python -m piptools compile --quiet --upgrade --allow-unsafe --strip-extras \
		--generate-hashes --no-header --no-annotate --no-emit-options \
		--constraint requirements.lock --output-file requirements-spark.lock .venv/spark.in

licences: venv docs-tools spark-tools  ## the page of licences anew, from what is locked
	@$(BIN)/python .ci/licences.py

audit-tools: venv docs-tools
	@python=$$($(FIND_PYTHON)); test -x build/audit/bin/pip-audit || { $$python -m venv --clear build/audit && \
		build/audit/bin/python -m pip --quiet --no-input install pip-audit; } || { \
		echo "pip-audit cannot be installed, so nothing is known of holes: it needs a package index" >&2; exit 2; }

# Not part of `verify`: known holes are asked of a database on the network, and change from day to day.
audit: audit-tools  ## licences and hashes of all locked packages, then known holes (pip-audit, needs the network)
	@$(BIN)/python .ci/licences.py --check
	@$(BIN)/python .ci/audit.py build/audit/bin/pip-audit \
		requirements.lock requirements-docs.lock requirements-spark.lock

clean:  ## remove the environment, caches and reports
	@rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis build dist
	@find reports -mindepth 1 ! -name .gitkeep -delete
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamps hold what was installed, not when: a fresh clone or another branch has new file times
# and the same content, a checkout that was moved has the same content and wrong paths.
venv:
	@want="$$(cksum < requirements.lock) $$(pwd)"; \
	if [ "$$(cat .venv/lock.stamp 2>/dev/null)" != "$$want" ]; then \
		python=$$($(FIND_PYTHON)); \
		if [ -z "$$python" ]; then \
			echo "No Python 3.11 or newer with venv was found." >&2; \
			echo "Install it (on Debian: python3 and python3-venv), or name one: make PYTHON=/path/to/python3.11" >&2; \
			exit 1; \
		fi; \
		echo "== creating .venv with $$($$python --version)"; \
		$$python -m venv --clear .venv || exit 1; \
		echo "== installing requirements.lock, some minutes"; \
		awk '/^[^ #]/ {keep = /^($(BUILDERS))==/} keep' requirements.lock > .venv/builders.lock; \
		for lock in .venv/builders.lock requirements.lock; do \
			$(PIP) install --progress-bar off --no-build-isolation --require-hashes --no-deps -r $$lock || exit 1; \
		done; \
		echo "$$want" > .venv/lock.stamp; \
	fi
	@want="$$(cksum < pyproject.toml)"; \
	if [ "$$(cat .venv/project.stamp 2>/dev/null)" != "$$want" ]; then \
		echo "== installing microlift"; \
		$(PIP) install --no-deps --no-build-isolation -e . || exit 1; \
		echo "$$want" > .venv/project.stamp; \
	fi

docs-tools: venv
	@want="$$(cksum < requirements-docs.lock)"; \
	if [ "$$(cat .venv/docs.stamp 2>/dev/null)" != "$$want" ]; then \
		echo "== installing requirements-docs.lock"; \
		$(PIP) install --progress-bar off --require-hashes --no-deps -r requirements-docs.lock || exit 1; \
		echo "$$want" > .venv/docs.stamp; \
	fi

# Some 430 MB, built from source by the builders of requirements.lock: a minute of one core.
spark-tools: venv
	@want="$$(cksum < requirements-spark.lock)"; \
	if [ "$$(cat .venv/spark.stamp 2>/dev/null)" != "$$want" ]; then \
		echo "== installing requirements-spark.lock"; \
		$(PIP) install --progress-bar off --no-build-isolation --require-hashes --no-deps \
			-r requirements-spark.lock || exit 1; \
		echo "$$want" > .venv/spark.stamp; \
	fi
	@if ! command -v java >/dev/null 2>&1 && [ -z "$$JAVA_HOME" ]; then \
		echo "Java 17 is missing: the tests on Spark will be skipped" >&2; fi

chromium:
	@for name in chromium chromium-browser google-chrome; do \
		if command -v $$name >/dev/null 2>&1; then exit 0; fi; done; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then \
		echo "== installing chromium"; \
		apt-get update -qq >/dev/null && \
		DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; \
	else \
		echo "chromium is missing: the browser tests will be skipped" >&2; \
	fi

# The accessibility audit's axe-core, by the package manager that serves it, checked by its SHA-512.
axe: venv
	@if ! command -v npm >/dev/null 2>&1 && [ "$$(id -u)" = 0 ] && \
		command -v apt-get >/dev/null 2>&1; then \
		echo "== installing npm"; \
		apt-get update -qq >/dev/null && \
		DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends npm >/dev/null; \
	fi; \
	$(BIN)/python tests/reporting/axe.py --fetch || \
		echo "axe-core is missing: the accessibility audit will be skipped" >&2
