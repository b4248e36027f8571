# Everything a developer types. `make` alone lists it.

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet --quiet
# Wheels only: installing runs nobody's code.
INSTALL := $(PIP) install --require-hashes --only-binary :all: --requirement
# pytest looks for plug-ins in every installed package otherwise, which takes seconds a process.
# And some environments forbid bytecode, where each portal that a test starts compiles all anew.
PYTEST := PYTEST_DISABLE_PLUGIN_AUTOLOAD=1 PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -p xdist.plugin -p pytest_cov.plugin -p _hypothesis_pytestplugin -p time_machine
# Which samples cannot run here. EXAMPLES=required makes that an error.
SAMPLES := $(BIN)/python -m tests.functional.examples.tools
CHROMIUM := $(shell command -v chromium || command -v chromium-browser || command -v google-chrome)
WORKERS ?= 2
CLIENTS ?= 8
SECONDS ?= 15

.DEFAULT_GOAL := help
.PHONY: help run test test-browser coverage lint format types bench interop vendor messages screenshots lock clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(VENV)/run.stamp ## the portal and the demo company's site, with demo data; PORT=7000 moves them
	@$(BIN)/portal demo --serve

test: $(VENV)/dev.stamp ## all tests; those in a browser too, if there is a Chromium
ifeq ($(EXAMPLES),required)
	@$(SAMPLES)
endif
ifneq ($(CHROMIUM),)
	@$(PYTEST) -n $(WORKERS) --dist worksteal $(ARGS)
else ifeq ($(BROWSER),required)
	@echo "There is no Chromium, and here the browser tests are required: apt-get install chromium." >&2; exit 1
else
	@$(PYTEST) -n $(WORKERS) --dist worksteal -m "not browser" $(ARGS)
	@echo "The browser tests were left out, since there is no Chromium: apt-get install chromium, then make test-browser."
endif
ifneq ($(EXAMPLES),required)
	@$(SAMPLES)
endif

test-browser: $(VENV)/dev.stamp ## only the tests in a browser
ifneq ($(CHROMIUM),)
	@$(PYTEST) -m browser $(ARGS)
else
	@echo "There is no Chromium: apt-get install chromium." >&2; exit 1
endif

coverage: $(VENV)/dev.stamp ## all tests, and which lines and branches they leave out
	@$(PYTEST) -n $(WORKERS) --dist worksteal --cov --cov-report=term $(ARGS)

lint: $(VENV)/dev.stamp ## style, imports between rooms, templates, translations
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check --quiet
	@$(BIN)/lint-imports
	@$(BIN)/djlint portal/templates --lint --quiet
	@$(BIN)/python scripts/messages.py --check

format: $(VENV)/dev.stamp ## put the code into the one style
	@$(BIN)/ruff check --fix --quiet
	@$(BIN)/ruff format --quiet

types: $(VENV)/dev.stamp ## mypy, strict
	@$(BIN)/mypy

bench: $(VENV)/run.stamp ## what every page costs at 100 and 100,000 tickets, and what a server bears; CLIENTS=8 SECONDS=15
	@$(BIN)/python -m benchmarks --clients $(CLIENTS) --seconds $(SECONDS) $(ARGS)

interop: $(VENV)/dev.stamp ## other people's programs sign in at the issuer (installs them into ~/.cache); PICTURES=folder
	@$(PYTEST) tests/interop $(ARGS)

vendor: $(VENV)/run.stamp ## copy the front end's files anew from the npm registry (needs npm)
	@$(BIN)/python scripts/vendor.py

messages: $(VENV)/dev.stamp ## collect the texts for translation and compile the translations
	@$(BIN)/python scripts/messages.py

screenshots: $(VENV)/dev.stamp ## take the README's pictures anew (needs Chromium)
	@$(BIN)/python -m scripts.screenshots

lock: $(VENV)/bin/python ## write the lock files anew from setup.cfg; ARGS=--upgrade takes the newest
	@$(PIP) install uv
	@scripts/lock $(ARGS)

clean: ## remove the environment and all that is built; var/, the data, stays
	@rm -rf $(VENV) build dist *.egg-info htmlcov .coverage* .pytest_cache .mypy_cache .ruff_cache \
		.hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@for candidate in python3 python3.14 python3.13 python3.12 python3.11; do \
		if $$candidate -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
			found=$$candidate; break; \
		fi; \
	done; \
	if [ -z "$$found" ]; then \
		echo "Python 3.11 or newer is needed, and none is on the PATH: install it, on Debian with apt-get install python3 python3-venv." >&2; exit 1; \
	fi; \
	if ! $$found -c 'import ensurepip' 2>/dev/null; then \
		echo "$$found cannot make environments: install its venv module, on Debian with apt-get install python3-venv." >&2; exit 1; \
	fi; \
	echo "Making an environment in $(VENV) with $$($$found --version)"; \
	$$found -m venv $(VENV)

# Installed anew only when the lock or the package's metadata changed.
$(VENV)/run.stamp: requirements/run.lock setup.cfg pyproject.toml | $(BIN)/python
	@echo "Installing what the portal needs"
	@$(INSTALL) requirements/run.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/dev.stamp: requirements/dev.lock $(VENV)/run.stamp
	@echo "Installing what developing it needs"
	@$(INSTALL) requirements/dev.lock
	@touch $@
