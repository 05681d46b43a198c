#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The public headers: what they include, what <dsql/fwd.hpp> declares, and that each is worth a file.

    public_headers_test.py INCLUDE_DIRECTORY
"""

import re
import sys
import unittest
from pathlib import Path

ROOT = Path(sys.argv.pop()) if len(sys.argv) > 1 else Path(__file__).parents[2] / "include"

# Headers of the standard library that cost a program more than they are worth here. What is needed of them stands in
# dsql/detail/range.hpp or in a source.
HEAVY = {
    "algorithm", "charconv", "condition_variable", "execution", "filesystem", "format", "fstream", "future", "iomanip",
    "iostream", "istream", "map", "mutex", "numeric", "ostream", "random", "ranges", "regex", "semaphore", "set",
    "shared_mutex", "sstream", "thread", "unordered_map", "unordered_set", "variant",
}  # fmt: skip
# Not part of dsql.hpp: they need other libraries, or are for event loops, or for tools that read the shared AWS files.
BY_THEMSELVES = {
    "dsql/asio.hpp", "dsql/aws_sdk.hpp", "dsql/bulk_operation.hpp", "dsql/operation.hpp", "dsql/pqxx.hpp",
    "dsql/profiles.hpp", "dsql/wait_for.hpp",
}  # fmt: skip
# Each of them is one thing that stands nowhere else.
SMALL = {"dsql/asio.hpp", "dsql/version.hpp", "dsql/export.hpp", "dsql/codecs.hpp", "dsql/wait_for.hpp"}
FEWEST_LINES = 32

INCLUDE = re.compile(r"^#include <([^>]+)>", re.MULTILINE)
CLASS = re.compile(r"^(?:class|struct) (?:DSQL_EXPORT )?(\w+)(?: final)?(?: :[^;]*)?(?: \{(?:\};)?)?$")
PLAIN_TEMPLATE = re.compile(r"^template <(?:class(?:\.\.\.)? \w+(?:, )?)+>$")
STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
DECLARATION = re.compile(r"^(class|struct) (\w+);$", re.MULTILINE)


def text_of(header):
    return (ROOT / header).read_text(encoding="utf-8")


def public_headers():
    return sorted(
        str(path.relative_to(ROOT)) for path in (ROOT / "dsql").rglob("*.hpp") if "detail" not in path.parts
    )


def reached_from(header):
    """The headers that it includes, by itself or by others of the library."""
    seen, waiting = set(), [header]
    while waiting:
        current = waiting.pop()
        if current in seen:
            continue
        seen.add(current)
        if current.startswith("dsql/"):
            waiting += INCLUDE.findall(text_of(current))
    return seen


def classes_of(header):
    """The class keys and names of the classes and class templates that it defines for users."""
    found, depth, hidden_from, constrained = set(), 0, None, False
    for line in text_of(header).split("\n"):
        code = STRING.sub('""', line.split("//")[0]).rstrip()
        if hidden_from is None and re.match(r"namespace (dsql::)?(detail|pg)\b", code):
            hidden_from = depth
        if hidden_from is None:
            match = CLASS.match(code)
            if match and not constrained:
                found.add((code.split()[0], match.group(1)))
            # One that is constrained would have to be declared with its constraint.
            constrained = bool(re.match(r"template <", code) and not PLAIN_TEMPLATE.match(code))
        depth += code.count("{") - code.count("}")
        if hidden_from == depth:
            hidden_from = None
    return found


class PublicHeaders(unittest.TestCase):
    def test_no_heavy_header_of_the_standard_library(self):
        self.assertEqual(reached_from("dsql/dsql.hpp") & HEAVY, set())

    def test_all_of_them_are_in_dsql_hpp(self):
        self.assertEqual(set(public_headers()) - reached_from("dsql/dsql.hpp") - BY_THEMSELVES, set())

    def test_forward_declarations_agree_with_the_definitions(self):
        defined = set().union(*map(classes_of, set(public_headers()) - BY_THEMSELVES))
        declared = set(DECLARATION.findall(text_of("dsql/fwd.hpp")))
        self.assertGreater(len(defined), 50)
        self.assertEqual(declared, defined)

    def test_forward_declarations_include_next_to_nothing(self):
        self.assertEqual(set(INCLUDE.findall(text_of("dsql/fwd.hpp"))), {"dsql/export.hpp"})

    def test_each_is_worth_a_file(self):
        small = {header for header in public_headers() if text_of(header).count("\n") < FEWEST_LINES}
        self.assertEqual(small - SMALL, set())


if __name__ == "__main__":
    unittest.main(verbosity=1)
