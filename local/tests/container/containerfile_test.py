#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks local/container without building an image: the instructions name files that exist, the commands can be read,
and the entry point runs, in a mount namespace of its own where /run is empty.

    local/tests/container/containerfile_test.py DSQL_LOCAL
"""

import fnmatch
import json
import os
import re
import subprocess
import sys
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
CONTAINERFILE = ROOT / "local/container/Containerfile"
ENTRYPOINT = ROOT / "local/container/entrypoint"
PROGRAM = ""


def instructions():
    """Pairs of the instruction's name and the rest of it, with continued lines joined."""
    lines = [line for line in CONTAINERFILE.read_text().splitlines() if not line.startswith("#")]
    text = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    return [tuple(line.split(None, 1)) for line in text.splitlines() if line.strip()]


def values(name):
    return [value for instruction, value in instructions() if instruction == name]


def copies():
    """For each COPY from the repository: its sources and its destination."""
    words = [value.split() for value in values("COPY") if not value.startswith("--from")]
    return [(each[:-1], each[-1]) for each in words]


def ignored():
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


class Containerfile(unittest.TestCase):
    def test_is_debian_12(self):
        self.assertEqual([each.split()[0] for each in values("FROM")], ["debian:bookworm", "debian:bookworm-slim"])

    def test_copies_what_is_there(self):
        for sources, _ in copies():
            for source in sources:
                self.assertTrue((ROOT / source).exists(), source)
                self.assertFalse([each for each in ignored() if fnmatch.fnmatch(source, each)], source)

    def test_copies_the_package_that_is_made(self):
        patterns = [value.split()[1] for value in values("COPY") if value.startswith("--from=build")]
        self.assertEqual(patterns, ["/source/build/packages/dsql-local_*.deb"])
        self.assertIn("\nPackage: dsql-local\n", (ROOT / "debian/control").read_text())

    def test_runs_commands_that_a_shell_can_read(self):
        for command in values("RUN"):
            done = subprocess.run(["sh", "-n"], input=command, text=True, capture_output=True, check=False)
            self.assertEqual(done.returncode, 0, done.stderr)
            if command.startswith("scripts/"):
                self.assertTrue(os.access(ROOT / command.split()[0], os.X_OK), command)

    def test_starts_a_program_that_it_has_copied(self):
        (program,) = [json.loads(value)[0] for value in values("ENTRYPOINT")]
        (source,) = [sources[0] for sources, destination in copies() if destination == program]
        self.assertTrue(os.access(ROOT / source, os.X_OK), source)

    def test_does_not_run_as_root(self):
        (user,) = values("USER")
        self.assertIn(f"useradd --system --home-dir /var/lib/dsql-local --create-home {user}", values("RUN")[1])


# What a container does, with a client in it. The files of the build must be readable after /run is hidden.
IN_A_CONTAINER = """
set -eu
mount -t tmpfs tmpfs /run
mkdir /run/dsql-local
mkfifo /run/output
PATH="$(dirname "$1"):$PATH"
export DSQL_LOCAL_PORT=0 DSQL_LOCAL_ADMIN_SOCKET=/run/dsql-local/admin.sock TMPDIR=/run XDG_CACHE_HOME=/run/cache
"$2" --user admin >/run/output 2>&1 &
server=$!
sed '/^# Ready/q' /run/output >/run/lines
dsql-local fault list
stat -c 'mode of env: %a' /run/dsql-local/env
(. /run/dsql-local/env && echo "secret: $AWS_SECRET_ACCESS_KEY" && psql -XAtc "SELECT 'hello'")
kill -TERM $server
wait $server
echo "left: $(ls /run/dsql-local)"
"""


@unittest.skipUnless(os.geteuid() == 0, "needs root, for a mount namespace")
class Entrypoint(unittest.TestCase):
    def run_it(self, **variables):
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PG"))}
        done = subprocess.run(
            ["unshare", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child",
             "sh", "-c", IN_A_CONTAINER, "sh", PROGRAM, str(ENTRYPOINT)],
            env={**environment, **variables}, text=True, capture_output=True, timeout=120, check=False,
        )
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def test_serves_with_the_keys_of_the_environment(self):
        output = self.run_it(AWS_ACCESS_KEY_ID="MINE", AWS_SECRET_ACCESS_KEY="se+cr/et")
        self.assertEqual(output, "mode of env: 600\nsecret: se+cr/et\nhello\nleft: ca.pem\nkeys\n")

    def test_serves_with_keys_of_its_own(self):
        output = self.run_it()
        self.assertRegex(output, r"^mode of env: 600\nsecret: dsql-local\S+\nhello\nleft: ca.pem\n$")


if __name__ == "__main__":
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    unittest.main()
