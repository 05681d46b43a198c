# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# Builds a newer libpq from Debian's PostgreSQL source package. Source it after common.sh and apt.sh.

deps_dir="$repo_root/.deps"
libpq_prefix="$deps_dir/libpq"
libpq_given_up="$deps_dir/libpq-not-available"

# SUITE:MAJOR in the order in which they are tried. The later ones are for mirrors without the sources of stable.
libpq_sources="${DSQL_SETUP_LIBPQ_SOURCES-trixie:17 testing:18 sid:18 testing:19}"
libpq_build_packages=(bison flex perl make gcc libc6-dev libssl-dev bzip2 xz-utils)

# Version 17 introduced LIBPQ_HAS_CHUNK_MODE and also sslnegotiation=direct, which is needed here.
has_libpq_17() {
    local include_dir="$1"
    grep -qs 'define LIBPQ_HAS_CHUNK_MODE' "$include_dir/libpq-fe.h"
}

private_libpq_is_complete() {
    has_libpq_17 "$libpq_prefix/include" && [ -e "$libpq_prefix/lib/libpq.so" ]
}

system_libpq_version() {
    dpkg-query -W -f '${Version}' libpq-dev 2>/dev/null || echo unknown
}

# Runs apt-get with separate directories below $1. The machine's lists and caches are neither used nor changed.
# Signatures are still verified. There is no sandbox user, because it could not write to a private directory.
private_apt_get() {
    local dir="$1"
    shift
    apt-get -o "Dir::Etc::sourcelist=$dir/sources.list" -o "Dir::Etc::sourceparts=$dir/parts" \
        -o "Dir::State::lists=$dir/lists" -o "Dir::Cache=$dir/cache" -o "APT::Sandbox::User=" \
        -o Acquire::Languages=none -o Acquire::Retries=1 -o Acquire::http::Timeout=20 \
        -o Acquire::https::Timeout=20 "$@" </dev/null
}

# download_postgresql DIR SUITE MAJOR URI SIGNED_BY: downloads the upstream tarball to DIR/source.
download_postgresql() {
    local dir="$1" suite="$2" major="$3" uri="$4" signed_by="$5"
    mkdir -p "$dir/parts" "$dir/lists/partial" "$dir/cache/archives/partial" "$dir/source"
    printf 'deb-src %s %s %s main\n' "${signed_by:+[signed-by=$signed_by]}" "$uri" "$suite" >"$dir/sources.list"
    private_apt_get "$dir" -qq -o APT::Update::Error-Mode=any update || return
    (cd "$dir/source" && private_apt_get "$dir" -qq source --download-only --tar-only "postgresql-$major") || return
    compgen -G "$dir/source/*.orig.tar.*" >/dev/null
}

# build_libpq DIR: configures for the final prefix but installs to DIR/stage.
build_libpq() {
    local dir="$1"
    mkdir "$dir/build" || return
    tar -xf "$(compgen -G "$dir/source/*.orig.tar.*" | head -n 1)" -C "$dir/build" --strip-components=1 || return
    (
        cd "$dir/build" || exit
        # CFLAGS and similar variables of the caller's shell are meant for other builds.
        unset CFLAGS CPPFLAGS CXXFLAGS LDFLAGS LDFLAGS_SL LIBS MAKEFLAGS
        ./configure --prefix="$libpq_prefix" --with-openssl --without-icu --without-readline \
            --without-zlib --disable-rpath &&
            make -j "$jobs" -C src/interfaces/libpq all &&
            make -C src/include install DESTDIR="$dir/stage" &&
            make -C src/interfaces/libpq install DESTDIR="$dir/stage"
    ) || return
    # Keep only what a client needs for linking.
    rm -rf "$dir/stage$libpq_prefix"/{include/postgresql/server,share,lib/libpq.a}
}

# Tries one source. Succeeds if the prefix is in place. Works below .deps, so that the last step is a rename and an
# interrupted build leaves nothing that looks like a libpq.
try_libpq_source() {
    local dir="$1" suite="$2" major="$3" archive version
    shift 3
    archive="$(debian_archive)"
    download_postgresql "$dir" "$suite" "$major" "${archive%%$'\t'*}" "${archive#*$'\t'}" || return
    build_libpq "$dir" || return
    version="$(basename "$(compgen -G "$dir/source/*.orig.tar.*" | head -n 1)")"
    printf '%s of %s\n' "$version" "$suite" >"$dir/stage$libpq_prefix/built-from"
    rm -rf "$libpq_prefix" && mv -T "$dir/stage$libpq_prefix" "$libpq_prefix" && private_libpq_is_complete
}

install_build_packages() {
    local log="$1" missing
    mapfile -t missing < <(packages_missing "${libpq_build_packages[@]}")
    [ "${#missing[@]}" -eq 0 ] && return
    can_become_root || return
    say "installing to build it: ${missing[*]}"
    (apt_update "$log" && apt_install "$log" "${missing[@]}")
}

# Tries the sources in turn, with output to the log. Succeeds if one of them gave a libpq.
build_private_libpq() {
    local log="$1" source dir
    debian_archive >/dev/null || { echo "no main Debian archive among this machine's apt sources" >>"$log"; return 1; }
    install_build_packages "$log" || return
    for source in $libpq_sources; do
        dir="$(mktemp -d "$deps_dir/libpq-build.XXXXXX")"
        cleanup_dirs+=("$dir")
        printf '== %s\n' "$source" >>"$log"
        try_libpq_source "$dir" "${source%%:*}" "${source##*:}" >>"$log" 2>&1 && return
        rm -rf "$dir"
    done
    return 1
}

# A failed attempt is not repeated for a day, to keep runs fast. Sources that the user names are always tried.
gave_up_lately() {
    [ -z "${DSQL_SETUP_LIBPQ_SOURCES+set}" ] && [ -n "$(find "$libpq_given_up" -mtime -1 2>/dev/null)" ]
}

# Never fails. Everything works with an older libpq too, but TLS needs an SSLRequest.
ensure_libpq() {
    local started="$SECONDS" log="$deps_dir/libpq-build.log"
    private_libpq_is_complete && return
    has_libpq_17 /usr/include/postgresql && return
    if [ -z "$libpq_sources" ] || gave_up_lately; then
        say "going on with the system's libpq $(system_libpq_version): no source of a newer one"
        return
    fi
    say "libpq $(system_libpq_version) is older than 17: building a newer one from Debian's source package"
    mkdir -p "$deps_dir" && : >"$log"
    if build_private_libpq "$log"; then
        rm -f "$libpq_given_up"
        say "built libpq ($(cat "$libpq_prefix/built-from")) into .deps/libpq: $((SECONDS - started)) s"
    else
        [ -n "${DSQL_SETUP_LIBPQ_SOURCES+set}" ] || touch "$libpq_given_up"
        say "no newer libpq could be had (see .deps/libpq-build.log): going on with the system's $(system_libpq_version)"
    fi
}
