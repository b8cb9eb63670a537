#!/bin/sh
# fetch.sh -- fetches what the guests of `make check-emu` are made of, into build/emu.
#
# Of each architecture: a kernel image, the static libraries of qbench, and a static busybox; from
# the archive that this machine's own package sources name, as packages that are unpacked and never
# installed.  apt does it, with a state of its own, so that the machine knows of no other
# architecture afterwards.  Asks nobody where all is there.  Exits 0 if it is, 2 if it cannot be
# had.
set -u
cd "$(dirname "$0")/../.." || exit 2
folder=$PWD/build/emu
say() { echo "deps-emu: $*" >&2; }
die() { say "$@" && exit 2; }

triplet() {
    case $1 in
    arm64) echo aarch64-linux-gnu ;;
    amd64) echo x86_64-linux-gnu ;;
    esac
}

is_there() { # ARCHITECTURE
    libraries=$folder/$1/root/usr/lib/$(triplet "$1")
    [ -e "$folder/$1/vmlinuz" ] && [ -e "$folder/$1/root/bin/busybox" ] &&
        [ -e "$libraries/libhwloc.a" ] && [ -e "$libraries/libjansson.a" ] &&
        [ -e "$libraries/libpfm.a" ]
}

list_sources() {
    # shellcheck disable=SC2016 # apt's variables
    apt-get indextargets --format '$(ORIGIN)|$(SOURCESENTRY)' 'Created-By: Packages' |
        sed -n 's/^Debian|\(.*\):[0-9]*$/\1/p' | sort -u >"$folder/apt/files"
}

update_lists() {
    if [ "$(id -u)" = 0 ]; then
        apt-get -qq update
    else
        sudo -n apt-get -qq update
    fi
}

# The distribution's own of this machine's sources: a third party need not have the architecture.
find_sources() {
    rm -rf "$folder/apt"
    mkdir -p "$folder/apt/state/lists/partial" "$folder/apt/cache/archives/partial" \
        "$folder/apt/sources" || exit 2
    : >"$folder/apt/status"
    list_sources
    # Images of containers come without package lists.
    [ -s "$folder/apt/files" ] || { update_lists && list_sources; }
    [ -s "$folder/apt/files" ] || die "apt knows no package list of Debian here"
    while read -r file; do
        cp "$file" "$folder/apt/sources/" || exit 2
    done <"$folder/apt/files"
}

# apt reads this instead of the machine's own: where things are, and for which architecture.
configure() { # ARCHITECTURE
    cat >"$folder/apt/conf" <<END
Dir::State "$folder/apt/state";
Dir::State::status "$folder/apt/status";
Dir::Cache "$folder/apt/cache";
Dir::Etc::sourcelist "/dev/null";
Dir::Etc::sourceparts "$folder/apt/sources";
APT::Architecture "$1";
APT::Architectures { "$1"; };
APT::Sandbox::User "";
Acquire::Languages "none";
END
    export APT_CONFIG="$folder/apt/conf"
}

kernel_of() { # ARCHITECTURE: the package that the metapackage stands for today
    apt-cache depends "linux-image-$1" |
        sed -n 's/^ *Depends: \(linux-image-[0-9].*\)/\1/p' | head -n 1
}

unpack() { # FOLDER
    for package in *.deb; do
        case $package in
        linux-image-*) dpkg-deb --fsys-tarfile "$package" | tar -x --wildcards './boot/vmlinuz*' ;;
        *) dpkg-deb -x "$package" root ;;
        esac || return 1
        rm "$package"
    done
    mv boot/vmlinuz* vmlinuz && rmdir boot
}

fetch() { # ARCHITECTURE
    say "fetching the $1 kernel and static libraries"
    configure "$1"
    apt-get -qq update || return 1
    kernel=$(kernel_of "$1")
    [ -n "$kernel" ] || { say "the package sources here have no kernel for $1" && return 1; }
    rm -rf "${folder:?}/$1"
    mkdir -p "$folder/$1" && cd "$folder/$1" &&
        apt-get -qq download "$kernel" libhwloc-dev libjansson-dev libpfm4-dev busybox-static &&
        unpack
}

for architecture in arm64 amd64; do
    is_there "$architecture" || wanted="${wanted:-} $architecture"
done
[ -n "${wanted:-}" ] || exit 0
for tool in apt-get apt-cache dpkg-deb tar; do
    command -v $tool >/dev/null || die "no $tool here: the guests are made of Debian's packages"
done
find_sources
for architecture in $wanted; do
    (fetch "$architecture" && is_there "$architecture") || failed="${failed:-} $architecture"
done
rm -rf "$folder/apt"
[ -z "${failed:-}" ] || die "could not fetch what is needed for:$failed"
