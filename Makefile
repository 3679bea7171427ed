# The first command in a fresh clone may be any of these: what is missing is made.
# Needed beforehand: make, and Python 3.11 or newer with its venv module. See CONTRIBUTING.md.

VENV := .venv
PY := $(VENV)/bin/python
RUNTIME := $(VENV)/.runtime-installed
DEV := $(VENV)/.dev-installed
PIP := $(PY) -m pip --disable-pip-version-check install --no-input --no-compile --progress-bar off
SITE = $$($(PY) -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
ARGS ?=

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help play test check lint bench reliability pictures lock clean

help:
	@echo "make play         play (make play ARGS=--hotseat passes an option on)"
	@echo "make test         run every test (ARGS='tests/test_nim.py -k best' runs some)"
	@echo "make check        look for faults in format, style, types, layers and dependencies"
	@echo "make lint         format, and repair what can be repaired by itself"
	@echo "make bench        measure, as ratios within one run"
	@echo "make reliability  the long version of the tests of crashes and races"
	@echo "make pictures     draw the pictures in docs anew"
	@echo "make lock         resolve the dependencies anew (needs uv)"
	@echo "make clean        remove the virtual environment and everything made"

# The interpreter is tried, not only looked up: a name on PATH may be an empty shim.
$(PY):
	@set -e; \
	for name in $(PYTHON) python3.13 python3.12 python3.11 python3 python; do \
	  if "$$name" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info)' 2>/dev/null; then \
	    python=$$name; break; \
	  fi; \
	done; \
	if [ -z "$${python:-}" ]; then \
	  echo "nim-tui needs Python 3.11 or newer, and there is none on PATH. Install one, then run make again." >&2; \
	  exit 1; \
	fi; \
	if ! "$$python" -c 'import venv, ensurepip' 2>/dev/null; then \
	  echo "$$python comes without its venv module. Install it (Debian, Ubuntu: apt install python3-venv), then run make again." >&2; \
	  exit 1; \
	fi; \
	"$$python" -m venv --clear $(VENV)

# A line for each package as it is fetched and compiled. A pipe hides the exit status of its first
# command, so that ends with a word which only success prints.
FETCHED = /^(Collecting|Processing) / { name = $$2; sub(/.*\//, "", name); sub(/-[0-9].*whl$$/, "", name); say("fetch", name) }
COMPILED = /^Listing / { \
  name = $$2; gsub(/[\047.]/, "", name); sub(/.*site-packages\//, "", name); sub(/\/.*/, "", name); \
  if (name != last && name !~ /^\// && name !~ /dist-info/) { last = name; say("compile", name) } }
SAY = function say(what, name) { printf "  %-7s %s\n", what, name; fflush() }
PROGRESS = awk '$(SAY) /^all-done$$/ { done = 1 } $(1) END { exit !done }'

# Bytecode is compiled now, which halves the time to every first frame.
$(RUNTIME): requirements/lock.txt | $(PY)
	@echo "Installing what the game needs (once):"
	@{ $(PIP) --require-hashes -r requirements/lock.txt && echo all-done; } | $(call PROGRESS,$(FETCHED))
	@{ $(PY) -m compileall $(SITE) backend nim_tui && echo all-done; } | $(call PROGRESS,$(COMPILED))
	@touch $@

$(DEV): requirements/dev.txt pyproject.toml | $(RUNTIME)
	@echo "Installing what the tests need (once):"
	@{ $(PIP) --require-hashes -r requirements/dev.txt && echo all-done; } | $(call PROGRESS,$(FETCHED))
	@$(PIP) --quiet --no-deps --no-build-isolation --editable .
	@$(PY) -m compileall -q -j 0 $(SITE) || true # some packages ship examples in other languages
	@touch $@

play: $(RUNTIME)
	@$(PY) -m nim_tui $(ARGS)

# Three processes on two cores: the tests also wait, for screens, servers and engines. Each has a
# stretch of the tests, so that few start the same engine, and takes over from who has more left.
# The tests' own bytecode is kept whatever the environment says: rewriting their assertions takes as
# long as collecting them.
test: export PYTHONDONTWRITEBYTECODE :=
test: $(DEV)
	$(PY) -m pytest -n 3 --dist worksteal $(ARGS)

check: $(DEV)
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy
	$(VENV)/bin/lint-imports
	$(VENV)/bin/deptry .

lint: $(DEV)
	$(PY) -m ruff format .
	$(PY) -m ruff check --fix .

bench: $(DEV)
	@$(PY) -m tests.benchmarks $(ARGS)

reliability: $(DEV)
	$(PY) -m pytest -m reliability --timeout 3600 $(ARGS)

pictures: $(DEV)
	$(PY) -m tests.kept_pictures
	$(PY) -m tests.pictures $(ARGS)
	$(PY) -m tests.film

# The locks hold for every system and name no host. Lambda's travels with the code that deploys.
LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header
lock:
	$(LOCK) pyproject.toml --output-file requirements/lock.txt $(ARGS)
	$(LOCK) --no-annotate --constraint requirements/lock.txt requirements/lambda.in --output-file backend/provision/lambda.txt $(ARGS)
	$(LOCK) --extra server --constraint requirements/lock.txt pyproject.toml --output-file requirements/server.txt $(ARGS)
	$(LOCK) --extra dev --constraint requirements/lock.txt pyproject.toml --output-file requirements/dev.txt $(ARGS)

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find backend nim_tui tests -name __pycache__ -type d -prune -exec rm -rf {} +
