# Bonsai. `make` builds, `make demo` shows it, `make check` tests it, `make help` says the rest.
MAKEFLAGS += --no-builtin-rules
SHELL = /bin/bash
CC ?= gcc
ifeq ($(origin CC),default)
CC = gcc
endif
BUILD ?= build
PREFIX ?= /usr/local
VERSION := 0.1.0

PKGS = libzmq libcap libnl-route-3.0 libseccomp msgpack jansson libedit
# Libraries a program links: the agent's own stays small, for it is in every sandbox.
LIBS_NODE = libzmq msgpack
LIBS_DAEMON = libzmq msgpack libcap libnl-route-3.0 libseccomp jansson
LIBS_CLI = libzmq jansson libedit

WARN = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wwrite-strings -Wvla
OPT ?= -O2 -g
CFLAGS_ALL = -std=gnu17 $(WARN) $(OPT) -fstack-protector-strong -fPIE -MMD -MP -I. \
	-D_GNU_SOURCE -DBONSAI_VERSION='"$(VERSION)"' $(SAN) $(shell pkg-config --cflags $(PKGS) 2>/dev/null) $(CFLAGS)
LDFLAGS_ALL = -pie -Wl,-z,relro,-z,now $(SAN) $(LDFLAGS)
libs = $(shell pkg-config --libs $(1))

ifneq ($(SANITIZE),)
SAN = -fsanitize=$(SANITIZE) -fno-omit-frame-pointer
ifeq ($(BUILD),build)
BUILD = build-$(subst $(comma),-,$(SANITIZE))
endif
endif
comma := ,

obj = $(patsubst %.c,$(BUILD)/%.o,$(1))
BASE = $(call obj,$(wildcard base/*.c))
SANDBOX = $(call obj,$(wildcard sandbox/*.c))
NODE = $(call obj,$(filter-out node/bonsai-node.c,$(wildcard node/*.c)))
CONTROLLER = $(call obj,$(filter-out controller/bonsaid.c,$(wildcard controller/*.c)))
CLI = $(call obj,$(filter-out controller/cli/bonsai.c,$(wildcard controller/cli/*.c)))
PROGRAMS = $(BUILD)/bonsai $(BUILD)/bonsaid $(BUILD)/bonsai-node

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
# tests/RING/test_NAME.c becomes a program of its own, linked with everything but the mains.
LIBS_TEST = $(LIBS_DAEMON) libedit cmocka
EVERYTHING = $(CLI) $(CONTROLLER) $(SANDBOX) $(NODE) $(BASE)
test_programs = $(patsubst %.c,$(BUILD)/%,$(wildcard tests/$(1)/test_*.c))
RIG = $(call obj,$(filter-out tests/sandbox/test_%.c,$(wildcard tests/sandbox/*.c)))

$(BUILD)/tests/unit/%: $(BUILD)/tests/unit/%.o $(EVERYTHING)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(call libs,$(LIBS_TEST))
$(BUILD)/tests/sandbox/%: $(BUILD)/tests/sandbox/%.o $(RIG) $(SANDBOX) $(BASE)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(call libs,libcap libnl-route-3.0 libseccomp cmocka)
