# Two commands are enough: `make run` and `make test`. Both set everything up first.
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.stamp
FILE ?=
ONLY ?=

.PHONY: setup run test lint bench sample
setup: $(STAMP)

$(STAMP): pyproject.toml scripts/setup.sh
	@bash scripts/setup.sh $(VENV)
	@touch $(STAMP)

run: setup
	$(BIN)/lorentz view $(FILE)

test: lint
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m pytest -q

lint: setup
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: setup
	$(BIN)/python -m benchmarks.run $(if $(ONLY),--only $(ONLY))

sample: setup
	$(BIN)/python -m assets.make_sample --lzc assets/sample.lzc
