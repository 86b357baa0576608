# `make test` runs every check; CI does the same.
CARGO ?= cargo
PIPELINES = $(wildcard pipelines/*.toml)
TEXTMILL = $(CARGO) run --quiet --locked --

.PHONY: browser loaders test fmt clippy doc check pipelines properties deny generate bench torture torture-quick fuzz fuzz-long fuzz-control

# Random cases are the same in every run, so that a change is judged by what it changed; another SEED looks elsewhere.
SEED ?= 1
export PROPTEST_RNG_SEED := $(SEED)

test: fmt clippy doc check pipelines deny

fmt:
	$(CARGO) fmt --all --check

clippy:
	$(CARGO) clippy --locked --all-targets -- -D warnings

doc:
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --locked --no-deps

check:
	$(CARGO) test --locked --lib --bins --tests

pipelines:
	$(TEXTMILL) validate $(PIPELINES)
	$(TEXTMILL) test $(PIPELINES)

# Properties on many more cases than the few seconds of `make check` allow; for 100,000, PROFILE=torture. They say
# nothing about power cuts, so they need not wait for a disk.
CASES ?= 2000
PROFILE ?= test

properties:
	TMPDIR=$(or $(wildcard /dev/shm),$(TMPDIR),/tmp) TEXTMILL_CASES=$(CASES) PROPTEST_CASES=$(CASES) \
		$(CARGO) test --locked --profile $(PROFILE) --lib --test it -- \
		properties:: damage:: formats:: tables::damaged a_replay_loses_nothing tests::

# Needs cargo-deny; advisories need their database, which has to be fetched.
deny:
	@if ! $(CARGO) deny --version >/dev/null 2>&1; then \
		echo "SKIPPED: licences and advisories need cargo-deny: cargo install --locked cargo-deny"; \
	elif $(CARGO) deny --locked fetch db >/dev/null 2>&1; then $(CARGO) deny --locked check --hide-inclusion-graph; \
	else echo "SKIPPED: the database of advisories cannot be fetched"; \
		$(CARGO) deny --locked check --hide-inclusion-graph licenses bans sources; fi

# Loads real output with the libraries that docs/output.md shows, in an environment of their own.
VENV = $(TARGET)/loaders

loaders:
	$(CARGO) build --locked
	@if python3 -m venv $(VENV) && $(VENV)/bin/pip install -q --disable-pip-version-check -r tools/loaders/requirements.txt; \
	then $(VENV)/bin/python tools/loaders --bin $(TARGET)/debug/textmill; \
	else echo "SKIPPED: loading output with datasets, polars, DuckDB and pandas: their packages cannot be installed"; fi

# Looks at the page of a run in a headless Chromium; PICTURES=DIR keeps pictures for people.
browser:
	$(CARGO) build --locked
	python3 tools/browser --bin $(TARGET)/debug/textmill $(if $(PICTURES),--pictures $(PICTURES))

generate:
	$(CARGO) run --locked --example generate

bench:
	$(CARGO) bench --locked

# Needs cargo-fuzz (`cargo install --locked cargo-fuzz`); the stable toolchain will do.
FUZZ = $(notdir $(basename $(wildcard fuzz/fuzz_targets/*.rs)))
FUZZ_SECONDS ?= 60
LIBFUZZER = -timeout=5 -rss_limit_mb=512 -print_final_stats=1 -seed=$(SEED)

fuzz:
	@if $(CARGO) fuzz --version >/dev/null 2>&1; then \
		$(CARGO) fuzz build -s none && $(MAKE) $(FUZZ:%=fuzz-%) && $(MAKE) fuzz-control; \
	else echo "SKIPPED: fuzzing needs cargo-fuzz: cargo install --locked cargo-fuzz"; fi

fuzz-long:
	$(MAKE) fuzz FUZZ_SECONDS=600 SEED=0

# The kept corpus first, then new inputs, which are not kept.
fuzz-%:
	$(CARGO) fuzz run -s none $* fuzz/corpus/$* -- $(LIBFUZZER) -runs=0
	@mkdir -p fuzz/found/$*
	$(CARGO) fuzz run -s none $* fuzz/found/$* fuzz/corpus/$* -- $(LIBFUZZER) -max_total_time=$(FUZZ_SECONDS)

# A fuzzer that does not find a planted bug of five bytes looks nowhere.
fuzz-control:
	@mkdir -p fuzz/found/control
	@if TEXTMILL_PLANTED=1 $(CARGO) fuzz run -s none line_cutter fuzz/found/control fuzz/corpus/line_cutter -- \
		-seed=$(SEED) -max_total_time=60 >/dev/null 2>&1; then echo "fuzz-control: the planted bug was not found"; exit 1; \
	else rm -rf fuzz/artifacts/line_cutter; echo "fuzz-control: the planted bug was found"; fi

# Faults on purpose; TORTURE="--badinputs DIR --only kill" and the like are passed on. The page has the last
# figures of each part, whichever was run now.
TARGET = $(or $(CARGO_TARGET_DIR),target)

torture:
	$(CARGO) build --locked --profile torture
	python3 tools/torture --bin $(TARGET)/torture/textmill --long --results docs/torture.json --out docs/torture.md \
		$(TORTURE)

torture-quick:
	$(CARGO) build --locked
	python3 tools/torture --bin $(TARGET)/debug/textmill $(TORTURE)
