# What a newcomer and CI both call. `make demo` and `make test` need Python 3.11, make and git only.

SHELL := /bin/sh
PORT ?= 8000
export PORT FRESH SMALL
VENV := .venv
PY := $(VENV)/bin/python
# The first Python that is new enough; PYTHON=... chooses another.
PYTHON ?= $(shell for p in python3.11 python3 python3.12 python3.13 python3.14 python; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$p"; break; }; done)
LOCAL := $(if $(LOCAL_DIR),$(LOCAL_DIR),.local)
ARGS ?=
TEXTS := locale/en/LC_MESSAGES/django.mo

DATA ?=

.PHONY: help demo real storm mutants test lint lock sbom screenshots bench install env browser
help:
	@echo "make demo         the portal with sample data on http://127.0.0.1:8000 (PORT=8001, FRESH=1)"
	@echo "make test         the whole suite (ARGS='schools -k register' for a part)"
	@echo "make real         the whole road on the ministry's register (DATA=folder with its files)"
	@echo "make storm        many at once while servers die, then a sweep of every code, docs/storm.md"
	@echo "make mutants      each rule taken away once: do the tests notice? (NAMES='1-lock 4-binding')"
	@echo "make lint         ruff, mypy, import-linter"
	@echo "make lock         the locks anew, after a pin in a requirements.txt changed"
	@echo "make sbom         in build/: the libraries that the portal runs with (CycloneDX), and their licences"
	@echo "make screenshots  a picture of every page in .local/screenshots"
	@echo "make bench        speed beside floor and peer, docs/bench.md (ROWS='lists load_codes', SCALE=0.01)"

demo: install env
	@exec $(PY) -m local.supervisor

# The bench runs in small too, so its peers have to be there.
test: install env browser $(VENV)/bench
	@CHROMIUM="$$(cat $(LOCAL)/chromium)" $(PY) -m pytest --numprocesses=2 --dist=loadgroup $(ARGS)

lint: install env
	$(VENV)/bin/ruff check
	$(VENV)/bin/ruff format --check
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports --no-logo

screenshots: install env browser
	@CHROMIUM="$$(cat $(LOCAL)/chromium)" $(PY) -m e2e.screenshots

ROWS ?=
SCALE ?= 1
# The whole road on the ministry's own register: make real DATA=FOLDER
real: install env
	@$(PY) -m benchmarks.real $(DATA)

# Many at once while worker and servers die, and its controls; in servers of its own.
storm: install env
	@$(PY) -m storm $(ARGS)

# Each rule of docs/rules.md taken away by its patch; the tests that guard it have to fail.
NAMES ?=
mutants: install env
	@$(PY) -m mutants $(NAMES)

bench: install env $(VENV)/bench
	@SCALE=$(SCALE) $(PY) -m benchmarks $(ROWS)

$(VENV)/bench: $(VENV)/installed benchmarks/requirements.lock
	@echo "Installing the peers of benchmarks/requirements.txt" >&2
	@$(INSTALL) -r benchmarks/requirements.lock
	@touch $@

# Each requirements.txt says what was chosen; its lock, made from it, names everything that comes along too,
# with the hashes of its files for every kind of machine, and nothing else is installed (ADR 40).
INSTALL_WORDS := install --quiet --disable-pip-version-check --no-input --require-hashes
INSTALL := $(PY) -m pip $(INSTALL_WORDS)
LOCK := $(VENV)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--custom-compile-command "make lock"
lock: install
	@$(LOCK) requirements.txt --output-file requirements.lock
	@$(LOCK) requirements-dev.txt --constraint requirements.lock --output-file requirements-dev.lock
	@$(LOCK) benchmarks/requirements.txt --constraint requirements-dev.lock --output-file benchmarks/requirements.lock
	@$(LOCK) requirements-sbom.txt --output-file requirements-sbom.lock

# Of an environment in which nothing is but what production installs; the tools that look at it stand in another.
sbom: install
	@rm -rf build/sbom && mkdir -p build/sbom
	@$(PY) -m venv --without-pip build/sbom/portal && $(PY) -m venv --without-pip build/sbom/tools
	@$(PY) -m pip --python build/sbom/portal/bin/python $(INSTALL_WORDS) -r requirements.lock
	@$(PY) -m pip --python build/sbom/tools/bin/python $(INSTALL_WORDS) -r requirements-sbom.lock
	@build/sbom/tools/bin/cyclonedx-py environment --output-file build/sbom.json build/sbom/portal/bin/python
	@build/sbom/tools/bin/pip-licenses --python build/sbom/portal/bin/python --format markdown --with-urls --output-file build/licences.md
	@rm -rf build/sbom

# Dependencies: again only when the locks changed.
install: $(VENV)/installed
$(VENV)/installed: requirements-dev.lock
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: install it, or name it: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PY) -m pip --version >/dev/null 2>&1 || { rm -rf $(VENV); "$(PYTHON)" -m venv $(VENV); } || \
		{ rm -rf $(VENV); echo "$(PYTHON) cannot make a virtual environment: on Debian, install python3-venv" >&2; exit 1; }
	@echo "Installing the packages of requirements-dev.txt (a minute or two the first time)" >&2
	@$(INSTALL) -r requirements-dev.lock
	@touch $@

# Random keys and the folders of the embedded servers; an existing file stays as it is.
env: install $(TEXTS)
	@$(PY) -m local.localenv

# The English texts as Django loads them: again when the translations changed.
$(TEXTS): locale/en/LC_MESSAGES/django.po | install
	@$(PY) -m common.texts.catalogue

browser: install env
	@$(PY) -m local.browser > $(LOCAL)/chromium
