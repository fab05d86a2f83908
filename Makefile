# Every command is one verb of the launcher (launch/), which needs only Python 3.11 or newer.
# Ports: PORT=8000 SANDBOX_PORT=8100. Database: DATABASE_URL, else PostgreSQL on this machine, else the packaged one.

PYTHON ?= python3
LAUNCH = @$(PYTHON) -m launch

export PORT SANDBOX_PORT DATABASE_URL CHROMIUM OBOLOS_VAR OBOLOS_PG_BIN

.PHONY: help setup demo demo-reset tour test check prove prove-hard bench code backup restore lock messages

help: ## list the commands
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 14

setup: ## create .venv from hashed requirements, compile translations
	$(LAUNCH) setup

demo: ## set up and run everything on this machine; Ctrl-C stops it
	$(LAUNCH) demo

demo-reset: ## forget the demo's database and files
	$(LAUNCH) demo-reset

tour: ## drive a running demo over HTTP and prove the books
	$(LAUNCH) tour

test: ## the whole suite; ARGS="tests/flows -k pay" for a part
	$(LAUNCH) test $(ARGS)

check: ## format, lint, types, contracts, migrations, translations
	$(LAUNCH) check

prove: ## invariants on the current database
	$(LAUNCH) prove

prove-hard: ## the long form of the reliability tests
	$(LAUNCH) prove-hard

bench: ## measurements, each a ratio against a floor of the same run
	$(LAUNCH) bench $(ARGS)

code: ## one-time code of a demo account: make code ACCOUNT=clerk
	$(LAUNCH) code "$(ACCOUNT)"

backup: ## make backup FILE=obolos.dump
	$(LAUNCH) backup "$(FILE)"

restore: ## make restore FILE=obolos.dump, into a fresh database, then prove
	$(LAUNCH) restore "$(FILE)"

lock: ## compile requirements/*.in to hashed requirements/*.txt
	$(LAUNCH) lock

messages: ## bring the Greek catalogues up to date with the source
	$(LAUNCH) messages
