# The verbs of the house. Everything they need they set up themselves (.ci/setup), once.
# Relative paths only: the clone may stand in a folder with spaces in its name.

# What the tests need from Debian: chromium opens the pages as a reader does, with and without JavaScript;
# strace kills a node at each system call that changes its disk; postgresql is a capture system's database;
# nginx stands before a node, as at a difusor; faketime is a machine with a wrong clock.
DEBIAN := chromium faketime libnginx-mod-http-brotli-static nginx postgresql strace
# What the benchmarks need from it: h2load, which asks as many readers do, and rsync, to stand beside.
DEBIAN_BENCH := nginx nghttp2-client rsync

PYTHON := .venv/bin/python
ARGS ?=

.PHONY: help demo test test-full check bench mutation fuzz format clean

help:
	@echo 'make demo [ARGS="…"]   watch an election night on this machine (ARGS="--help" lists its options)'
	@echo 'make test [ARGS="…"]   set up and run every test that takes seconds (ARGS go to pytest)'
	@echo 'make test-full         the tests that take minutes too'
	@echo 'make check             format, lint, types, import contracts, dependencies, spelling, changelog, lock'
	@echo 'make bench             side-by-side benchmarks; writes build/bench.json'
	@echo 'make fuzz [ARGS="…"]   fuzz every parser for a minute (ARGS: seconds for each, then names of targets)'
	@echo 'make mutation [ARGS="…"]  put small faults into the counting and see which no test notices (ten minutes)'
	@echo 'make format            put every Python file in the one format'
	@echo 'make clean             remove what the verbs above made'

demo: .venv/.demo
	@$(PYTHON) -m pregon demo $(ARGS)

test: .venv/.dev
	@.ci/setup debian $(DEBIAN)
	@.ci/setup wheel
	@$(PYTHON) -m pytest -q -m 'not full' $(ARGS)

test-full: .venv/.dev
	@.ci/setup debian $(DEBIAN)
	@.ci/setup wheel
	@$(PYTHON) -m pytest -q $(ARGS)

check: .venv/.dev
	@mkdir -p build
	@$(PYTHON) -m ruff format --check --quiet .
	@$(PYTHON) -m ruff check --quiet .
	@$(PYTHON) -m mypy --no-error-summary
	@.venv/bin/lint-imports --no-cache >build/imports.log || { cat build/imports.log; exit 1; }
	@$(PYTHON) -m deptry --no-ansi src 2>build/deptry.log || { cat build/deptry.log; exit 1; }
	@$(PYTHON) -m codespell_lib
	@$(PYTHON) -m towncrier build --draft --version next >build/changes.md 2>&1
	@grep -q '^- ' build/changes.md CHANGELOG.md || { echo 'check: neither a news fragment nor a change log'; exit 1; }
	@.uv/bin/uv lock --quiet --check --offline --python $(PYTHON)
	@echo 'check: format, lint, types, imports, dependencies, spelling, changelog and lock are well'

bench: .venv/.dev
	@.ci/setup bench
	@.ci/setup debian $(DEBIAN_BENCH)
	@$(PYTHON) bench/harness.py $(ARGS)

fuzz: .venv/.dev
	@.ci/setup fuzz
	@$(PYTHON) fuzz/correr.py $(ARGS)

mutation: .venv/.dev
	@$(PYTHON) mutacion/mutar.py $(ARGS)

format: .venv/.dev
	@$(PYTHON) -m ruff check --quiet --fix-only .
	@$(PYTHON) -m ruff format --quiet .

clean:
	rm -rf .venv .uv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage*
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Stamps: no network once they are newer than what they were made from.
.venv/.demo: uv.lock pyproject.toml .ci/setup .ci/uv.txt
	@.ci/setup demo
	@touch $@

.venv/.dev: uv.lock pyproject.toml .ci/setup .ci/uv.txt
	@.ci/setup dev
	@touch $@ .venv/.demo
