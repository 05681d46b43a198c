# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2016,SC2154
# Functions that make Debian's source package of the working tree and build it. Source it after common.sh.

# The version of the project: that of CMakeLists.txt.
project_version() {
    sed -n 's/^project(dsql VERSION \([0-9.]*\).*/\1/p' "$repo_root/CMakeLists.txt"
}

# The date of the last commit, in seconds, so that the same sources make the same packages.
date_of_sources() {
    git -C "$repo_root" log -1 --format=%ct 2>/dev/null || stat -c %Y "$repo_root/CHANGELOG.md"
}

# What the version of the packages ends in, for example "~deb12": packages for different releases of Debian have
# different versions, and an upgrade of Debian installs the newer one.
release_suffix() {
    # shellcheck source=/dev/null
    (. /etc/os-release && [ "$ID" = debian ] && [ -n "${VERSION_ID-}" ] && echo "~deb$VERSION_ID") 2>/dev/null || true
}

release_name() {
    # shellcheck source=/dev/null
    (. /etc/os-release && [ "$ID" = debian ] && echo "${VERSION_CODENAME-unstable}") 2>/dev/null || echo unstable
}

# The maintainer: DEBEMAIL and DEBFULLNAME, or who is named in a control file.
maintainer_of() {
    local named
    named="$(sed -n 's/^Maintainer: //p' "$1")"
    if [ -n "${DEBEMAIL-}" ]; then
        printf '%s <%s>\n' "${DEBFULLNAME:-${named%% <*}}" "$DEBEMAIL"
    else
        printf '%s\n' "$named"
    fi
}

# rewrite FILE AWK_PROGRAM
rewrite() {
    local changed
    changed="$(awk "$2" "$1")" && printf '%s\n' "$changed" >"$1"
}

# name_build DIRECTORY: makes the last entry of debian/changelog that of this build, and names the maintainer.
name_build() {
    local debian="$1/debian" version
    version="$(dpkg-parsechangelog -l "$debian/changelog" -S Version)"
    [ "${version%-*}" = "$(project_version)" ] ||
        fail "debian/changelog is of version ${version%-*}, but CMakeLists.txt of $(project_version)"
    export build_heading build_maintainer build_date
    build_heading="dsql ($version$(release_suffix)) $(release_name); urgency=medium"
    build_maintainer="$(maintainer_of "$debian/control")"
    build_date="$(LC_ALL=C date -u -R -d "@$(date_of_sources)")"
    rewrite "$debian/changelog" '
        NR == 1 { print ENVIRON["build_heading"]; next }
        /^ -- / && !named++ { print " -- " ENVIRON["build_maintainer"] "  " ENVIRON["build_date"]; next }
        { print }'
    rewrite "$debian/control" '/^Maintainer: / { $0 = "Maintainer: " ENVIRON["build_maintainer"] } { print }'
}

# make_source_tree DIRECTORY: copies the working tree into DIRECTORY/dsql-VERSION.
make_source_tree() {
    local work="$1" tree
    tree="dsql-$(project_version)"
    rm -rf "$work"
    mkdir -p "$work/$tree"
    # Some files keep their times in the packages.
    working_tree_files |
        tar -C "$repo_root" --mtime="@$(date_of_sources)" --null --files-from=- -cf - |
        tar -C "$work/$tree" -xf -
    name_build "$work/$tree"
}

# make_source_package_parts DIRECTORY: the same, and puts all of it but debian/ into the archive that Debian calls the
# original one.
make_source_package_parts() {
    local work="$1" tree
    tree="dsql-$(project_version)"
    make_source_tree "$work"
    tar -C "$work" --exclude="$tree/debian" --sort=name --mtime="@$(date_of_sources)" --owner=0 --group=0 \
        --numeric-owner --mode=u+rw,go=rX -cf - "$tree" | xz -6 -T1 >"$work/dsql_${tree#dsql-}.orig.tar.xz"
}

# build_debian DIRECTORY [OPTION...]: builds the source tree there with dpkg-buildpackage, with ccache if there is one.
build_debian() {
    local work="$1" path="$PATH"
    shift
    if [ -d /usr/lib/ccache ] && command -v ccache >/dev/null; then
        # debhelper gives the build another home directory.
        CCACHE_DIR="$(ccache -k cache_dir)"
        export CCACHE_DIR
        path="/usr/lib/ccache:$PATH"
    fi
    (cd "$work"/dsql-*/ && PATH="$path" dpkg-buildpackage -us -uc "-J$jobs" "$@")
}
