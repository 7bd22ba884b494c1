# Everything that a developer or a build machine does, in one word each. `make` alone lists the words.

PYTHON ?= python3
JOBS ?= 2000
TALENT ?= 5000
PORT ?=

BIN := .venv/bin
LOCK_TOOL := .cache/lock-tool
DEMO := .demo
CATALOG := $(DEMO)/catalog
INDEX := $(DEMO)/index
# A stamp is named after the size, so that another size is another catalog.
WRITTEN := $(DEMO)/written-$(JOBS)-$(TALENT)
INDEXED := $(DEMO)/indexed-$(JOBS)-$(TALENT)
INDEXER := $(shell find indexing resolvers/catalog resolvers/sources -name '*.py' -o -name '*.toml')
GRAPHIQL := $(shell find gateway/graphiql/frontend gateway/graphiql/scripts -name node_modules -prune -o -type f -print)

# In two processes, with temporary files in memory where there is enough of it.
PYTEST = scratch=$$($(BIN)/python -m tests.support.scratch) && trap 'rm -rf "$$scratch"' EXIT && trap 'exit 130' INT TERM \
	&& TMPDIR="$$scratch" $(BIN)/pytest --numprocesses 2 --dist loadscope
SERVE := $(BIN)/python -m gateway serve $(if $(PORT),--port $(PORT))

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run opensearch platform test coverage check format bench lock graphiql clean

help: ## List these words
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "%-17s %s\n", $$1, $$2 }'
	@echo
	@echo "  PYTHON=$(PYTHON)  a Python of 3.11 or newer"
	@echo "  JOBS=$(JOBS) TALENT=$(TALENT)  the size of the demo catalog"
	@echo "  PORT=  the port of make run, make opensearch and make platform; 0 takes a free one"

run: .venv/.runtime .venv/.graphiql $(INDEXED) ## Serve a made-up catalog on this machine
	@$(SERVE) --data-dir $(INDEX)

opensearch: .venv/.runtime .venv/.graphiql $(WRITTEN) ## Serve that catalog from a real OpenSearch
	@$(BIN)/python -m tests.servers.opensearch run -- \
		sh -ec '$(BIN)/python -m gateway index $(CATALOG) --to opensearch; exec $(SERVE)'

platform: .venv/.runtime $(INDEXED) ## Serve it as one of three subgraphs behind a router
	@$(BIN)/python -m examples.platform $(CATALOG) $(INDEX) $(if $(PORT),--port $(PORT))

test: check .venv/.graphiql ## Check and test everything
	$(PYTEST)

coverage: check .venv/.graphiql ## The same, and how much of the code the tests run, which takes half as long again
	$(PYTEST) --cov --cov-report=term --cov-fail-under=95

check: .venv/.dev ## Check format, style, types, layout, and that the schema breaks nothing
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python -m gateway.compatibility

format: .venv/.dev ## Format, and mend what can be mended
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

bench: .venv/.dev ## Run every benchmark
	@set -e; for results in benchmarks/*.results.md benchmarks/*/*.results.md; do question="$${results%.results.md}.py"; echo "== $$question"; $(BIN)/python "$$question"; done

lock: $(LOCK_TOOL)/.ready ## Lock the dependencies again (UPGRADE=1: to their newest versions)
	$(COMPILE) --group dev --output-file requirements-dev.lock pyproject.toml
	$(COMPILE) --constraint requirements-dev.lock --output-file requirements.lock pyproject.toml
	$(COMPILE) --group node --output-file requirements-node.lock
	$(COMPILE) --group valkey --no-deps --output-file requirements-valkey.lock

graphiql: .venv/.runtime ## Build the GraphiQL page again
	@$(NODE)
	@$(BIN)/python -m gateway.graphiql.build --strict

clean: ## Remove everything that make made
	rm -rf .venv .cache $(DEMO) gateway/graphiql/static gateway/graphiql/frontend/node_modules
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage

# The lock names no registry, so that every machine installs from its own.
COMPILE = $(LOCK_TOOL)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock' $(if $(UPGRADE),--upgrade)

# Node builds the GraphiQL page. A machine without a new one gets it from PyPI; without any, the page uses a CDN.
NODE = (command -v npm && node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)') > /dev/null 2>&1 \
	|| $(BIN)/pip install --quiet --no-deps --require-hashes -r requirements-node.lock \
	|| echo "Node could not be installed; make goes on without it."

.venv/.created:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed: make PYTHON=python3.12" >&2; exit 1; }
	@test -x $(BIN)/pip || $(PYTHON) -m venv .venv
	@touch $@

# Without --no-deps pip looks at newer versions of what a lock pins under an extra, and refuses them for want of a hash.
.venv/.runtime: requirements.lock pyproject.toml .venv/.created
	@echo "Installing what the gateway needs"
	@$(BIN)/pip install --quiet --no-deps --require-hashes -r requirements.lock
	@$(BIN)/pip install --quiet --no-deps --editable .
	@touch $@

.venv/.dev: requirements-dev.lock .venv/.runtime
	@echo "Installing what the developers need"
	@$(BIN)/pip install --quiet --no-deps --require-hashes -r requirements-dev.lock
	@touch $@

# Stamped also when it failed: the page then uses a CDN, and the next run does not wait for the network again.
.venv/.graphiql: $(GRAPHIQL) .venv/.runtime
	@$(NODE)
	@$(BIN)/python -m gateway.graphiql.build || echo "make graphiql tries again."
	@touch $@

$(WRITTEN): $(INDEXER) | .venv/.runtime
	@rm -rf $(CATALOG) $(DEMO)/written-* $(DEMO)/indexed-*
	@$(BIN)/python -m gateway demo $(CATALOG) --jobs $(JOBS) --talent $(TALENT)
	@touch $@

$(INDEXED): $(WRITTEN)
	@$(BIN)/python -m gateway index $(CATALOG) --data-dir $(INDEX)
	@touch $@

$(LOCK_TOOL)/.ready: .venv/.created
	@$(BIN)/python -m venv $(LOCK_TOOL)
	@$(LOCK_TOOL)/bin/pip install --quiet uv
	@touch $@
