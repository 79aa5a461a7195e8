# PolyQuote: `make help` lists what there is.

VENV   := .venv
PYTHON ?= python3
BIN    := $(VENV)/bin
Q      ?= who replaced Altman?
DATA   ?= ../shared/datasets

# The question goes through the environment, as it is: it may hold quotes, dollars and backticks.
export QUESTION := $(value Q)

TRAIN = $(BIN)/python -m bot.training.train --data $(DATA) --negatives build/negatives.npz --out build/reader
TUNE = $(BIN)/python -m bot.training.tune --data $(DATA) --negatives build/negatives.npz --out build/encoder

.DEFAULT_GOAL := help
.PHONY: help ask test test-fast browser lint types format results encoder reader bench clean

help:  ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

ask: $(VENV)/.run  ## answer a question: make ask Q="who replaced Altman?"
	@$(BIN)/polyquote ask -- "$$QUESTION"; code=$$?; [ $$code -le 1 ]

test: $(VENV)/.dev browser lint types  ## set up and run every check and test
	$(BIN)/python -m pytest

test-fast: $(VENV)/.dev  ## the unit and property tests alone, under a minute
	$(BIN)/python -m pytest -m "not slow"

browser:  # the report is tested in Chromium, where apt has one to give
	@[ -x /usr/bin/chromium ] || ! command -v apt-get >/dev/null || ! [ -w /var/lib/dpkg ] || \
		{ apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium >/dev/null; } || true

lint: $(VENV)/.dev  ## ruff: faults, style, and formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev  ## mypy --strict
	$(BIN)/mypy

format: $(VENV)/.dev  ## let ruff put the code in form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

results: $(VENV)/.dev  ## measure answers and retrieval, write results/; DATA is the folder of the public datasets
	@mkdir -p results
	$(BIN)/polyquote eval --results results/dev.jsonl --report results/report.html --markdown results/README.md
	$(BIN)/polyquote eval bot/questions/check.jsonl --results results/check.jsonl --markdown results/check.md
	$(BIN)/polyquote eval bot/questions/held.jsonl --results results/held.jsonl --markdown results/held.md
	$(BIN)/python -m tests.benchmarks.newsrooms --markdown results/newsrooms.md
	$(BIN)/python -m tests.benchmarks.retrieval --data $(DATA) --markdown results/retrieval.md --cache build/vectors

reader: $(VENV)/.training encoder  ## train the reader, export it and score it: hours
	@mkdir -p build/reader
	$(TRAIN) --steps 1850 --decay-steps 560 --mixture compare --seed 13
	$(TRAIN) --steps 3308 --decay-steps 0 --mixture answers --groups 24 --seed 15
	$(TRAIN) --steps 4800 --decay-steps 1340 --mixture spans --seed 16
	$(TRAIN) --steps 6694 --decay-steps 0 --rate 1.5e-4 --mixture answers --groups 24 --seed 21
	$(TRAIN) --steps 7554 --decay-steps 860 --rate 1.5e-4 --mixture spans --seed 22
	$(TRAIN)/news --start build/reader/step-0[2-9]*.pt --steps 2400 --decay-steps 1100 --rate 1.2e-4 --mixture stories --seed 41
	$(TRAIN)/long --start build/reader/news/step-02*.pt --steps 1750 --decay-steps 0 --rate 1e-4 --mixture stories --seed 61
	for seed in 81 82; do $(TRAIN)/$$seed --start "$$(ls build/reader/long/step-*.pt | tail -1)" --steps 720 \
		--decay-steps 400 --rate 1e-4 --mixture newsrooms --groups 9 --seed $$seed || exit 1; done
	$(BIN)/python -m bot.training.export --data $(DATA) --checkpoint build/reader/8[12]/step-00[67]*.pt \
		--before build/reader/step-0[2-9]*.pt --kept 0.35 \
		--negatives build/negatives.npz --tuned "$$(ls build/encoder/step-*.pt | tail -1)" --out build/reader
	$(BIN)/python -m bot.training.shipped --reader build/reader/reader.int8.onnx --out build/reader/before
	$(TRAIN)/91 --start build/reader/before/reader.pt --steps 1250 --decay-steps 360 --rate 1e-4 --mixture joined \
		--groups 12 --seed 91
	$(TRAIN)/95 --start "$$(ls build/reader/91/step-008*.pt | tail -1)" --steps 400 --decay-steps 280 --rate 1e-4 \
		--mixture joined --groups 12 --seed 95
	$(BIN)/python -m bot.training.export --data $(DATA) --negatives build/negatives.npz --out build/reader --kept 0.35 \
		--checkpoint build/reader/91/step-012[2-5]*.pt build/reader/95/step-00[34]*.pt --before build/reader/before/reader.pt
	$(BIN)/python -m bot.training.shipped --reader build/reader/reader.int8.onnx --out build/reader/joined
	$(BIN)/python -m bot.training.rivals --data $(DATA) --negatives build/negatives.npz --reader build/reader/reader.int8.onnx \
		--out build/rivals.jsonl --most 1915
	$(TRAIN)/51 --start build/reader/joined/reader.pt --steps 1120 --decay-steps 690 --rate 1e-4 --mixture joined \
		--groups 12 --seed 51
	$(TRAIN)/52 --start build/reader/joined/reader.pt --steps 762 --decay-steps 0 --rate 1e-4 --mixture stories --seed 52
	$(TRAIN)/61 --start "$$(ls build/reader/51/step-009*.pt | tail -1)" build/reader/52/step-00762.pt --steps 350 \
		--decay-steps 220 --warmup 40 --rate 1e-4 --mixture rivals --rivals build/rivals.jsonl --groups 12 --seed 61
	$(BIN)/python -m bot.training.export --data $(DATA) --negatives build/negatives.npz --out build/reader --kept 0.5 \
		--checkpoint build/reader/51/step-01120.pt build/reader/61/step-00350.pt --before build/reader/joined/reader.pt
	$(BIN)/python -m bot.training.shipped --reader build/reader/reader.int8.onnx --out build/reader/contested
	$(BIN)/python -m bot.training.rivals --data $(DATA) --negatives build/negatives.npz --reader build/reader/reader.int8.onnx \
		--out build/more-rivals.jsonl --most 5700
	for seed in 71 72; do $(TRAIN)/$$seed --start build/reader/51/step-01120.pt build/reader/61/step-00350.pt --steps 440 \
		--decay-steps 0 --warmup 40 --rate 1e-4 --mixture rivals --rivals build/more-rivals.jsonl --groups 12 --seed $$seed \
		|| exit 1; done
	for seed in 73 74; do $(TRAIN)/$$seed --start build/reader/71/step-00440.pt build/reader/72/step-00440.pt --steps 640 \
		--decay-steps 380 --warmup 40 --rate 1e-4 --mixture rivals --rivals build/more-rivals.jsonl --groups 12 --seed $$seed \
		|| exit 1; done
	$(BIN)/python -m bot.training.export --data $(DATA) --negatives build/negatives.npz --out build/reader --kept 0.35 \
		--checkpoint build/reader/73/step-00640.pt build/reader/74/step-00640.pt --before build/reader/contested/reader.pt
	$(BIN)/python -m bot.training.shipped --reader build/reader/reader.int8.onnx --out build/reader/side-by-side
	for seed in 75 76; do $(TRAIN)/$$seed --start build/reader/side-by-side/reader.pt --steps 900 --decay-steps 450 \
		--warmup 40 --rate 1e-4 --mixture apart --rivals build/more-rivals.jsonl --groups 14 --seed $$seed || exit 1; done
	$(BIN)/python -m bot.training.export --data $(DATA) --negatives build/negatives.npz --out build/reader --kept 0.35 \
		--checkpoint build/reader/75/step-00900.pt build/reader/76/step-00900.pt --before build/reader/side-by-side/reader.pt
	$(BIN)/python -m bot.training.shipped --reader build/reader/reader.int8.onnx --out build/reader/alone
	$(TRAIN)/77 --start build/reader/alone/reader.pt --steps 1200 --decay-steps 520 --warmup 40 --rate 1e-4 \
		--mixture apart --rivals build/more-rivals.jsonl --groups 14 --seed 77
	$(TRAIN)/78 --start build/reader/alone/reader.pt --steps 1000 --decay-steps 470 --warmup 40 --rate 1e-4 \
		--mixture answers --groups 20 --seed 78
	$(BIN)/python -m bot.training.export --data $(DATA) --negatives build/negatives.npz --out build/reader --kept 0.35 \
		--checkpoint build/reader/77/step-01200.pt build/reader/78/step-01000.pt --before build/reader/alone/reader.pt
	$(BIN)/python -m bot.training.shipped --reader build/reader/reader.int8.onnx --out build/reader/plain
	$(BIN)/python -m bot.training.rivals --data $(DATA) --negatives build/negatives.npz --reader build/reader/reader.int8.onnx \
		--out build/plain-rivals.jsonl --most 2990
	$(TRAIN)/102 --start build/reader/plain/reader.pt --steps 930 --decay-steps 340 --until 775 --warmup 40 --rate 1e-4 \
		--mixture answers --groups 20 --seed 102
	$(TRAIN)/111 --start build/reader/plain/reader.pt --steps 480 --decay-steps 220 --warmup 30 --rate 1e-4 \
		--mixture apart --rivals build/plain-rivals.jsonl --groups 14 --seed 111
	$(BIN)/python -m bot.training.export --data $(DATA) --negatives build/negatives.npz --out build/reader --kept 0.5 \
		--checkpoint build/reader/102/step-00775.pt build/reader/111/step-00480.pt --before build/reader/plain/reader.pt
	$(BIN)/python -m bot.training.score --data $(DATA) --model build/reader/reader.int8.onnx

encoder: $(VENV)/.training  ## tune the encoder for retrieval and export it: three hours
	@mkdir -p build/encoder
	$(TUNE)
	$(TUNE)/long --start "$$(ls build/encoder/step-*.pt | tail -1)" --steps 1200 --decay-steps 0 --rate 4e-5 --seed 27
	$(BIN)/python -m bot.training.encoder_graph --checkpoint "$$(ls build/encoder/long/step-*.pt | tail -1)" --share 0.7 \
		--out build/encoder/encoder.onnx

bench: $(VENV)/.bench  ## measure time and memory: a cold start, an index, a million passages, the Discord bot
	@mkdir -p results build
	$(BIN)/python -m tests.benchmarks.latency
	$(BIN)/python -m tests.benchmarks.reader
	$(BIN)/python -m tests.benchmarks.answers
	$(BIN)/python -m tests.benchmarks.indexing
	$(BIN)/python -m tests.benchmarks.scale --data $(DATA) --keep build/scale --markdown results/scale.md --plot results/scale.svg
	$(BIN)/python -m tests.discord_server.load --rounds 1

clean:  ## remove what the targets made, but not config.toml
	rm -rf $(VENV) .polyquote build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis

# A stamp for each set of packages: made again only when what it was made from has changed.
$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable .
	@touch $@

$(VENV)/.dev: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[dev]"
	@touch $@ $(VENV)/.run

$(VENV)/.bench: $(VENV)/.dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[dev,bench]"
	@touch $@

$(VENV)/.training: $(VENV)/.dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[dev,training]"
	@touch $@
