#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the compiler says to those who use the library wrongly.

    compile_errors_test.py COMPILER INCLUDE_DIRECTORY...

Each case of cases.cpp is compiled by itself. Its first error has to be the one that it names, and no
more may follow than the case allows.
"""

import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import tempfile

CASES = pathlib.Path(__file__).with_name("cases.cpp")
# A case begins so: its number of errors at most, one unless it is said, and what the first one says.
HEADING = re.compile(r"^//: (?P<name>[^:]+): (?:(?P<most>\d+) errors, )?(?P<text>.+)$")
ERROR = re.compile(r"(?:fatal )?error: ")
ENDED = "errors generated"


def read_cases():
    """The lines in front of the first case, and (name, most errors, first error, code) of each."""
    shared, cases = [], []
    for line in CASES.read_text().split("\n"):
        heading = HEADING.match(line)
        if heading:
            cases.append((heading["name"], int(heading["most"] or 1), heading["text"], []))
        elif cases:
            cases[-1][3].append(line)
        else:
            shared.append(line)
    return "\n".join(shared), [(name, most, text, "\n".join(code)) for name, most, text, code in cases]


class Compiler:
    """A compiler with the library's headers read once."""

    def __init__(self, command, directories, scratch, shared):
        self.command = [command, "-std=c++20"]
        for directory in directories:
            self.command += ["-isystem" if ".deps" in directory else "-I", directory]
        self.scratch = pathlib.Path(scratch)
        header = self.scratch / "shared.hpp"
        header.write_text(shared)
        suffix = ".pch" if "clang" in os.path.basename(command) else ".gch"
        subprocess.run(self.command + ["-x", "c++-header", header, "-o", f"{header}{suffix}"], check=True)

    def errors(self, name, code):
        """The errors that the compiler reports, in their order."""
        source = self.scratch / f"{name.replace(' ', '_')}.cpp"
        source.write_text(code)
        header = self.scratch / "shared.hpp"
        run = subprocess.run(
            self.command + ["-fsyntax-only", "-include", header, source],
            stderr=subprocess.PIPE, env={**os.environ, "LC_ALL": "C"}, text=True, check=False)
        return [line for line in run.stderr.split("\n") if ERROR.search(line) and ENDED not in line]


def failure_of(compiler, case):
    """What is wrong with a case; none when it is as it should be."""
    name, most, text, code = case
    errors = compiler.errors(name, code)
    if text == "compiles":
        return f"{name}: does not compile:\n" + "\n".join(errors) if errors else None
    if not errors:
        return f"{name}: compiles"
    if text not in errors[0]:
        return f"{name}: its first error is not \"{text}\":\n" + "\n".join(errors[:5])
    if len(errors) > most:
        return f"{name}: {len(errors)} errors, {most} at most:\n" + "\n".join(errors)
    return None


def main():
    shared, cases = read_cases()
    assert cases, "no cases"
    with tempfile.TemporaryDirectory() as scratch:
        compiler = Compiler(sys.argv[1], sys.argv[2:], scratch, shared)
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as workers:
            failures = [failure for failure in workers.map(lambda case: failure_of(compiler, case), cases) if failure]
    print("\n".join(failures))
    print(f"{len(cases) - len(failures)} of {len(cases)} cases are as they should be")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
