# Two commands are enough: `make demo` and `make test`. Both do their own set-up.
# The work is in Scripts/, one script a target, so that each can be read and run alone.

.DEFAULT_GOAL := help
.PHONY: help demo test build lint format sim bench bench-fl bench-ledger conformance conformance-fl
.PHONY: soak fuzz proto clean

help: ## Say what can be made (the default)
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

demo: ## Train one model on five peers of this machine, no server; ARGS="..." for more options
	@Scripts/demo.sh $(ARGS)

test: ## Run every test, and the checks against go-libp2p and py-libp2p
	@Scripts/test.sh

build: ## Build everything (debug)
	@Scripts/build.sh

lint: ## Check formatting and the rules of Scripts/tidy.sh
	@Scripts/lint.sh

format: ## Format all Swift sources in place
	@Scripts/format.sh

sim: ## Play every scenario with up to 1,000 simulated peers; ARGS="..." for some of them
	@Scripts/sim.sh $(ARGS)

bench: ## Measure, beside the peers' own figures on this machine
	@Scripts/bench.sh $(ARGS)

bench-fl: ## Measure FedLearn beside Flower, NumPy, SciPy, PyTorch and Opacus
	@Scripts/bench-fl.sh $(ARGS)

bench-ledger: ## Measure the EVM beside pyrevm, transfers, block import, a large state, JSON-RPC
	@Scripts/bench-ledger.sh $(ARGS)

conformance: ## Run Ethereum's public test vectors, all of them, found in VECTORS=DIR
	@Scripts/conformance.sh $(VECTORS)

conformance-fl: ## Run the golden vectors of FedLearn, the package's own or those in VECTORS=DIR
	@Scripts/conformance-fl.sh $(VECTORS)

soak: ## Kill a ledger under load 2,000 times (KILLS), at random moments
	@Scripts/soak.sh

fuzz: ## Run each fuzz target for FUZZ_SECONDS (60) against its corpus; ARGS="Yamux ..." for some
	@Scripts/fuzz.sh $(ARGS)

proto: ## Generate the *.pb.swift files from the *.proto files beside them
	@Scripts/proto.sh

clean: ## Remove what was built (the interop peers in .lab stay)
	@rm -rf .build .build-fuzz .demo
	@echo "make clean: done"
