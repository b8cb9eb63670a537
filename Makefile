# qbench -- every object is discovered: a new .c file in a folder is a new object.
#   make deps run     install what is missing, build, measure
#   make deps check   install what is missing, build, pass every test

ifneq ($(and $(filter deps,$(MAKECMDGOALS)),$(filter-out deps,$(MAKECMDGOALS))),)
# What comes with `deps` starts in a make of its own once deps is done, so that pkg-config is asked
# about what deps has just installed.
OTHERS := $(filter-out deps,$(MAKECMDGOALS))
$(firstword $(OTHERS)): deps
	@$(MAKE) --no-print-directory $(OTHERS)
$(wordlist 2,99,$(OTHERS)): $(firstword $(OTHERS)) ; @:
deps: ; @.ci/deps
.PHONY: deps $(OTHERS)
else

BUILD   ?= release
O       := build/$(BUILD)
VERSION := 0.1.0
COMMIT  := $(shell git describe --always --dirty --abbrev=12 2>/dev/null)
prefix  ?= /usr/local
bindir  ?= $(prefix)/bin
includedir ?= $(prefix)/include
libdir  ?= $(prefix)/lib
mandir  ?= $(prefix)/share/man
bashcompletiondir ?= $(prefix)/share/bash-completion/completions
zshcompletiondir  ?= $(prefix)/share/zsh/site-functions
fishcompletiondir ?= $(prefix)/share/fish/vendor_completions.d

CFLAGS_release := -O2 -g
CFLAGS_debug   := -O0 -g3
CFLAGS_asan    := -O1 -g1 -fno-omit-frame-pointer
CFLAGS_tsan    := -O1 -g1
CFLAGS         ?= $(CFLAGS_$(BUILD))
# The sanitizers stay where CFLAGS is given by hand.  What they add confuses two warnings of gcc.
SANITIZE_asan  := -fsanitize=address,undefined -fno-sanitize-recover=undefined \
                  -Wno-format-truncation -Wno-maybe-uninitialized
SANITIZE_tsan  := -fsanitize=thread -Wno-maybe-uninitialized
SANITIZE       := $(SANITIZE_$(BUILD))
$(if $(CFLAGS_$(BUILD)),,$(error unknown BUILD=$(BUILD); use release, debug, asan or tsan))
PKGS    := hwloc jansson
WARN    := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes \
           -Wmissing-prototypes -Wvla -Wformat=2 -Wundef -Werror
# libpfm4 has no .pc file everywhere; `make PFM=` builds without it.  musl has argp in a library.
PFM     ?= $(if $(wildcard /usr/include/perfmon/pfmlib.h /usr/local/include/perfmon/pfmlib.h),yes)
ARGP    := $(if $(wildcard /usr/lib/libargp.*),-largp)
CPP     := -D_GNU_SOURCE -I. -Iharness/api $(if $(PFM),-DQB_HAVE_PFM) \
           $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
LIBS    := $(shell pkg-config --libs $(PKGS) 2>/dev/null) $(if $(PFM),-lpfm) $(ARGP) -ldl -lrt -lm -pthread
COMPILE  = $(CC) -std=c11 $(CPP) $(CPPFLAGS) $(CFLAGS) $(SANITIZE) $(WARN) -MMD -MP
LINK     = $(CC) $(CFLAGS) $(SANITIZE) $(LDFLAGS)
HAS_PKGS := $(shell pkg-config --exists $(PKGS) 2>/dev/null && echo yes)
HAS_CRITERION := $(shell pkg-config --exists criterion 2>/dev/null && echo yes)

SRC     := $(sort $(wildcard cmd/*.c queues/*.c harness/*.c perfcounters/*.c reports/*.c))
OBJ     := $(SRC:%.c=$O/%.o)
TESTS   := $(sort $(wildcard tests/test_*.c))
# Sanitizers and Criterion's runner do not go together: tests/plain_runner.c says why.
TEST_OBJ := $(TESTS:%.c=$O/%.o) $(if $(SANITIZE),$O/tests/plain_runner.o)
FIXTURES := $(patsubst tests/fixtures/%.c,$O/fixtures/%.so,$(wildcard tests/fixtures/*.c))
FORMATTED = $(SRC) $(wildcard */*.h harness/api/*.h tests/*.c tests/*/*.c queues/plugins/*.c)
# A make below this one, on every CPU, with this one's variables.
MORE     = env -u MAKEFLAGS $(MAKE) --no-print-directory -j$(shell nproc) $(MAKEOVERRIDES)

all: qbench  ## build ./qbench (BUILD=release|debug|asan|tsan)
qbench: $O/qbench FORCE
	@[ "$$(readlink $@)" = $< ] || ln -sf $< $@

$O/qbench: $(OBJ) $O/link
	@echo '  LINK  $@'; $(LINK) -o $@ $(OBJ) $(LIBS)
$O/unit_tests: $(TEST_OBJ) $(OBJ) $O/link | $(FIXTURES) $O/qbench
	@echo '  LINK  $@'; $(LINK) -o $@ $(TEST_OBJ) $(filter-out $O/cmd/main.o,$(OBJ)) $(LIBS) \
		$$(pkg-config --libs criterion)
$O/%.o: %.c $O/flags
	$(if $(HAS_PKGS),,$(error $(PKGS): not all are here; `make deps` installs them))
	@mkdir -p $(@D); echo '  CC    $<'; $(COMPILE) -c -o $@ $<

$O/fixtures/%.so: tests/fixtures/%.c $O/flags
	@mkdir -p $(@D); echo '  SO    $<'; $(COMPILE) -shared -fPIC -o $@ $<

# What an object was made with is a file that changes when it does, so that nothing stale is linked.
$O/flags:  export FACTS = $(COMPILE)
$O/link:   export FACTS = $(LINK) $(OBJ) $(TEST_OBJ) $(LIBS)
$O/commit: export FACTS = $(VERSION) $(COMMIT) $(CFLAGS) $(SANITIZE)
$O/flags $O/link $O/commit: FORCE
	@mkdir -p $(@D); printf '%s\n' "$$FACTS" | cmp -s - $@ || printf '%s\n' "$$FACTS" > $@
# The build's own facts enter through one object.
$O/harness/environment.o: $O/commit
$O/harness/environment.o: CPP += -DQB_VERSION='"$(VERSION)"' -DQB_COMMIT='"$(COMMIT)"' \
	-DQB_CFLAGS='"$(strip $(CFLAGS) $(SANITIZE))"'

run:  ## build, then measure the main job: mpsc with 4 producers
	@$(MORE) all
	./qbench run --impl mpsc --producers 4

deps:  ## install what is missing (apt, dnf, pacman, apk); as root or through sudo
	@.ci/deps
RUN_asan = ASAN_OPTIONS=detect_stack_use_after_return=1
RUN_tsan = TSAN_OPTIONS=halt_on_error=1 $(shell setarch -R true 2>/dev/null && echo setarch -R)
unit: $O/qbench $(FIXTURES) $(if $(HAS_CRITERION),$O/unit_tests)  ## the unit tests of this BUILD alone
	@$(if $(HAS_CRITERION),$(RUN_$(BUILD)) $O/unit_tests,\
		echo 'skipped: $(TESTS): no Criterion here (pkg-config criterion)')

# Every object but main's, as the unit tests have them.
CHECKS := $O/check_stats $O/check_clock $O/check_histogram $O/check_omission
$(CHECKS): $O/check_%: $O/tests/check_%.o $(OBJ) $O/link
	@echo '  LINK  $@'; $(LINK) -o $@ $< $(filter-out $O/cmd/main.o,$(OBJ)) $(LIBS) $(LIBS_$(@F))
# HdrHistogram_c, which few distributions have, reads what is written where it is here.
HDR := $(wildcard /usr/include/hdr/hdr_histogram.h /usr/local/include/hdr/hdr_histogram.h)
LIBS_check_histogram := $(if $(HDR),-lhdr_histogram)
$O/tests/check_histogram.o: CPP += $(if $(HDR),-DQB_HAVE_HDR)

check-stats: $O/check_stats $O/check_histogram  ## how often simulated comparisons are judged wrongly, with bounds
	@$O/check_stats && $O/check_histogram
check-live: $O/qbench $(FIXTURES) $O/check_clock $O/check_omission  ## the same of real ones, an hour; LIVE=quick: less
	@BUILD=$(BUILD) tests/check_live.sh $(LIVE)

deps-emu:  ## install and fetch what check-emu needs (Debian's packages), into build/emu
	@.ci/deps --emu && tests/emu/fetch.sh
check-emu:  ## the same qbench in emulated machines: exact counters, aarch64, NUMA; EMU=guests
	@tests/emu/check.sh $(EMU)

check:  ## every test: release, sanitizers, one CPU, command line, tidiness
	@tests/check.sh $(MORE)
tidy: $O/qbench  ## layering, line and function length, calls in measured loops
	@tests/tidy.sh

format:  ## rewrite the sources in the project's format
	clang-format -i $(FORMATTED)
check-format:  ## say where the format differs, change nothing
	@clang-format --dry-run -Werror $(FORMATTED)

# FROM:TO of every file that install puts somewhere and uninstall removes.
INSTALLED = $O/qbench:$(bindir)/qbench $O/qbench.pc:$(libdir)/pkgconfig/qbench.pc \
	$(foreach h,$(wildcard harness/api/*.h),$h:$(includedir)/$(notdir $h)) \
	$(foreach m,$(wildcard man/*.[1-9]),$m:$(mandir)/man$(subst .,,$(suffix $m))/$(notdir $m)) \
	completions/qbench.bash:$(bashcompletiondir)/qbench \
	completions/_qbench:$(zshcompletiondir)/_qbench completions/qbench.fish:$(fishcompletiondir)/qbench.fish

install: all  ## install under DESTDIR and prefix
	@printf '%s\n' 'Name: qbench' 'Description: what a queue that qbench measures includes' \
		'Version: $(VERSION)' 'Cflags: -I$(includedir)' > $O/qbench.pc
	@set -e; for pair in $(INSTALLED); do \
		[ -x "$${pair%%:*}" ] && mode=755 || mode=644; \
		install -D -m $$mode "$${pair%%:*}" "$(DESTDIR)$${pair#*:}"; done
uninstall:  ## remove what install put there
	@for pair in $(INSTALLED); do rm -f "$(DESTDIR)$${pair#*:}"; done

help:  ## list these targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  %-13s %s\n", $$1, $$2}' Makefile
clean:  ## remove every build
	rm -rf build qbench

-include $(OBJ:.o=.d) $(TEST_OBJ:.o=.d) $(FIXTURES:.so=.d) $(CHECKS:$O/%=$O/tests/%.d)
.PHONY: all run deps deps-emu unit check check-stats check-live check-emu tidy format check-format install uninstall help clean FORCE
.DELETE_ON_ERROR:
endif
