# fx - small filters that run fulfilment by explicit ownership.
# `make demo` and `make check` need nothing but make, a compiler and Debian's packages.

PREFIX ?= /usr/local
DESTDIR ?=
BINDIR = $(DESTDIR)$(PREFIX)/bin
MANDIR = $(DESTDIR)$(PREFIX)/share/man
DATADIR = $(DESTDIR)$(PREFIX)/share/fx
BASHDIR = $(DESTDIR)$(PREFIX)/share/bash-completion/completions
ZSHDIR = $(DESTDIR)$(PREFIX)/share/zsh/site-functions

# Public data for tests, outside the project: tests skip aloud where absent.
SUITES ?= ../shared/suites
DATA ?=

CC ?= cc
CFLAGS ?= -O2 -g
WARN = -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wvla \
       -Wmissing-prototypes
SAN ?=
BUILD = build$(if $(SAN),/san-$(subst $(comma),-,$(SAN)))
comma = ,
SANFLAGS = $(if $(SAN),-fsanitize=$(SAN) -fno-omit-frame-pointer -fno-sanitize-recover=all)

LIBS_PC = jansson yaml-0.1 libcrypto libpcre2-8 lmdb libcurl libzstd
DEBS = gcc make pkg-config libjansson-dev libyaml-dev libssl-dev libpcre2-dev liblmdb-dev \
       libcurl4-openssl-dev libzstd-dev
DEBS_DEMO = jq
DEBS_CHECK = check jq sqlite3 perl strace zstd mandoc shellcheck openssl procps xxd python3

PKG_CFLAGS := $(shell pkg-config --cflags $(LIBS_PC) 2>/dev/null)
PKG_LIBS := $(shell pkg-config --libs $(LIBS_PC) 2>/dev/null)
CHECK_CFLAGS := $(shell pkg-config --cflags check 2>/dev/null)
CHECK_LIBS := $(shell pkg-config --libs check 2>/dev/null)

CPPFLAGS_FX = -Ilib -D_POSIX_C_SOURCE=200809L -D_DEFAULT_SOURCE $(PKG_CFLAGS) $(CPPFLAGS)
CFLAGS_FX = -std=c11 $(WARN) $(CFLAGS) $(SANFLAGS)
LDFLAGS_FX = $(LDFLAGS) $(SANFLAGS)

# The rooms in order: a room includes only rooms named before it.
ROOMS = base json contract import rules ledger task send report
ARCHIVES = $(foreach r,$(ROOMS),$(BUILD)/lib/$(r).a)
# The linker wants users before what they use.
LINK_ORDER = $(foreach r,report send task ledger rules import contract json base,$(BUILD)/lib/$(r).a)

CMDS = $(patsubst cmd/%.c,%,$(wildcard cmd/fx-*.c))
SCRIPTS = $(patsubst cmd/%.sh,%,$(wildcard cmd/fx-*.sh))
BINS = $(addprefix $(BUILD)/bin/,$(CMDS) $(SCRIPTS))
MANS = $(wildcard man/*.[1-8])

ROOM ?=
UNIT_SRC = $(wildcard tests/unit/$(if $(ROOM),$(ROOM)_*,*).c)
UNITS = $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(UNIT_SRC))
FUZZ_SRC = $(wildcard tests/fuzz/$(if $(ROOM),$(ROOM)_*,*_*).c)
REPLAYS = $(patsubst tests/fuzz/%.c,$(BUILD)/replay/%,$(FUZZ_SRC))
FUZZERS = $(patsubst tests/fuzz/%.c,$(BUILD)/fuzz/%,$(FUZZ_SRC))
TOOLS = $(patsubst tests/tools/%.c,$(BUILD)/tools/%,$(wildcard tests/tools/*.c))
SHELL_TESTS = $(wildcard tests/t/$(if $(ROOM),$(ROOM)-*,*).t)
FUZZ_SECONDS ?= 60

.PHONY: all tools demo check check-build check-run bench fuzz conformance install install-completion uninstall clean deps deps-check
all: $(ARCHIVES) $(BINS)
tools: $(TOOLS)

define room_rules
$(1)_OBJ = $$(patsubst lib/%.c,$$(BUILD)/lib/%.o,$$(wildcard lib/$(1)/*.c))
$$(BUILD)/lib/$(1).a: $$($(1)_OBJ)
	@mkdir -p $$(@D)
	@rm -f $$@
	ar rcs $$@ $$($(1)_OBJ)
endef
$(foreach r,$(ROOMS),$(eval $(call room_rules,$(r))))

$(BUILD)/lib/%.o: lib/%.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS_FX) $(CFLAGS_FX) -MMD -MP -c -o $@ $<

$(BUILD)/bin/%: cmd/%.c $(ARCHIVES)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS_FX) $(CFLAGS_FX) -MMD -MP -MF $(BUILD)/cmd-$*.d -o $@ $< $(LDFLAGS_FX) \
	    $(LINK_ORDER) $(PKG_LIBS) -lm -lpthread

$(BUILD)/bin/%: cmd/%.sh
	@mkdir -p $(@D)
	install -m 755 $< $@

$(BUILD)/unit/%: tests/unit/%.c $(ARCHIVES)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS_FX) $(CHECK_CFLAGS) $(CFLAGS_FX) -Wno-pedantic -Wno-conversion -MMD -MP \
	    -o $@ $< $(LDFLAGS_FX) $(LINK_ORDER) $(CHECK_LIBS) $(PKG_LIBS) -lm -lpthread

$(BUILD)/replay/%: tests/fuzz/%.c tests/fuzz/replay.c $(ARCHIVES)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS_FX) $(CFLAGS_FX) -MMD -MP -MF $@.d -o $@ $< tests/fuzz/replay.c \
	    $(LDFLAGS_FX) $(LINK_ORDER) $(PKG_LIBS) -lm -lpthread

$(BUILD)/tools/%: tests/tools/%.c $(ARCHIVES)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS_FX) $(CFLAGS_FX) -MMD -MP -MF $@.d -o $@ $< $(LDFLAGS_FX) $(LINK_ORDER) \
	    $(PKG_LIBS) -lm -lpthread

# libFuzzer wants the library instrumented, too: compiled again, by clang.
FUZZ_FLAGS = -std=c11 -g -O1 -fno-sanitize-recover=all -MMD -MP
FUZZ_OBJ = $(patsubst lib/%.c,$(BUILD)/fuzzlib/%.o,$(wildcard $(foreach r,$(ROOMS),lib/$(r)/*.c)))
$(BUILD)/fuzzlib/%.o: lib/%.c
	@mkdir -p $(@D)
	clang $(CPPFLAGS_FX) $(FUZZ_FLAGS) -fsanitize=fuzzer-no-link,address,undefined -c -o $@ $<

$(BUILD)/fuzzlib.a: $(FUZZ_OBJ)
	@rm -f $@
	ar rcs $@ $(FUZZ_OBJ)

$(BUILD)/fuzz/%: tests/fuzz/%.c $(BUILD)/fuzzlib.a
	@mkdir -p $(@D)
	clang $(CPPFLAGS_FX) $(FUZZ_FLAGS) -MF $@.d -fsanitize=fuzzer,address,undefined -o $@ $< \
	    $(BUILD)/fuzzlib.a $(PKG_LIBS) -lm -lpthread

# deps: what is missing of Debian's packages; nothing when all is there.
deps:
	@tests/deps.sh $(DEBS) $(DEBS_DEMO)
deps-check:
	@tests/deps.sh $(DEBS) $(DEBS_DEMO) $(DEBS_CHECK)

# Sub-makes, because pkg-config is asked once, when a makefile is read.
demo: deps
	@$(MAKE) --no-print-directory -s -j4 all
	@DATA="$(DATA)" tests/demo.sh

check: deps-check
	@$(MAKE) --no-print-directory -s -j4 check-build
	@$(MAKE) --no-print-directory -s check-run

check-build: $(BINS) $(UNITS) $(REPLAYS) $(TOOLS)
check-run:
	@FX_BUILD=$(CURDIR)/$(BUILD) FX_SUITES="$(abspath $(SUITES))" \
	    FX_DATA="$(abspath $(if $(DATA),$(DATA),../shared/data))" FX_SAN="$(SAN)" \
	    tests/run.sh "$(ROOM)" $(UNITS) -- $(REPLAYS) -- $(SHELL_TESTS)

bench: deps-check
	@$(MAKE) --no-print-directory -s -j4 all tools
	@FX_BUILD=$(CURDIR)/$(BUILD) tests/bench/run.sh

conformance: deps-check
	@$(MAKE) --no-print-directory -s -j4 all tools
	@FX_BUILD=$(CURDIR)/$(BUILD) FX_SUITES="$(abspath $(SUITES))" tests/conformance.sh

fuzz: deps-check
	@$(MAKE) --no-print-directory -s -j2 $(FUZZERS)
	@FUZZ_SECONDS=$(FUZZ_SECONDS) FUZZ_RUNS=$(FUZZ_RUNS) tests/fuzz/run.sh $(FUZZERS)

install: all
	install -d $(BINDIR) $(MANDIR)/man1 $(MANDIR)/man5 $(MANDIR)/man7 $(DATADIR)
	install -m 755 $(BINS) $(BINDIR)
	for m in $(MANS); do install -m 644 $$m $(MANDIR)/man$${m##*.}; done
	cp -R rules.d $(DATADIR)/example-rules.d
	@$(MAKE) --no-print-directory -s install-completion

# bash-completion looks for a file of the command's name.
install-completion:
	install -d $(BASHDIR) $(ZSHDIR)
	install -m 644 cmd/completion/fx.bash $(BASHDIR)/fx.bash
	for b in $(CMDS) $(SCRIPTS); do ln -sf fx.bash $(BASHDIR)/$$b; done
	install -m 644 cmd/completion/_fx $(ZSHDIR)/_fx

uninstall:
	rm -f $(BASHDIR)/fx.bash $(ZSHDIR)/_fx
	for b in $(CMDS) $(SCRIPTS); do rm -f $(BASHDIR)/$$b; done
	for b in $(CMDS) $(SCRIPTS); do rm -f $(BINDIR)/$$b; done
	for m in $(notdir $(MANS)); do rm -f $(MANDIR)/man$${m##*.}/$$m; done
	rm -rf $(DATADIR)

clean:
	rm -rf build demo

-include $(wildcard $(BUILD)/lib/*/*.d $(BUILD)/fuzzlib/*/*.d $(BUILD)/*.d $(BUILD)/unit/*.d $(BUILD)/replay/*.d $(BUILD)/tools/*.d)
