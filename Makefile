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
prefix  ?= /usr/local
bindir  ?= $(prefix)/bin
includedir ?= $(prefix)/include
libdir  ?= $(prefix)/lib
mandir  ?= $(prefix)/share/man
bashcompletiondir ?= $(prefix)/share/bash-completion/completions
zshcompletiondir  ?= $(prefix)/share/zsh/site-functions
fishcompletiondir ?= $(prefix)/share/fish/vendor_completions.d

VERSION := 0.1.0
COMMIT  := $(shell git describe --always --dirty --abbrev=12 2>/dev/null)

PKGS    := hwloc jansson
CFLAGS_release := -O2 -g
CFLAGS_debug   := -O0 -g3
CFLAGS_asan    := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
CFLAGS_tsan    := -O1 -g -fsanitize=thread
CFLAGS         ?= $(CFLAGS_$(BUILD))
$(if $(CFLAGS_$(BUILD)),,$(error unknown BUILD=$(BUILD); use release, debug, asan or tsan))

WARN    := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes \
           -Wmissing-prototypes -Wvla -Wformat=2 -Wundef -Werror
PFM     := $(if $(wildcard /usr/include/perfmon/pfmlib.h /usr/local/include/perfmon/pfmlib.h),yes)
CPP     := -D_GNU_SOURCE -I. -Iharness/api $(if $(PFM),-DQB_HAVE_PFM) $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
LIBS    := $(shell pkg-config --libs $(PKGS) 2>/dev/null) $(if $(PFM),-lpfm) -ldl -lm -pthread
COMPILE  = $(CC) -std=c11 $(CPP) $(CPPFLAGS) $(CFLAGS) $(WARN) -MMD -MP

SRC     := $(sort $(wildcard cmd/*.c queues/*.c harness/*.c perfcounters/*.c reports/*.c))
OBJ     := $(SRC:%.c=$O/%.o)
TEST_OBJ := $(patsubst %.c,$O/%.o,$(sort $(wildcard tests/test_*.c)))
FIXTURES := $(patsubst tests/fixtures/%.c,$O/fixtures/%.so,$(wildcard tests/fixtures/*.c))

all: qbench  ## build ./qbench (BUILD=release|debug|asan|tsan)

qbench: $O/qbench
	@ln -sf $O/qbench $@

$O/qbench: $(OBJ)
	@echo '  LINK  $@'; $(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

$O/%.o: %.c Makefile
	@mkdir -p $(@D)
	@echo '  CC    $<'; $(COMPILE) -c -o $@ $<

# The build's own facts enter through one object, built anew when they change.
$O/harness/environment.o: CPP += -DQB_VERSION='"$(VERSION)"' -DQB_COMMIT='"$(COMMIT)"' -DQB_CFLAGS='"$(CFLAGS)"'
$O/harness/environment.o: $O/commit
$O/commit: FORCE
	@mkdir -p $(@D); echo '$(VERSION) $(COMMIT) $(CFLAGS)' | cmp -s - $@ || echo '$(VERSION) $(COMMIT) $(CFLAGS)' > $@

$O/unit_tests: $(TEST_OBJ) $(filter-out $O/cmd/main.o,$(OBJ))
	@echo '  LINK  $@'; $(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS) $(shell pkg-config --libs criterion)

$O/fixtures/%.so: tests/fixtures/%.c Makefile
	@mkdir -p $(@D)
	@echo '  SO    $<'; $(COMPILE) -shared -fPIC -o $@ $<

run: all  ## build, then measure the main job: mpsc with 4 producers
	./qbench run --impl mpsc --producers 4

deps:  ## install what is missing (apt, dnf, pacman, apk); as root or through sudo
	@.ci/deps

test: qbench $O/unit_tests $(FIXTURES)  ## the tests of this BUILD alone
	$O/unit_tests
	BUILD=$(BUILD) tests/cli.sh

check: test  ## every test: this build, sanitizers, one CPU and two, tidiness
	tests/tidy.sh

tidy:  ## check layering, line and function length, inlined loops
	@tests/tidy.sh

format:  ## rewrite the sources in the project's format
	@clang-format -i $(SRC) $(wildcard */*.h harness/api/*.h tests/*.c tests/fixtures/*.c)

help:  ## list these targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  %-10s %s\n", $$1, $$2}' Makefile

clean:  ## remove every build
	rm -rf build qbench

-include $(OBJ:.o=.d) $(TEST_OBJ:.o=.d) $(FIXTURES:.so=.d)
.PHONY: all run deps test check tidy format help clean FORCE
.DELETE_ON_ERROR:
endif
