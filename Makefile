# Kafkaviz. `make` alone lists what there is.
HOST ?= localhost
PORT ?= 8000
# Without a PATH make would not find even awk.
PATH ?= /usr/local/bin:/usr/bin:/bin
BROKERS ?= 1
KAFKA_PORT ?= 9092
FLAKY ?= 0
N ?= 20
MINUTES ?= 30
export HOST PORT PATH

VENV := .venv/bin
SETUP := command -v python3 >/dev/null || { echo "Kafkaviz needs Python 3.11 or newer: install python3." >&2; exit 1; }; \
	python3 scripts/setup_venv.py

.DEFAULT_GOAL := help
.PHONY: help run kafka test test-fast again check format messages traces cards player bench fuzz soak clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-9s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

run: ## Start Kafkaviz, by default at http://localhost:8000 (PORT=8080, HOST=0.0.0.0 for a classroom)
	@$(SETUP) requirements.txt && exec $(VENV)/python manage.py serve

kafka: ## Run a real Apache Kafka here, until Ctrl-C (BROKERS=3, KAFKA_PORT=19092); needs Java 17 and Maven
	@$(SETUP) requirements.txt && exec $(VENV)/python -m scripts.apache_kafka --brokers $(BROKERS) --port $(KAFKA_PORT)

test: ## Run all tests: JavaScript, then Python (FLAKY=5: so many may pass only the second time)
	@$(SETUP) requirements-dev.txt
	@sh scripts/javascript.sh test
	@$(VENV)/python -m scripts.run_tests --flaky $(FLAKY)

test-fast: ## Run the tests that need neither a broker nor a browser
	@$(SETUP) requirements-dev.txt
	@sh scripts/javascript.sh test
	@$(VENV)/python -m scripts.run_tests --only unit

again: ## Run one test often with a core kept busy, until it fails: make again T=tests/unit/test_feed.py N=20
	@$(SETUP) requirements-dev.txt
	@$(VENV)/python -c 'while True: pass' & busy=$$!; trap "kill $$busy" EXIT; \
	$(VENV)/python -m pytest --count $(N) --exitfirst $(T)

check: ## Check format, lint, types, import rules, templates, migrations and JavaScript
	@$(SETUP) requirements-dev.txt
	@$(VENV)/ruff format --check --output-format=concise --quiet . || { echo "Not formatted; make format does it." >&2; exit 1; }
	@$(VENV)/ruff check --output-format=concise --quiet .
	@$(VENV)/mypy
	@$(VENV)/lint-imports --no-cache --no-logo
	@find templates -name '*.html' -exec $(VENV)/djade --check --target-version 5.2 {} +
	@$(VENV)/python manage.py makemigrations --check --dry-run
	@sh scripts/javascript.sh check

format: ## Format Python and templates
	@$(SETUP) requirements-dev.txt
	@$(VENV)/ruff check --quiet --fix --exit-zero .
	@$(VENV)/ruff format --quiet .
	@find templates -name '*.html' -exec $(VENV)/djade --target-version 5.2 {} + || true

WORDS := --no-location --ignore=node_modules --ignore=.venv --ignore=dist --ignore=tests
messages: ## Collect the words on screen for translators, compile what they wrote, and count; needs gettext
	@$(SETUP) requirements.txt
	@$(VENV)/python manage.py makemessages --verbosity=0 --locale=hi --locale=en_Plain $(WORDS)
	@$(VENV)/python manage.py makemessages --verbosity=0 --domain=djangojs --locale=hi --locale=en_Plain $(WORDS)
	@$(VENV)/python manage.py compilemessages --verbosity=0 --ignore=.venv
	@for words in locale/*/LC_MESSAGES/*.po; do echo "$$words: $$(LC_ALL=C msgfmt --check --statistics --output-file=/dev/null $$words 2>&1)"; done

traces: ## Record the saved runs in traces/ anew, on a real Apache Kafka (TRACES="broker-dies" for one)
	@$(SETUP) requirements-dev.txt && $(VENV)/python -m scripts.record_traces $(TRACES)

player: ## Build the player that needs no server in dist/player/; needs Node.js 18
	@$(SETUP) requirements.txt
	@sh scripts/javascript.sh install
	@$(VENV)/python -m scripts.build_player

cards: ## Draw the pictures that stand beside links to us elsewhere; needs Chromium (CARDS="broker-dies" for one)
	@$(SETUP) requirements-dev.txt && $(VENV)/python -m scripts.draw_cards $(CARDS)

bench: ## Measure what the budgets are about (B=class for one of it)
	@$(SETUP) requirements-dev.txt && $(VENV)/python -m tests.benchmarks $(B)

fuzz: MINUTES = 10
fuzz: ## Send what nobody would, for MINUTES=10 each (FUZZ="messages records files" for some); needs Node.js 18 for files
	@$(SETUP) requirements-dev.txt && $(VENV)/python -m tests.fuzz $(MINUTES) $(FUZZ)

soak: ## Keep 16 rooms busy, kill, cut off and silence what they stand on, and look whether all is as it was (MINUTES=30)
	@$(SETUP) requirements-dev.txt && $(VENV)/python -m tests.soak $(MINUTES)

clean: ## Remove what was installed and cached; data/ and .kafka/ stay
	@rm -rf .venv node_modules dist .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
