# Bonsai. `make` builds, `make demo` shows it, `make check` tests it, `make help` lists the rest.
MAKEFLAGS += --no-builtin-rules
SHELL = /bin/bash
CC = gcc
PREFIX ?= /usr/local
DESTDIR ?=
VERSION := 0.1.0
comma := ,

# SANITIZE=address,undefined builds into a folder of its own.
SANITIZE ?=
ifneq ($(SANITIZE),)
SAN = -fsanitize=$(SANITIZE) -fno-omit-frame-pointer
BUILD ?= build-$(subst $(comma),-,$(SANITIZE))
endif
BUILD ?= build

PKGS = libzmq libcap libnl-route-3.0 libseccomp msgpack jansson libedit
# Libraries a program links: the agent's own stays small, for it is in every sandbox.
LIBS_NODE = libzmq msgpack
LIBS_DAEMON = libzmq msgpack libcap libnl-route-3.0 libseccomp jansson
LIBS_CLI = libzmq jansson libedit

PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
WARN = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wwrite-strings -Wvla
OPT ?= -O2 -g
CFLAGS_ALL = -std=gnu17 $(WARN) $(OPT) -fstack-protector-strong -fPIE -MMD -MP -I. \
	-D_GNU_SOURCE -DBONSAI_VERSION='"$(VERSION)"' $(SAN) $(PKG_CFLAGS) $(CFLAGS)
LDFLAGS_ALL = -pie -Wl,-z,relro,-z,now $(SAN) $(LDFLAGS)
libs = $(shell pkg-config --libs $(1))

obj = $(patsubst %.c,$(BUILD)/%.o,$(1))
BASE = $(call obj,$(wildcard base/*.c))
SANDBOX = $(call obj,$(wildcard sandbox/*.c))
NODE = $(call obj,$(filter-out node/bonsai-node.c,$(wildcard node/*.c)))
CONTROLLER = $(call obj,$(filter-out controller/bonsaid.c,$(wildcard controller/*.c)))
CLI = $(call obj,$(filter-out controller/cli/bonsai.c,$(wildcard controller/cli/*.c)))
PROGRAMS = $(BUILD)/bonsai $(BUILD)/bonsaid $(BUILD)/bonsai-node

.SECONDARY: # objects of tests are kept, not rebuilt
.PHONY: all
all: $(PROGRAMS)

$(BUILD)/bonsai: $(BUILD)/controller/cli/bonsai.o $(CLI) $(BUILD)/controller/rundir.o $(BASE)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(call libs,$(LIBS_CLI))
$(BUILD)/bonsaid: $(BUILD)/controller/bonsaid.o $(CONTROLLER) $(SANDBOX) $(NODE) $(BASE)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(call libs,$(LIBS_DAEMON))
$(BUILD)/bonsai-node: $(BUILD)/node/bonsai-node.o $(NODE) $(BASE)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(call libs,$(LIBS_NODE))

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_ALL) -c -o $@ $<

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

# --- tests -------------------------------------------------------------------------------------
# tests/RING/test_NAME.c becomes a program of its own; those of the unit ring are linked with
# everything but the mains, those of the sandbox ring with sandbox/ and their rig.
LIBS_TEST = $(LIBS_DAEMON) libedit cmocka
EVERYTHING = $(CLI) $(CONTROLLER) $(SANDBOX) $(NODE) $(BASE)
RIG = $(call obj,$(filter-out tests/sandbox/test_%.c,$(wildcard tests/sandbox/*.c)))
tests_of = $(patsubst %.c,$(BUILD)/%,$(wildcard tests/$(1)/test_*.c))
TESTS = $(call tests_of,unit) $(call tests_of,sandbox) $(BUILD)/tests/fuzz/replay_wire \
	$(BUILD)/tests/system/hostile $(BUILD)/tests/system/without_ipc.so

$(BUILD)/tests/unit/%: $(BUILD)/tests/unit/%.o $(EVERYTHING)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(call libs,$(LIBS_TEST))
$(BUILD)/tests/sandbox/%: $(BUILD)/tests/sandbox/%.o $(RIG) $(SANDBOX) $(BASE)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(call libs,libcap libnl-route-3.0 libseccomp cmocka)
$(BUILD)/tests/fuzz/replay_%: $(BUILD)/tests/fuzz/replay.o $(BUILD)/tests/fuzz/fuzz_%.o $(NODE) $(BASE)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(call libs,$(LIBS_NODE))
$(BUILD)/tests/system/hostile: $(BUILD)/tests/system/hostile.o $(NODE) $(BASE)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(call libs,$(LIBS_NODE))

$(BUILD)/tests/system/without_ipc.so: tests/system/without_ipc.c
	@mkdir -p $(@D)
	$(CC) $(WARN) -shared -fPIC -o $@ $<

.PHONY: tests check quick-check lint format fuzz
tests: all $(TESTS)

# Everything: dependencies, lint, every ring as root (when root) and as an ordinary user, then the
# same under the sanitizers, then valgrind. tests/run says how to run less.
check:
	tests/lib/install-deps build check
	$(MAKE) -j$(shell nproc) tests
	$(MAKE) -j$(shell nproc) tests SANITIZE=address,undefined
	tests/run lint plain sanitized valgrind

# What a change is tried with while it is made.
quick-check: tests
	tests/run plain

lint:
	tests/lint/arrows
	clang-format --dry-run --Werror $(SOURCES)

SOURCES = $(shell git ls-files '*.c' '*.h')
format:
	clang-format -i $(SOURCES)

# Bounded; grows the corpus that `make check` replays. FUZZ_S says how long.
FUZZ_S ?= 60
fuzz:
	tests/lib/install-deps build check
	@mkdir -p build-fuzz
	clang -std=gnu17 -g -O1 -D_GNU_SOURCE -I. -fsanitize=fuzzer,address,undefined \
		-o build-fuzz/fuzz_wire tests/fuzz/fuzz_wire.c node/wire.c
	build-fuzz/fuzz_wire -max_total_time=$(FUZZ_S) -max_len=4096 tests/fuzz/corpus/wire

# --- showing, measuring, installing ------------------------------------------------------------
.PHONY: demo bench bench-deps install clean help
demo:
	@tests/lib/install-deps build
	@$(MAKE) --no-print-directory -s -j$(shell nproc) all
	@./demo $(BUILD)/bonsai

bench-deps:
	tests/lib/install-deps build bench

BENCH = $(addprefix $(BUILD)/tests/bench/,drive floor pingpong times)
$(BUILD)/tests/bench/drive: $(call obj,tests/bench/session.c tests/bench/pss.c)
$(BUILD)/tests/bench/floor $(BUILD)/tests/bench/pingpong: $(call obj,tests/bench/nest.c tests/bench/rtnl.c)
# Small and static: what a clone copies of its parent must not slow the floor down.
$(BUILD)/tests/bench/floor: LDFLAGS += -static-pie
$(BENCH): $(BUILD)/tests/bench/%: $(BUILD)/tests/bench/%.o $(BASE)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(if $(filter %/pingpong,$@),$(call libs,libzmq))
bench: all $(BENCH)
	BUILD=$(BUILD) tests/bench/bench

install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/libexec/bonsai \
		$(DESTDIR)$(PREFIX)/share/man/man1 \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions \
		$(DESTDIR)$(PREFIX)/share/zsh/site-functions \
		$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d
	install $(BUILD)/bonsai $(DESTDIR)$(PREFIX)/bin
	install $(BUILD)/bonsaid $(BUILD)/bonsai-node $(DESTDIR)$(PREFIX)/libexec/bonsai
	install -m 644 man/*.1 $(DESTDIR)$(PREFIX)/share/man/man1
	install -m 644 completions/bonsai.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/bonsai
	install -m 644 completions/bonsai.zsh $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_bonsai
	install -m 644 completions/bonsai.fish $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d

clean:
	rm -rf build build-address-undefined build-fuzz

help:
	@echo 'make              build into build/ (needs the [build] packages of packages.txt)'
	@echo 'make demo         dependencies, build, and a tree that grows and vanishes on your screen'
	@echo 'make check        dependencies, build, lint, all tests'
	@echo 'make quick-check  build and run the tests once, as you are'
	@echo 'make bench        measure beside peers (make bench-deps installs those)'
	@echo 'make fuzz         fuzz the parsers for FUZZ_S seconds'
	@echo 'make lint, format, install DESTDIR= PREFIX=, clean; SANITIZE=address,undefined'

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
