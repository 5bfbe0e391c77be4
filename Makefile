# One command per intent. `make demo` and `make test` do all their own set-up.
SHELL := /bin/bash
PYTHON ?= python3
VENV ?= .venv
DEMO := demo-data
MNEMIC := $(VENV)/bin/mnemic
# What an installed package must be rebuilt for; Python files are live in an editable install.
SOURCES := pyproject.toml CMakeLists.txt $(wildcard indexes/native/*)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo model test test-all fuzz lint bench bench-ngram bench-sparse docs services links core dev clean

help:
	@echo "make demo      install, pull a model, index the Python documentation, search it by words"
	@echo "               and by meaning, evaluate, report"
	@echo "make test      the tests, in their own virtual environment"
	@echo "make test-all  the tests with their full counts; writes docs/results/test-all.json"
	@echo "make fuzz      a minute of damaged files and random texts under AddressSanitizer and UBSan"
	@echo "make lint      ruff, mypy, pyright, import-linter"
	@echo "make bench     the measurements that README quotes; writes bench/results/"
	@echo "make bench-ngram   of these, the substring core beside public engines (15 minutes)"
	@echo "make bench-sparse  of these, the sparse engine beside public engines (40 minutes)"
	@echo "make docs      put the measured numbers into the documentation"
	@echo "make services  install and start what tests need (PostgreSQL)"
	@echo "make clean     remove what the commands above made, but for virtual environments"

links:
	@scripts/restore_links.sh

$(VENV)/bin/python:
	@scripts/make_venv.sh "$(PYTHON)" "$(VENV)"

$(VENV)/core.stamp: $(SOURCES) | links $(VENV)/bin/python
	$(VENV)/bin/python -m pip install --quiet --editable .
	@touch $@

$(VENV)/dev.stamp: $(SOURCES) | links $(VENV)/bin/python
	@scripts/install_dev.sh $(VENV)/bin/python
	@touch $@ $(VENV)/core.stamp

core: $(VENV)/core.stamp
dev: $(VENV)/dev.stamp

$(DEMO)/python-docs/corpus.jsonl: | core
	rm -rf $(DEMO)/python-docs $(DEMO)/data
	$(MNEMIC) eval build-python-docs $(DEMO)/python-docs

# The only step that needs a network; what is there and whole is not fetched again.
model: | core
	$(MNEMIC) models pull minilm

# An add that was cut short goes on where it stopped.
$(DEMO)/encoded.stamp: $(DEMO)/python-docs/corpus.jsonl | model
	$(MNEMIC) add $(DEMO)/data --collection python-docs $(DEMO)/python-docs --encoder minilm
	@touch $@

SIDE_BY_SIDE := --retriever bm25 --retriever dense --retriever hybrid

demo: $(DEMO)/encoded.stamp | model
	$(MNEMIC) search $(DEMO)/data --collection python-docs "read a file line by line" -k 3 $(SIDE_BY_SIDE)
	$(MNEMIC) search $(DEMO)/data --collection python-docs "stop a coroutine that takes too long" -k 3 $(SIDE_BY_SIDE)
	$(MNEMIC) eval run --dataset $(DEMO)/python-docs --store $(DEMO)/data --collection python-docs $(SIDE_BY_SIDE) --out $(DEMO)/report
	@echo; echo "The report: $$(ls $(CURDIR)/$(DEMO)/report/*.html)"

test: dev
	@PYTHON_BIN=$(VENV)/bin scripts/test.sh

test-all: dev
	@PYTHON_BIN=$(VENV)/bin MNEMIC_TEST_FULL=1 JUNIT=build/test-all.xml scripts/test.sh
	$(VENV)/bin/python -m scripts.summarise_tests build/test-all.xml docs/results/test-all.json

# Builds the native core a second time, into build/fuzz; the installed one stays as it is.
fuzz: core
	@PYTHON_BIN=$(VENV)/bin scripts/fuzz.sh $(if $(SEED),--seed $(SEED))

lint: dev
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/mypy bench scripts
	$(VENV)/bin/pyright --pythonpath $(VENV)/bin/python
	$(VENV)/bin/lint-imports

bench-ngram: dev
	$(MNEMIC) models pull smollm2
	$(VENV)/bin/python -m bench.ngram

# PISA comes without what it needs to run inside PyTerrier, which is Java.
bench-sparse: dev
	$(VENV)/bin/python -m pip install --quiet --no-deps "pyterrier-pisa==0.4.9" "tbb==2020.3.254"
	$(MNEMIC) models pull splade-tiny
	$(VENV)/bin/python -m bench.sparse

bench: dev bench-ngram bench-sparse
	$(VENV)/bin/python -m bench.ingest
	$(VENV)/bin/python -m bench.open
	$(MNEMIC) models pull minilm splade-tiny wordllama
	$(VENV)/bin/python -m bench.dense_flat
	$(VENV)/bin/python -m bench.encode
	$(VENV)/bin/python -m bench.hybrid
	$(VENV)/bin/python -m bench.quality

docs: dev
	$(VENV)/bin/python -m scripts.quote_results

services:
	@scripts/services.sh | scripts/keep_services.sh

clean:
	rm -rf build $(DEMO) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
