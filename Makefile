# Everything a person types while working on huntsync. Only Go, git and make
# are needed (Debian: apt-get install make git); the linters are built on first
# use from .ci/tools, at pinned versions, so nothing is installed by hand.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
TOOL := go tool -modfile=.ci/tools/go.mod
FUZZ_SECONDS ?= 3

.PHONY: help
help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: ## watch simulated Huntress incidents become simulated AlgaPSA tickets
	@go run ./cmd/huntsync demo

.PHONY: build
build: ## build bin/huntsync, one static binary
	CGO_ENABLED=0 go build -trimpath -ldflags '-X main.version=$(VERSION)' -o bin/huntsync ./cmd/huntsync

.PHONY: test
test: ## run all tests
	go test -timeout 30m ./...

.PHONY: race
race: ## run the tests under the race detector, in random order, the longest left out (needs a C compiler)
	CGO_ENABLED=1 go test -timeout 30m -race -short -shuffle=on ./...

RECORDS ?=

.PHONY: bench
bench: ## run all benchmarks; with RECORDS=1000000 on a state of so many records as well
	HUNTSYNC_BENCH_RECORDS=$(RECORDS) go test -timeout 0 -run '^$$' -bench . -benchmem ./...

SECONDS ?= 60
SEEDS ?=

.PHONY: sim
sim: ## play disasters against the whole program for SECONDS (default 60) or SEEDS: nothing lost, nothing doubled
	HUNTSYNC_SIM_SEEDS=$(SEEDS) HUNTSYNC_SIM_SECONDS=$(if $(SEEDS),,$(SECONDS)) go test -count=1 -timeout 0 -v -run 'TestSimulation$$' ./cmd/huntsync

ACCOUNTS ?= 1000
HOURLY ?= 83

.PHONY: load
load: ## work ACCOUNTS (default 1000) with HOURLY (default 83) incidents for a simulated hour, on three replicas
	HUNTSYNC_LOAD_ACCOUNTS=$(ACCOUNTS) HUNTSYNC_LOAD_HOURLY=$(HOURLY) go test -count=1 -timeout 0 -v -run 'TestLoad$$' ./cmd/huntsync

KILLS ?= 200

.PHONY: kill
kill: ## kill the real program KILLS times (default 200) for each kind of state: nothing lost, nothing doubled
	HUNTSYNC_KILLS=$(KILLS) go test -count=1 -timeout 0 -v -run 'TestKill$$' ./cmd/huntsync

.PHONY: mutations
mutations: ## plant bugs, and see each of them found by the simulation
	HUNTSYNC_MUTATIONS=1 go test -count=1 -timeout 0 -v -run 'TestMutations$$' ./cmd/huntsync

.PHONY: fuzz
fuzz: ## run every fuzz target for FUZZ_SECONDS (default 3) each
	@.ci/fuzz $(FUZZ_SECONDS)

.PHONY: fmt
fmt: ## format all Go code
	$(TOOL) gofumpt -w .

.PHONY: fmt-check
fmt-check: ## fail when some Go code is not formatted
	@unformatted=$$($(TOOL) gofumpt -l .); \
	if [[ -n $$unformatted ]]; then printf 'Not formatted, run "make fmt":\n%s\n' "$$unformatted" >&2; exit 1; fi

.PHONY: vet
vet: ## run go vet
	go vet ./...

.PHONY: lint
lint: ## run all linters, the import arrows of the design included
	@.ci/sleeps
	$(TOOL) golangci-lint run

.PHONY: tidy-check
tidy-check: ## fail when go.mod or go.sum are not tidy
	go mod tidy -diff

.PHONY: vuln
vuln: ## look for known vulnerabilities in what is really called
	@.ci/vuln || [[ $$? -eq 77 ]]

.PHONY: reproducible
reproducible: ## build the last commit twice, in two places, and compare the bytes
	@.ci/reproducible

.PHONY: check
check: ## everything CI does
	@.ci/run
