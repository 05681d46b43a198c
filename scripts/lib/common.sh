# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Functions of all scripts: the path of the repository, messages, and running a step.

repo_root="$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." && pwd)"
script_name="scripts/$(basename "$0")"

# Two large C++ compilations fit into the memory of small machines. More than one per core is not faster.
# shellcheck disable=SC2034 # used by the scripts that source this
jobs="$(nproc)"

say() {
    printf '%s: %s\n' "$script_name" "$*"
}

fail() {
    printf '%s: %s\n' "$script_name" "$*" >&2
    exit 1
}

# Prints the comment block at the top of the script, which is its help.
print_help() {
    awk 'NR > 2 && !/^#/ { exit } NR > 2 { sub(/^# ?/, ""); print }' "$0"
}

# Runs a command as root, with sudo if necessary.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    else
        sudo "$@"
    fi
}

can_become_root() {
    [ "$(id -u)" -eq 0 ] || command -v sudo >/dev/null
}

# Prints the names of the files of the working tree, each with a NUL after it: tracked and new files, but not ignored
# ones. git also lists files that were deleted but not committed; these are left out. Without git, all files are printed
# but those that builds make.
working_tree_files() {
    local file
    if ! git -C "$repo_root" rev-parse >/dev/null 2>&1; then
        (cd "$repo_root" && find . \( -path ./.git -o -path ./.deps -o -path ./build \) -prune -o ! -type d -printf '%P\0')
        return
    fi
    git -C "$repo_root" ls-files -z --cached --others --exclude-standard |
        while IFS= read -r -d '' file; do
            if [ -e "$repo_root/$file" ] || [ -L "$repo_root/$file" ]; then printf '%s\0' "$file"; fi
        done
}

# logged_step LOG TEXT COMMAND...: runs a command with its output in LOG and prints one line with the seconds. On
# failure, prints the end of the output.
logged_step() {
    local log="$1" text="$2" started="$SECONDS"
    shift 2
    mkdir -p "$(dirname "$log")"
    if ! "$@" >"$log" 2>&1 </dev/null; then
        tail -n 40 "$log" >&2
        fail "$text: failed; the whole output is in ${log#"$repo_root"/}"
    fi
    say "$text: $((SECONDS - started)) s"
}

# timed TEXT COMMAND...: runs a command and prints one line with the seconds.
timed() {
    local text="$1" started="$SECONDS"
    shift
    "$@"
    say "$text: $((SECONDS - started)) s"
}

# Configures a preset. Searches libpq again each time, because scripts/setup may have built one in between. For speed,
# compiles with ccache if that is installed, and sources in groups (CMake's unity builds). Not in groups in the preset
# debug, where a change should compile nothing but what has changed.
configure_preset() {
    local preset="$1" options=()
    shift
    [ "$preset" = debug ] || options+=(-DCMAKE_UNITY_BUILD=ON -DCMAKE_UNITY_BUILD_BATCH_SIZE=12)
    if command -v ccache >/dev/null; then
        options+=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
    fi
    cmake --preset "$preset" -U DSQL_LIBPQ_INCLUDE_DIR -U DSQL_LIBPQ_LIBRARY "${options[@]}" "$@"
}

# Whether compiling failed because two sources of a group use the same private name, according to the compiler's output.
has_clash_in_group() {
    grep -qE '/Unity/unity_' "$1" && grep -qE 'error: (redefinition|.*redeclar|.*conflicting|.*ambiguous)' "$1"
}

# build_preset PRESET [OPTIONS...]: builds a preset that is configured. Where two sources of a group use the same private
# name, compiles every source by itself, which takes three times as long.
build_preset() {
    local preset="$1" log="$repo_root/build/$1-compile.log"
    shift
    run_build cmake --build --preset "$preset" --parallel "$jobs" "$@" 2>&1 | tee "$log" && return
    has_clash_in_group "$log" || return 1
    say "sources of a group use the same private name: compiling each source by itself"
    cmake --preset "$preset" -DCMAKE_UNITY_BUILD=OFF
    run_build cmake --build --preset "$preset" --parallel "$jobs" "$@"
}

# How build_preset runs its command. A script may replace this.
run_build() {
    "$@"
}
