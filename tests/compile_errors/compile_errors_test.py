#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the compiler says to those who use the library wrongly.

    compile_errors_test.py COMPILER INCLUDE_DIRECTORY...

Each case of cases.txt is compiled by itself. Its first error has to be the one that it names, and few
may follow. As C++17, each header has to say what it needs.
"""

import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import tempfile

CASES = pathlib.Path(__file__).with_name("cases.txt")
HEADING = re.compile(r"^//: (?P<name>[^:]+): (?P<text>.+)$")
MOST_ERRORS = 3
ERROR = re.compile(r"(?:fatal )?error: ")


def read_cases():
    """The lines in front of the first case, and (name, first error, code) of each."""
    shared, cases = [], []
    for line in CASES.read_text().split("\n"):
        heading = HEADING.match(line)
        if heading:
            cases.append((heading["name"], heading["text"], []))
        elif cases:
            cases[-1][2].append(line)
        else:
            shared.append(line)
    return "\n".join(shared), [(name, text, "\n".join(code)) for name, text, code in cases]


class Compiler:
    """A compiler with the library's headers read once."""

    def __init__(self, command, directories, scratch, shared):
        self.command = [command, "-std=c++20"]
        for directory in directories:
            self.command += ["-I", directory]
        self.scratch = pathlib.Path(scratch)
        header = self.scratch / "shared.hpp"
        header.write_text(shared)
        suffix = ".pch" if "clang" in os.path.basename(command) else ".gch"
        subprocess.run(self.command + ["-x", "c++-header", header, "-o", f"{header}{suffix}"], check=True)

    def errors(self, name, code):
        """The errors in a case."""
        source = self.scratch / f"{name.replace(' ', '_')}.cpp"
        source.write_text(code)
        header = self.scratch / "shared.hpp"
        return errors_of(self.command + ["-fsyntax-only", "-include", header, source])


def errors_of(command):
    """The errors that a compiler reports, in their order."""
    run = subprocess.run(command, stderr=subprocess.PIPE, env={**os.environ, "LC_ALL": "C"}, text=True, check=False)
    return [line for line in run.stderr.split("\n") if ERROR.search(line)]


def failure_of(compiler, case):
    """What is wrong with a case; none when it is as it should be."""
    name, text, code = case
    errors = compiler.errors(name, code)
    if text == "compiles":
        return f"{name}: does not compile:\n" + "\n".join(errors) if errors else None
    if not errors:
        return f"{name}: compiles"
    if text not in errors[0]:
        return f"{name}: its first error is not \"{text}\":\n" + "\n".join(errors[:5])
    if len(errors) > MOST_ERRORS:
        return f"{name}: {len(errors)} errors:\n" + "\n".join(errors)
    return None


def failure_of_older_language(compiler, header):
    """What is wrong with what a header says to those who compile as C++17."""
    errors = errors_of(compiler.command + ["-std=c++17", "-fsyntax-only", "-x", "c++", header])
    if errors and "dsql needs C++20" not in errors[0]:
        return f"{header}: as C++17, its first error is: {errors[0]}"
    return None


def main():
    shared, cases = read_cases()
    assert cases and sys.argv[2:], "no cases"
    with tempfile.TemporaryDirectory() as scratch:
        compiler = Compiler(sys.argv[1], sys.argv[2:], scratch, shared)
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as workers:
            found = list(workers.map(lambda case: failure_of(compiler, case), cases))
            headers = sorted(pathlib.Path(sys.argv[2]).glob("dsql/**/*.hpp"))
            found += workers.map(lambda header: failure_of_older_language(compiler, header), headers)
    failures = [failure for failure in found if failure]
    print("\n".join(failures))
    print(f"{len(found)} programs compiled, {len(failures)} not as they should be")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
