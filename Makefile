# `make test` runs every check; CI does the same.
CARGO ?= cargo
PIPELINES = $(wildcard pipelines/*.toml)
TEXTMILL = $(CARGO) run --quiet --locked --

.PHONY: test fmt clippy doc check pipelines generate bench torture torture-quick

test: fmt clippy doc check pipelines

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

generate:
	$(CARGO) run --locked --example generate

bench:
	$(CARGO) bench --locked

# Faults on purpose; TORTURE="--badinputs DIR --only kill" and the like are passed on.
DEBUG = $(or $(CARGO_TARGET_DIR),target)/debug/textmill

torture:
	$(CARGO) build --locked
	python3 tools/torture --bin $(DEBUG) --long --out docs/torture.md $(TORTURE)

torture-quick:
	$(CARGO) build --locked
	python3 tools/torture --bin $(DEBUG) $(TORTURE)
