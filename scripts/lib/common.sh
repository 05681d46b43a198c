# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Sourced by the scripts: where the repository is, how to speak, and how to run a step.

repo_root="$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." && pwd)"
script_name="scripts/$(basename "$0")"

# Two heavy C++ compilations fit into the memory of small machines; more than one per core gains nothing.
# shellcheck disable=SC2034 # used by those who source this
jobs="$(nproc)"

say() {
    printf '%s: %s\n' "$script_name" "$*"
}

fail() {
    printf '%s: %s\n' "$script_name" "$*" >&2
    exit 1
}

# The comment block at the top of the script is its help; the text is kept in one place.
print_help() {
    awk 'NR > 2 && !/^#/ { exit } NR > 2 { sub(/^# ?/, ""); print }' "$0"
}

# Runs a command as root, with sudo where we are not root already.
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

# logged_step LOG TEXT COMMAND...: one line with the seconds; of the output, only a failure shows the end.
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

# timed TEXT COMMAND...: runs it, shows what it prints, and then one line with the seconds.
timed() {
    local text="$1" started="$SECONDS"
    shift
    "$@"
    say "$text: $((SECONDS - started)) s"
}

# Configures a preset. libpq is looked for afresh each time: scripts/setup may have built one in between.
# For speed, sources are compiled in groups, and with ccache where that is installed; neither is needed. Not in groups in
# the preset debug, where after a change only what has changed should be compiled.
configure_preset() {
    local preset="$1" options=()
    shift
    [ "$preset" = debug ] || options+=(-DCMAKE_UNITY_BUILD=ON -DCMAKE_UNITY_BUILD_BATCH_SIZE=12)
    if command -v ccache >/dev/null; then
        options+=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
    fi
    cmake --preset "$preset" -U DSQL_LIBPQ_INCLUDE_DIR -U DSQL_LIBPQ_LIBRARY "${options[@]}" "$@"
}
