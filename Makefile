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

PKGS = libzmq libcap libnl-route-3.0 libseccomp msgpack jansson libedit libarchive libmd zlib libkmod
# Libraries a program links: the agent's own stays small, for it is in every sandbox.
LIBS_NODE = libzmq msgpack
LIBS_DAEMON = libzmq msgpack libcap libnl-route-3.0 libseccomp jansson
LIBS_IMAGES = jansson libarchive libmd zlib
LIBS_CLI = libzmq libedit ncurses libkmod $(LIBS_IMAGES)

PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
WARN = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wwrite-strings -Wvla
OPT ?= -O2 -g
FORTIFY = $(if $(SANITIZE)$(findstring -O0,$(OPT)),,-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
CFLAGS_ALL = -std=gnu17 $(WARN) $(OPT) $(FORTIFY) -fstack-protector-strong -fPIE -MMD -MP -I. \
	-D_GNU_SOURCE -DBONSAI_VERSION='"$(VERSION)"' $(SAN) $(PKG_CFLAGS) $(CFLAGS)
LDFLAGS_ALL = -pie -Wl,-z,relro,-z,now $(SAN) $(LDFLAGS)
libs = $(shell pkg-config --libs $(1))

obj = $(patsubst %.c,$(BUILD)/%.o,$(1))
BASE = $(call obj,$(wildcard base/*.c))
SANDBOX = $(call obj,$(wildcard sandbox/*.c))
NODE = $(call obj,$(filter-out node/bonsai-node.c,$(wildcard node/*.c)))
IMAGES = $(call obj,$(wildcard images/*.c))
# What of it the controller has: nothing that parses, and none of its libraries.
STORE = $(call obj,images/store.c images/walk.c)
CONTROLLER = $(call obj,$(filter-out controller/bonsaid.c,$(wildcard controller/*.c)))
CLI = $(call obj,$(filter-out controller/cli/bonsai.c,$(wildcard controller/cli/*.c)))
# What the host has of virtual machines; the guest's side of them is linked statically, and so never with sanitizers.
GUEST_FILES = $(wildcard vm/guest*.c) vm/frame.c
VM = $(call obj,$(filter-out vm/guest%,$(wildcard vm/*.c)))
PROGRAMS = $(BUILD)/bonsai $(BUILD)/bonsaid $(BUILD)/bonsai-node $(BUILD)/bonsai-guest

.SECONDARY: # objects of tests are kept, not rebuilt
.PHONY: all
all: $(PROGRAMS)

$(BUILD)/bonsai: $(BUILD)/controller/cli/bonsai.o $(CLI) $(BUILD)/controller/rundir.o $(IMAGES) $(VM) $(BASE)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(call libs,$(LIBS_CLI))
$(BUILD)/bonsaid: $(BUILD)/controller/bonsaid.o $(CONTROLLER) $(STORE) $(SANDBOX) $(NODE) $(BASE)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(call libs,$(LIBS_DAEMON))
$(BUILD)/bonsai-node: $(BUILD)/node/bonsai-node.o $(NODE) $(BASE)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(call libs,$(LIBS_NODE))

$(BUILD)/bonsai-guest: $(patsubst %.c,$(BUILD)/%.static.o,$(GUEST_FILES))
	$(CC) -static $(LDFLAGS) -o $@ $^

# Whatever was built with other flags is built anew.
.PHONY: FORCE
$(BUILD)/flags: export FLAGS = $(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL)
$(BUILD)/flags: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' "$$FLAGS" | cmp -s - $@ || printf '%s\n' "$$FLAGS" >$@

$(BUILD)/%.static.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(filter-out $(SAN),$(CFLAGS_ALL)) -c -o $@ $<
$(BUILD)/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_ALL) -c -o $@ $<

-include $(shell find $(BUILD) -type f -name '*.d' 2>/dev/null)

# --- tests -------------------------------------------------------------------------------------
# tests/RING/test_NAME.c becomes a program of its own; those of the unit ring are linked with
# everything but the mains, those of the sandbox ring with sandbox/ and their rig.
LIBS_TEST = $(LIBS_DAEMON) libedit ncurses libkmod $(LIBS_IMAGES) cmocka
EVERYTHING = $(CLI) $(CONTROLLER) $(IMAGES) $(VM) $(SANDBOX) $(NODE) $(BASE)
RIG = $(call obj,$(filter-out tests/sandbox/test_%.c,$(wildcard tests/sandbox/*.c)))
tests_of = $(patsubst %.c,$(BUILD)/%,$(wildcard tests/$(1)/test_*.c))
TESTS = $(call tests_of,unit) $(call tests_of,sandbox) $(FUZZ_TARGETS:%=$(BUILD)/tests/fuzz/replay_%) \
	$(BUILD)/tests/system/hostile $(BUILD)/tests/system/without_ipc.so $(BUILD)/tests/system/stop_at_ready.so \
	$(BUILD)/tests/system/die_at_link.so \
	$(BUILD)/tests/lib/apicall $(BUILD)/tests/soak/soak

$(BUILD)/tests/unit/%: $(BUILD)/tests/unit/%.o $(EVERYTHING)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(call libs,$(LIBS_TEST))
$(BUILD)/tests/sandbox/%: $(BUILD)/tests/sandbox/%.o $(RIG) $(SANDBOX) $(BASE)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(call libs,libcap libnl-route-3.0 libseccomp cmocka)
# A target of the fuzzer: what it is linked with besides base/, and the libraries. tests/fuzz/fuzz_NAME.c is its entry,
# tests/fuzz/corpus/NAME its corpus, which replay_NAME goes through with any compiler.
fuzz_answer = $(addprefix controller/cli/,show.c show_tree.c rows.c top_table.c limit_kinds.c out.c text.c)
fuzz_launcher = $(addprefix sandbox/,server.c fdpass.c reap.c limit.c attend.c join.c outbox.c cgroup.c cgroup_aside.c cgroup_io.c cgroup_place.c hierarchies.c)
fuzz_arguments = controller/caps.c controller/fds.c
fuzz_audit = sandbox/audit_proc.c
fuzz_frame = vm/frame.c vm/console.c
fuzz_image = $(wildcard images/*.c)
fuzz_profile = controller/profile.c controller/caps.c
fuzz_request = $(filter-out $(addprefix controller/,bonsaid.c serve.c loop.c audit.c diagnose.c usage.c),$(wildcard controller/*.c)) \
	images/store.c images/walk.c node/wire.c node/listen.c
fuzz_tell = sandbox/client.c sandbox/proto.c
fuzz_wire = node/wire.c
fuzz_words = $(addprefix controller/cli/,ids.c words.c limit_kinds.c text.c)
fuzz_libs_answer = jansson
fuzz_libs_arguments = jansson libcap
fuzz_libs_image = $(LIBS_IMAGES)
fuzz_libs_profile = libseccomp jansson libcap
fuzz_libs_request = libzmq libseccomp msgpack jansson libcap
fuzz_libs_words = jansson
FUZZ_TARGETS = answer arguments audit frame image launcher profile request tell wire words

.SECONDEXPANSION:
$(BUILD)/tests/fuzz/replay_%: $(BUILD)/tests/fuzz/replay.o $(BUILD)/tests/fuzz/fuzz_%.o $$(call obj,$$(fuzz_$$*)) $(BASE)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(if $(fuzz_libs_$*),$(call libs,$(fuzz_libs_$*)))
$(BUILD)/tests/system/hostile: $(BUILD)/tests/system/hostile.o $(NODE) $(BASE)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(call libs,$(LIBS_NODE))

$(BUILD)/tests/lib/apicall: $(BUILD)/tests/lib/apicall.o $(BASE)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(call libs,libzmq jansson)

SOAK = $(call obj,$(wildcard tests/soak/*.c))
$(BUILD)/tests/soak/soak: $(SOAK) $(BASE)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(call libs,libzmq jansson)

$(BUILD)/tests/system/%.so: tests/system/%.c
	@mkdir -p $(@D)
	$(CC) -I. -D_GNU_SOURCE $(WARN) -shared -fPIC -o $@ $<

.PHONY: tests check quick-check soak lint format fuzz
tests: all $(TESTS)

# Everything: dependencies, lint, every ring as root (when root) and as an ordinary user, then the
# same under the sanitizers, then valgrind, then a minute of soak a backend. RING and TEST name a part of the rings
# (tests/README.md), and then nothing else runs.
check:
	tests/lib/install-deps build check vm
	$(MAKE) -j$(shell nproc) tests
ifeq ($(RING)$(TEST),)
	$(MAKE) -j$(shell nproc) tests SANITIZE=address,undefined
	$(MAKE) -j$(shell nproc) fuzzers
	tests/run lint vm plain sanitized valgrind fuzz soak
else
	RING='$(RING)' TEST='$(TEST)' tests/run plain
endif

# What a change is tried with while it is made.
quick-check: tests
	tests/run plain

# A random load on real trees, then proofs. What it draws is repeated by the SOAK_SEED that it prints.
soak: tests
	BUILD=$(BUILD) SOAK_S=$${SOAK_S:-600} tests/soak/run

lint:
	tests/lint/arrows
	tests/lint/executable
	clang-format --dry-run --Werror $(SOURCES)

# How each file is compiled, for editors and analysers.
compile_commands.json: Makefile
	@$(MAKE) -Bns all tests | python3 -c 'import json, os, sys; json.dump([{"directory": os.getcwd(), "command": line.strip(), \
		"file": line.split()[-1]} for line in sys.stdin if " -c -o " in line], sys.stdout, indent=1)' >$@

SOURCES = $(shell git ls-files '*.c' '*.h')
format:
	clang-format -i $(SOURCES)

# Each target for FUZZ_S seconds, or FUZZ_RUNS executions; tests/fuzz/run says more.
FUZZER = clang -std=gnu17 -g -O1 -D_GNU_SOURCE -DBONSAI_VERSION='"$(VERSION)"' -I. -fsanitize=fuzzer,address,undefined
build-fuzz/fuzz_%: tests/fuzz/fuzz_%.c $$(fuzz_$$*) $(wildcard base/*.c)
	@mkdir -p build-fuzz
	$(FUZZER) -o $@ $(filter %.c,$^) $(if $(fuzz_libs_$*),$(call libs,$(fuzz_libs_$*)))
.PHONY: fuzzers
fuzzers: $(FUZZ_TARGETS:%=build-fuzz/fuzz_%)
fuzz:
	tests/lib/install-deps build check
	$(MAKE) -j$(shell nproc) fuzzers
	tests/fuzz/run $(FUZZ_TARGETS)

# --- showing, measuring, installing ------------------------------------------------------------
.PHONY: demo demo-vm bench bench-deps install uninstall deb check-deb check-units check-vm vagrant-test clean help
demo:
	@tests/lib/install-deps build
	@$(MAKE) --no-print-directory -s -j$(shell nproc) all
	@./demo $(BUILD)/bonsai

demo-vm:
	@tests/lib/install-deps build vm
	@$(MAKE) --no-print-directory -s -j$(shell nproc) all
	@./demo-vm $(BUILD)/bonsai

bench-deps:
	tests/lib/install-deps build bench vm

BENCH = $(addprefix $(BUILD)/tests/bench/,drive floor halt pingpong times)
$(BUILD)/tests/bench/drive: $(call obj,tests/bench/session.c tests/bench/pss.c)
$(BUILD)/tests/bench/floor $(BUILD)/tests/bench/pingpong: $(call obj,tests/bench/nest.c tests/bench/rtnl.c)
# The init of a machine that has no files but this one.
$(BUILD)/tests/bench/halt: tests/bench/halt.c
	@mkdir -p $(@D)
	$(CC) -O2 -static -o $@ $<
# Small and static: what a clone copies of its parent must not slow the floor down.
$(BUILD)/tests/bench/floor: LDFLAGS += -static-pie
$(filter-out %/halt,$(BENCH)): $(BUILD)/tests/bench/%: $(BUILD)/tests/bench/%.o $(BASE)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(if $(filter %/pingpong,$@),$(call libs,libzmq))
bench: all $(BENCH)
	BUILD=$(BUILD) tests/bench/bench

# What is installed, and where: FILE:FOLDER:MODE; what is made on the way lies in $(STAGE). One table for install and
# uninstall, so that neither knows of anything that the other does not.
STAGE = $(BUILD)/install
libexecdir = $(PREFIX)/libexec/bonsai
docdir = $(PREFIX)/share/doc/bonsai
installed = \
	$(BUILD)/bonsai:$(PREFIX)/bin:755 \
	$(patsubst %,$(BUILD)/%:$(libexecdir):755,bonsaid bonsai-node bonsai-guest) \
	$(patsubst %,%:$(PREFIX)/share/man/man1:644,$(wildcard man/*.1)) \
	$(patsubst %,%:$(PREFIX)/share/man/man7:644,$(wildcard man/*.7)) \
	$(patsubst %,%:$(docdir):644,README.md CHANGELOG.md LICENSE $(wildcard docs/*.md docs/*.json) node/wire.abnf) \
	$(patsubst %,%:$(libexecdir)/recipes:755,$(wildcard images/recipes/*)) \
	$(patsubst %,%:$(docdir)/examples:644,$(wildcard docs/examples/*)) \
	$(STAGE)/bonsai@.service:$(PREFIX)/lib/systemd/system:644 \
	$(STAGE)/user/bonsai@.service:$(PREFIX)/lib/systemd/user:644 \
	$(STAGE)/apparmor.d/bonsai:$(PREFIX)/share/bonsai/apparmor.d:644 \
	$(STAGE)/bonsai:$(PREFIX)/share/bash-completion/completions:644 \
	$(STAGE)/_bonsai:$(PREFIX)/share/zsh/site-functions:644 \
	$(STAGE)/bonsai.fish:$(PREFIX)/share/fish/vendor_completions.d:644
# Folders that are ours alone: uninstall takes them too when they are empty.
installed_folders = $(docdir)/examples $(docdir) $(libexecdir)/recipes $(libexecdir) $(PREFIX)/share/bonsai/apparmor.d \
	$(PREFIX)/share/bonsai

install: all
	@mkdir -p $(STAGE)/user $(STAGE)/apparmor.d
	sed 's|@libexecdir@|$(libexecdir)|' systemd/bonsai@.service >$(STAGE)/bonsai@.service
	sed 's|@libexecdir@|$(libexecdir)|' systemd/user/bonsai@.service >$(STAGE)/user/bonsai@.service
	sed 's|@bindir@|$(PREFIX)/bin|; s|@libexecdir@|$(libexecdir)|' packaging/apparmor/bonsai >$(STAGE)/apparmor.d/bonsai
	$(BUILD)/bonsai completion bash >$(STAGE)/bonsai
	$(BUILD)/bonsai completion zsh >$(STAGE)/_bonsai
	$(BUILD)/bonsai completion fish >$(STAGE)/bonsai.fish
	@for entry in $(installed); do \
		IFS=: read -r file folder mode <<<"$$entry" && \
		install -D -m "$$mode" "$$file" "$(DESTDIR)$$folder/$${file##*/}" || exit; \
	done

uninstall:
	@for entry in $(installed); do \
		IFS=: read -r file folder mode <<<"$$entry" && \
		rm -f "$(DESTDIR)$$folder/$${file##*/}" || exit; \
	done
	@for folder in $(installed_folders); do \
		if [ -d "$(DESTDIR)$$folder" ]; then rmdir --ignore-fail-on-non-empty "$(DESTDIR)$$folder"; fi || exit; \
	done

# A package for the Debian that this is; check-deb tries it in a fresh one, from a mirror.
deb: all
	@tests/lib/install-deps build deb
	@BUILD=$(BUILD) VERSION=$(VERSION) packaging/deb

check-deb: deb
	tests/deb/try-deb $(BUILD)/bonsai_$(VERSION)_$$(dpkg --print-architecture).deb

# The units under a systemd of their own; needs root and a version 2 cgroup.
check-units: all
	BUILD=$(BUILD) tests/systemd/try-units

# In kernels of their own (user-mode Linux, and Debian 12's and 11's under QEMU): limits, units, what docs/requirements.md says,
# and the rings. An hour; no privileges.
check-vm: all
	tests/lib/install-deps build check vm
	$(MAKE) -j$(shell nproc) tests
	tests/run vm rings

# A box, a machine from it, and its tree; as root. vagrant/README.md says more.
vagrant-test: all
	@tests/lib/install-deps build deb vagrant
	vagrant/test

clean:
	rm -rf build build-address-undefined build-fuzz build-vm

help:
	@echo 'make              build into build/ (needs the [build] packages of packages.txt)'
	@echo 'make demo         dependencies, build, and a tree that grows and vanishes on your screen'
	@echo 'make demo-vm      the same in a virtual machine, with faults and limits'
	@echo 'make check        dependencies, build, lint, all tests'
	@echo 'make check RING=system TEST="exec*"   some of them, see tests/README.md'
	@echo 'make quick-check  build and run the tests once, as you are'
	@echo 'make soak         a random load on real trees for SOAK_S seconds (600), then proofs'
	@echo 'make bench        measure beside peers (make bench-deps installs those)'
	@echo 'make fuzz         fuzz each parser for FUZZ_S seconds (60), or FUZZ_RUNS executions'
	@echo 'make deb          a Debian package in build/; make check-deb tries it in a fresh Debian'
	@echo 'make check-units  the systemd units under a systemd of their own'
	@echo 'make check-vm     the tests that depend on the kernel in user-mode Linux, and in Linux 6.1 and 5.10 by QEMU'
	@echo 'make vagrant-test a Vagrant box, a machine from it and a tree there (as root)'
	@echo 'make lint, format, install DESTDIR= PREFIX=, uninstall, clean; SANITIZE=address,undefined'

