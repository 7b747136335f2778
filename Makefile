# Keyward: what people and CI run. `make` alone says what there is.
.DEFAULT_GOAL := help
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c

CARGO ?= cargo
VENV := .venv
MOVIES := .work/data/movies.json

.PHONY: help build run test bench lint fmt rust-test e2e-test setup clean

help:
	@echo 'make build   build target/release/keyward'
	@echo 'make run     build, then start the server on http://127.0.0.1:9200 (ARGS="…" for flags of keyward serve)'
	@echo 'make test    install what the tests need, then run every check and test'
	@echo 'make bench   measure; docs/performance.md says what and how (takes about half an hour)'
	@echo 'make lint    formatting, clippy, layering'
	@echo 'make fmt     format the sources'
	@echo 'make clean   remove everything that was built or fetched'

build:
	$(CARGO) build --release --locked --package keyward

run: build
	@exec target/release/keyward serve $(ARGS)

# What needs a network is fetched beside the first compilation.
test:
	@scripts/test

rust-test:
	$(CARGO) test --workspace --locked

setup: $(VENV)/.ready $(MOVIES)

$(VENV)/.ready: tests/requirements.txt
	python3 -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check --requirement tests/requirements.txt
	@touch $@

# 3,201 real records with the dirt of real data. Fetched, never committed.
$(MOVIES):
	@mkdir -p .work/npm .work/data
	npm install --prefix .work/npm --no-save --no-package-lock --ignore-scripts --no-audit --no-fund --silent vega-datasets@3.2.1
	cp .work/npm/node_modules/vega-datasets/data/movies.json $@

e2e-test: setup
	$(CARGO) build --locked --package keyward
	$(VENV)/bin/python -m pytest tests/e2e

bench:
	@scripts/bench

lint:
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings
	$(CARGO) xtask layers

fmt:
	$(CARGO) fmt --all

clean:
	$(CARGO) clean
	rm -rf $(VENV) .work
