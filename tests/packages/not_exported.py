#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks that a project that uses the library gets none of the options of cmake/DsqlHardening.cmake.

    not_exported.py embedded BUILD_DIRECTORY    a configured project that contains the library, by add_subdirectory
    not_exported.py installed PREFIX            an installed library
"""

import re
import sys
from pathlib import Path

OPTIONS = re.compile(
    r"-fstack-\w+|-fcf-protection|-mbranch-protection|_FORTIFY_SOURCE|_GLIBCXX_ASSERTIONS|-z,(?:relro|now|noexecstack)"
)
# The targets of tests/consumer.
OWN = ("make_token", "hello")


def of_consumer(build: Path) -> list[str]:
    """The options with which Ninja compiles and links what belongs to the consumer."""
    lines, found = (build / "build.ninja").read_text().splitlines(), []
    target = ""
    for line in lines:
        if line.startswith("build "):
            target = line.split(":")[0].removeprefix("build ")
        is_own = any(target == name or target.startswith(f"CMakeFiles/{name}.dir/") for name in OWN)
        if is_own and re.match(r" +(FLAGS|DEFINES|LINK_FLAGS|LINK_LIBRARIES) =", line):
            found.append(f"{target}: {line.strip()}")
    return found


def of_files(prefix: Path) -> list[str]:
    files = [path for pattern in ("**/*.cmake", "**/*.pc") for path in prefix.glob(pattern)]
    return [f"{path}: {line.strip()}" for path in files for line in path.read_text().splitlines()]


def main() -> int:
    how, where = sys.argv[1], Path(sys.argv[2])
    lines = of_consumer(where) if how == "embedded" else of_files(where)
    if not lines:
        print(f"nothing to look at in {where}", file=sys.stderr)
        return 1
    wrong = [line for line in lines if OPTIONS.search(line)]
    for line in wrong:
        print(f"an option of ours reaches users: {line}", file=sys.stderr)
    print(f"{len(lines)} lines, {len(wrong)} with an option of ours")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
