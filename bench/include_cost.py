#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures what `#include <dsql/dsql.hpp>` adds to the compilation of a source.

    bench/include_cost.py [INCLUDE_DIRECTORY...]    for example also that of an older version

Prints the processor time of the compiler (CXX, else g++), the least of several runs in turn, and how many times as long
as for the standard headers that the interface itself consists of.
"""

import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RUNS = 9
STANDARD = ("chrono", "functional", "memory", "optional", "span", "stop_token", "string", "vector")


def source_of(*headers):
    return "".join(f"#include <{header}>\n" for header in headers)


def processor_time(source, directory, include):
    path = Path(directory) / "source.cpp"
    path.write_text(source, encoding="utf-8")
    command = [os.environ.get("CXX", "g++"), "-std=c++20", "-O2", "-fsyntax-only", f"-I{include}", str(path)]
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    subprocess.run(command, check=True)
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before


def main():
    includes = sys.argv[1:] or [str(ROOT / "include")]
    cases = {"the standard headers": (source_of(*STANDARD), includes[0])}
    for include in includes:
        cases[f"dsql/dsql.hpp in {include}"] = (source_of("dsql/dsql.hpp"), include)
    least = dict.fromkeys(cases, float("inf"))
    with tempfile.TemporaryDirectory() as directory:
        for _ in range(RUNS):
            for name, (source, include) in cases.items():
                least[name] = min(least[name], processor_time(source, directory, include))
    standard = least["the standard headers"]
    for name, seconds in least.items():
        print(f"{seconds * 1000:6.0f} ms  {seconds / standard:5.2f}  {name}")


if __name__ == "__main__":
    main()
