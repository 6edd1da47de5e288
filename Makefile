# make demo    core dependencies only, then `gitgates demo`
# make test    test tools too, then the test suite with coverage
# make lint    style, types and layers
# make deep    the long tests, ten minutes of fuzzing among them, then `make mutation`
# make mutation  whether the unit tests notice changes in trust, decision and codec
# make bench   the measurements of docs/performance.md
# make clean   remove all that the others made
#
# Each sets up .venv by itself, once. PYTHON=python3.12 chooses the Python that .venv is made with.

PYTHON ?= python3
PY := .venv/bin/python
PIP := $(PY) -m pip --disable-pip-version-check --quiet
PYTEST := $(PY) -m pytest -n 2 --dist loadgroup

# A virtual environment works only at the path, and with the Python, that it was made with: both are in the stamps' names.
KEY := $(shell printf '%s' "$(CURDIR) $(PYTHON)" | cksum | cut -d' ' -f1)
VENV := .venv/.made-$(KEY)
SHIM := shim/_gitgates_afs.py shim/afs_plugin_gitgates.py shim/gitgates-afs.pth
CORE := .venv/.core-$(KEY)
TOOLS := .venv/.tools-$(KEY)
DEEP := .venv/.deep-$(KEY)

.DEFAULT_GOAL := help
.PHONY: help demo test lint deep mutation bench clean

help:
	@sed -n 's/^# \{0,1\}//p; /^$$/q' Makefile

demo: $(CORE)
	@.venv/bin/gitgates demo

test: $(TOOLS)
	$(PYTEST) --cov --cov-report=term

lint: $(TOOLS)
	$(PY) -m ruff check
	$(PY) -m ruff format --check
	$(PY) -m mypy gitgates shim tests benchmarks
	.venv/bin/lint-imports

deep: $(TOOLS)
	$(PYTEST) --deep
	@$(MAKE) mutation

mutation: $(DEEP)
	.venv/bin/mutmut run --max-children 2
	.venv/bin/mutmut results

bench: $(TOOLS)
	$(PY) -m benchmarks

clean:
	rm -rf .venv build dist mutants .coverage .coverage.* htmlcov .hypothesis .import_linter_cache .mypy_cache .pytest_cache \
		.ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV): tools/prerequisites.sh
	@sh tools/prerequisites.sh "$(PYTHON)"
	$(PYTHON) -m venv --clear .venv
	@touch $@

$(CORE): $(VENV) pyproject.toml constraints.txt $(SHIM)
	$(PIP) install --constraint constraints.txt --editable .
	@touch $@

# The tools' environment holds the core's, so the core's stamp follows and `make demo` has nothing left to do.
$(TOOLS): $(VENV) pyproject.toml constraints.txt $(SHIM)
	$(PIP) install --constraint constraints.txt --editable '.[test]'
	@touch $(CORE) $@

$(DEEP): $(TOOLS)
	$(PIP) install --constraint constraints.txt --editable '.[test,deep]'
	@touch $(CORE) $(TOOLS) $@
