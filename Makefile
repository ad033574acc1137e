# Two commands do everything: `make demo` shows it, `make test` proves it. Both set up .venv by themselves.

VENV   := .venv
BIN    := $(VENV)/bin
DEBIAN := mosquitto mosquitto-clients gammu gammu-smsd smstools modemmanager ofono gnokii-cli minicom ppp dbus-daemon \
          dbus-bin socat postgresql
JOBS   ?= 4
PYTEST_ARGS ?=
DEMO_ARGS   ?=
FUZZ_SECONDS ?= 60

.PHONY: demo test lint bench fuzz docs lock system-packages clean help

help:
	@echo 'make demo             the whole story on this machine, about 20 s (DEMO_ARGS="--lang ru --hours 6")'
	@echo 'make test             linters, types, import law, the whole test suite (PYTEST_ARGS="-k modem")'
	@echo 'make bench            the yardsticks, each beside its peer'
	@echo 'make fuzz             arbitrary bytes for all that reads from a line (FUZZ_SECONDS=60 for each)'
	@echo 'make docs             the pages that are written from the tests'
	@echo 'make lock             pin the dependencies anew'

demo: $(VENV)/demo.stamp
	@$(BIN)/thermogate demo $(DEMO_ARGS)

# Hundreds of programs are started: none of them should compile the packages anew.
test: export PYTHONDONTWRITEBYTECODE :=
test: system-packages lint
	$(BIN)/pytest -n $(JOBS) --dist loadfile $(PYTEST_ARGS)

lint: $(VENV)/dev.stamp
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: system-packages $(VENV)/dev.stamp
	$(BIN)/python -m benchmarks

fuzz: $(VENV)/dev.stamp
	@for target in $$($(BIN)/python -m fuzz list); do \
	    echo "== $$target"; $(BIN)/python -m fuzz find $$target --seconds $(FUZZ_SECONDS) || exit 1; done

# Real components are required, never silently skipped.
system-packages:
	@requirements/debian.sh $(DEBIAN)

$(BIN)/python:
	@requirements/venv.sh $(VENV)

$(VENV)/demo.stamp: requirements/demo.lock pyproject.toml | $(BIN)/python
	@echo 'Installing what the demo needs into $(VENV), once …'
	@$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements/demo.lock
	@$(BIN)/pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/dev.stamp: requirements/dev.lock pyproject.toml | $(BIN)/python
	@echo 'Installing what the tests need into $(VENV), once …'
	@$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements/dev.lock
	@$(BIN)/pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@ $(VENV)/demo.stamp

# Pages that are written from the tests.
docs: $(VENV)/dev.stamp
	WRITE_DOCS=1 $(BIN)/pytest -q tests/firmware_sim/operator/test_rules.py -k page

lock: $(BIN)/python
	$(BIN)/pip install -q uv
	$(BIN)/uv pip compile -q --upgrade --universal --generate-hashes --no-annotate --no-header \
	    --all-extras pyproject.toml requirements/build.in -o requirements/dev.lock
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-annotate --no-header \
	    --extra broker -c requirements/dev.lock pyproject.toml requirements/build.in -o requirements/demo.lock

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
