# SPDX-License-Identifier: Apache-2.0
# The few commands of weft. Each does its own set-up; the build itself is CMake's (CMakePresets.json).

JOBS ?= $(shell nproc)
DIR  ?= /usr/include
ROWS ?=
PROFILES ?=
LESSON ?=

.PHONY: help demo tour test bench race asan check style format setup clean

help:
	@echo "make demo [DIR=/usr/include]    build the example treesum and run it"
	@echo "make tour [LESSON=18]           the lessons: explanation, program, its output"
	@echo "make test                       build everything and run the tests"
	@echo "make bench [ROWS=yield,fib_20]  measure against Go, Boost.Fiber and std::thread"
	@echo "make bench PROFILES=on          what profiles cost: weft with them off and on, in turns"
	@echo "make race                       the tests in the race build, and the race corpus (clang 19)"
	@echo "make asan                       the tests under AddressSanitizer and UBSan"
	@echo "make check                      the checker's own suite: weft::check against what is known"
	@echo "make style                      format, spelling and the project's own rules"
	@echo "make format                     reformat the C++ sources"
	@echo "make setup                      install the packages that the full CI needs"
	@echo "make clean                      remove build/"

demo:
	@sh ci/setup.sh demo
	@sh ci/build.sh release treesum
	build/release/examples/treesum $(DIR)

tour:
	@sh ci/setup.sh demo
	@sh ci/build.sh release $(if $(LESSON),$$(python3 tour/run.py --targets $(LESSON)),tour)
	@python3 tour/run.py --build build/release $(LESSON)

test:
	@sh ci/setup.sh test
	@sh ci/build.sh dev
	@sh ci/test.sh dev

bench:
	@sh ci/setup.sh bench
	@sh ci/build.sh bench
ifeq ($(PROFILES),)
	python3 bench/run.py --build build/bench $(if $(ROWS),--rows $(ROWS))
else
	python3 bench/profiles.py --build build/bench $(if $(ROWS),--rows $(ROWS))
endif

race:
	@sh ci/setup.sh race
	@sh ci/race.sh

asan:
	@sh ci/setup.sh test
	@sh ci/asan.sh

check:
	@sh ci/setup.sh test
	@sh ci/check.sh

style:
	@sh ci/setup.sh ci
	@sh ci/style.sh

format:
	@sh ci/setup.sh ci
	@sh ci/format.sh --fix

setup:
	@sh ci/setup.sh ci

clean:
	rm -rf build
