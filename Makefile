# Set-up, run and checks. Every target works from a fresh checkout: what it needs first is made first, and a second time
# is quick. The virtual environment lies in .venv, everything that is written for you lies in out/.

.DEFAULT_GOAL := help
.PHONY: help setup engine run headless test lint bench package package-offline package-test clean
.DELETE_ON_ERROR:

VENV := .venv
BIN  := $(VENV)/bin

SAMPLE := resources/samples/picos-de-europa.jpg
MASK   := resources/samples/picos-de-europa-mask.png

# The Python that makes the environment: the first of these that fits. `make setup PYTHON=/path/to/python` overrides it.
FITS   := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
              if $$p -c '$(FITS)' 2>/dev/null; then echo $$p; break; fi; done)

# `make run FILE="my photo.jpg"`: recipes read it from the environment, so that it may hold spaces.
FILE ?=
export FILE

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.kernels ## Make the environment: system libraries, packages, compiled kernels

engine: setup $(VENV)/.packages-engine ## Add what diffusion models need: torch and diffusers, some gigabytes

run: setup ## Open the window on a sample photo, or on yours: make run FILE=photo.jpg
	@if [ -n "$$DISPLAY$$WAYLAND_DISPLAY" ] || [ "$$(uname)" = Darwin ]; then \
	    exec $(BIN)/python main.py "$${FILE:-$(SAMPLE)}"; \
	elif [ -n "$$FILE" ]; then \
	    echo "There is no display here to open the window on. Without one, fill a photo with:" >&2; \
	    echo "    $(BIN)/python main.py fill \"$$FILE\" --mask MASK.png -o OUT.png" >&2; \
	    exit 1; \
	else \
	    $(MAKE) --no-print-directory headless; \
	fi

# The main job where there is no display: the filled picture, the same with its layers, and a picture of the window.
headless: setup
	@echo "There is no display here to open the window on, so the sample is filled without one."
	@mkdir -p out
	@$(BIN)/python main.py fill $(SAMPLE) --mask $(MASK) --seed 1 -o out/filled.png
	@$(BIN)/python main.py fill $(SAMPLE) --mask $(MASK) --seed 1 -o out/filled.ora
	@QT_QPA_PLATFORM=offscreen QT_LOGGING_RULES='default.warning=false' $(BIN)/python main.py out/filled.ora --picture out/window.png
	@echo "The filled picture:        out/filled.png"
	@echo "The same, with its layers: out/filled.ora"
	@echo "The window, as a picture:  out/window.png"

test: lint $(VENV)/.system-test setup ## Run every check: lint, then the tests
	$(BIN)/python -m pytest -q
	$(BIN)/coverage run -m pytest -q tests/editor/history tests/editor/document/test_tiles.py
	$(BIN)/coverage report

lint: $(VENV)/.packages-dev ## Check style, types and the contracts between the rooms
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

bench: setup $(VENV)/.packages-dev $(VENV)/.system-test ## Measure start, canvas, fills and files; the figures go to out/bench.json
	@mkdir -p out
	$(BIN)/python -m tests.benchmarks

package: setup $(VENV)/.packages-package $(VENV)/.system-package ## Build the packaged editor and this system's installers into out/package
	$(BIN)/python packaging/package.py

package-offline: setup engine $(VENV)/.packages-package $(VENV)/.system-package ## Build the .deb that runs diffusion models without a download
	$(BIN)/python packaging/package.py --offline

package-test: $(VENV)/.system-test ## Try the .deb (OFFLINE=1: the offline one) in a bare Debian, as root, with a network
	$(BIN)/python packaging/package_test.py $(if $(OFFLINE),--offline)

clean: ## Remove all that make made: the environment, the caches, out/
	rm -rf $(VENV) out .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# ── Steps of the set-up. Each leaves a stamp, an empty file whose date says when it was last done. ────────────────────

$(VENV)/.system: packaging/system_libraries.py
	@"$(PYTHON)" -c '$(FITS)' 2>/dev/null || { \
	    echo "Pentimento needs Python 3.11, 3.12 or 3.13: install one, or name it: make setup PYTHON=python3.12" >&2; \
	    exit 1; }
	@"$(PYTHON)" packaging/system_libraries.py
	@mkdir -p $(VENV) && touch $@

$(VENV)/.system-test: packaging/system_libraries.py $(VENV)/.system
	@"$(PYTHON)" packaging/system_libraries.py --for test
	@touch $@

$(VENV)/.system-package: packaging/system_libraries.py $(VENV)/.system
	@"$(PYTHON)" packaging/system_libraries.py --for package
	@touch $@

$(VENV)/.packages: pyproject.toml constraints.txt packaging/requirements.py | $(VENV)/.system
	@echo "Setting up $(VENV): this takes a few minutes the first time"
	@"$(PYTHON)" -m venv $(VENV)
	@$(BIN)/python -m pip install -q --disable-pip-version-check --upgrade -c constraints.txt pip
	@$(BIN)/python packaging/requirements.py > $(VENV)/requirements.txt
	@$(BIN)/python -m pip install -q -c constraints.txt -r $(VENV)/requirements.txt
	@touch $@

$(VENV)/.packages-engine: $(VENV)/.packages
	@echo "Adding what diffusion models need to $(VENV): torch alone may be some gigabytes"
	@$(BIN)/python packaging/requirements.py engine > $(VENV)/requirements-engine.txt
	@$(BIN)/python -m pip install -q -c constraints.txt -r $(VENV)/requirements-engine.txt
	@touch $@

$(VENV)/.packages-dev: $(VENV)/.packages-engine
	@echo "Adding what the checks need to $(VENV)"
	@$(BIN)/python packaging/requirements.py dev > $(VENV)/requirements-dev.txt
	@$(BIN)/python -m pip install -q -c constraints.txt -r $(VENV)/requirements-dev.txt
	@touch $@

$(VENV)/.packages-package: $(VENV)/.packages
	@echo "Adding what builds the packages to $(VENV)"
	@$(BIN)/python packaging/requirements.py package > $(VENV)/requirements-package.txt
	@$(BIN)/python -m pip install -q -c constraints.txt -r $(VENV)/requirements-package.txt
	@touch $@

# Compiled once here, so that nobody waits for it at the first stroke or fill. It may fail without harm.
$(VENV)/.kernels: $(VENV)/.packages $(wildcard inference/engines/*.py inference/engines/*/*.py editor/raster/kernels/*.py)
	@echo "Compiling the kernels of canvas and engine"
	@$(BIN)/python -m editor.raster.native || \
	    echo "That did not work; the window will try it again, and be slower until then." >&2
	@$(BIN)/python -m inference.host --warm || \
	    echo "That did not work; they will be compiled at the first fill, which then takes longer." >&2
	@touch $@
