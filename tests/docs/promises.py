# SPDX-License-Identifier: Apache-2.0
"""Tests that a document names as the proof of what it promises: they exist.

A code span that is the text of a link to a source, `Suite.Name`, has to be a test of GoogleTest in that source. One that
links to a CMakeLists.txt has to be a test that this file adds. After "<!-- tests of each item -->", up to the next
heading, each item of a list has to name a test.
"""

import re
from pathlib import Path

from markdown import Document

MARK = "<!-- tests of each item -->"
LINK = re.compile(r"\[`([^`]+)`\]\(([^)#\s]+)\)")


def tests_of_source(text: str) -> set[str]:
    found = re.findall(r"^(?:TYPED_)?TEST(?:_F|_P)?\(\s*(\w+)\s*,\s*(\w+)\s*\)", text, re.MULTILINE)
    return {f"{suite}.{name}" for suite, name in found}


def tests_of_cmake(text: str) -> set[str]:
    named = set(re.findall(r"add_test\(\s*NAME\s+(\S+)", text))
    # A function of this file may add tests by a name that it gets.
    if "${name}" in named:
        named |= set(re.findall(r"^\w+\(\w+ (\w+)", text, re.MULTILINE))
    return named


def is_proof(target: str) -> bool:
    return target.endswith(("_test.cpp", "CMakeLists.txt"))


def items_of(lines: list[str]) -> list[tuple[int, str]]:
    """The items of the lists that must name tests, with their first lines."""
    found: list[tuple[int, str]] = []
    is_marked = is_inside = False
    for number, line in enumerate(lines, 1):
        if line == MARK:
            is_marked = True
        elif line.startswith("#"):
            is_marked = is_inside = False
        elif is_marked and line.startswith("- "):
            found.append((number, line))
            is_inside = True
        elif is_inside and line.startswith("  "):
            found[-1] = (found[-1][0], found[-1][1] + "\n" + line)
        else:
            is_inside = False
    return found


def errors_of(document: Document, root: Path) -> list[str]:
    text = (root / document.path).read_text(encoding="utf-8")
    errors = []
    for number, line in enumerate(text.splitlines(), 1):
        for name, target in LINK.findall(line):
            path = root / document.path.parent / target
            if not is_proof(target) or not path.exists():  # links.py says what does not exist
                continue
            content = path.read_text(encoding="utf-8")
            known = tests_of_cmake(content) if target.endswith(".txt") else tests_of_source(content)
            if name not in known:
                errors.append(f"{document.path}:{number}: {target} has no test {name}")
    for number, item in items_of(text.splitlines()):
        if not any(is_proof(target) for _, target in LINK.findall(item)):
            errors.append(f"{document.path}:{number}: no test is named for this")
    return errors
