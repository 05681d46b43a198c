# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Functions to install packages and to read this machine's archive entries. Source it after common.sh.

# Another process, such as unattended upgrades, may hold the lock for a moment.
apt_options=(-o DPkg::Lock::Timeout=120 -o Dpkg::Use-Pty=0 -o Acquire::Retries=2)

# Prints the named packages that are not installed, one per line.
packages_missing() {
    dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null |
        awk -v wanted="$*" '
            $1 == "installed" { have[$2] = 1 }
            END { n = split(wanted, name, " "); for (i = 1; i <= n; i++) if (!have[name[i]]) print name[i] }'
}

# apt_run LOG ARGUMENT...: runs apt-get as root without questions. On failure, prints the end of the log and the reason.
apt_run() {
    local log="$1"
    shift
    as_root env DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 \
        apt-get "${apt_options[@]}" "$@" >>"$log" 2>&1 </dev/null && return
    tail -n 20 "$log" >&2
    if grep -qE 'Temporary failure resolving|Could not resolve|Could not connect|Connection timed out' "$log"; then
        fail "apt-get $1 failed: the package archive cannot be reached (the end of its log is above)"
    fi
    fail "apt-get $1 failed (the end of its log is above)"
}

# A failed update is not an error, because a third-party source may be down. The installation decides.
apt_update() {
    local log="$1"
    as_root apt-get "${apt_options[@]}" update >>"$log" 2>&1 </dev/null ||
        say "apt-get update reported an error; trying to go on"
}

apt_install() {
    local log="$1"
    shift
    apt_run "$log" install -y --no-install-recommends "$@"
}

# Prints "URI suite components signed-by" (tab-separated) for every enabled deb entry of this machine.
# A key that is embedded in the entry counts as no signed-by.
apt_entries() {
    local file
    for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
        [ -r "$file" ] && awk '
            $1 != "deb" { next }
            {
                line = $0; signed = ""
                if (match(line, /\[[^]]*\]/)) {
                    count = split(substr(line, RSTART + 1, RLENGTH - 2), option, " ")
                    for (i = 1; i <= count; i++)
                        if (sub(/^signed-by=/, "", option[i])) signed = option[i]
                    line = substr(line, 1, RSTART - 1) substr(line, RSTART + RLENGTH)
                }
                sub(/#.*/, "", line)
                count = split(line, word, " ")
                components = ""
                for (i = 4; i <= count; i++) components = components " " word[i]
                print word[2] "\t" word[3] "\t" components "\t" signed
            }' "$file"
    done
    for file in /etc/apt/sources.list.d/*.sources; do
        [ -r "$file" ] && awk '
            function flush(    count, i, suite, uri) {
                if (field["types"] ~ /(^| )deb( |$)/ && field["enabled"] !~ /^ *(no|false|0)/) {
                    split(field["uris"], uri, " ")
                    count = split(field["suites"], suite, " ")
                    signed = field["signed-by"]
                    gsub(/ /, "", signed)
                    if (signed !~ /^\/[^ ]*$/) signed = ""
                    for (i = 1; i <= count; i++)
                        print uri[1] "\t" suite[i] "\t" field["components"] "\t" signed
                }
                split("", field)
            }
            /^#/ { next }
            /^[ \t]*$/ { flush(); next }
            /^[ \t]/ { field[name] = field[name] " " $0; next }
            {
                name = tolower($0); sub(/:.*/, "", name)
                value = $0; sub(/^[^:]*: */, "", value)
                field[name] = " " value
            }
            END { flush() }' "$file"
    done
    return 0
}

# Prints "URI<tab>signed-by" of the machine's main Debian archive. Fails if it has none.
# The suites of security, updates and backports contain a "-". Other vendors sign with other keys.
debian_archive() {
    apt_entries | awk -F '\t' '
        $2 ~ /^[a-z]+$/ && $3 ~ /(^| )main( |$)/ && $1 ~ /debian/ && $1 !~ /security|^cdrom:/ &&
        ($4 == "" || $4 ~ /debian-archive/) { print $1 "\t" $4; found = 1; exit }
        END { exit !found }'
}
