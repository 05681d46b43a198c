#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares the ABI of the built libdsql_c with the one before, which libdsql_c.abi has. Also checks that the comparison
finds what breaks programs.

    abi_test.py HEADER LIBRARY             compares
    abi_test.py --update HEADER LIBRARY    adds what is new to libdsql_c.abi
"""

import ctypes
import sys
import unittest
from pathlib import Path

import abi

BEFORE = Path(__file__).with_name("libdsql_c.abi")
HEAD = "# SPDX-License-Identifier: Apache-2.0\n# The ABI of libdsql_c; written by tests/c/abi_test.py --update.\n"
HEADER = LIBRARY = None


def lines_before() -> list[str]:
    text = BEFORE.read_text() if BEFORE.exists() else ""
    return [line for line in text.splitlines() if not line.startswith("#")]


def lines_now() -> list[str]:
    return abi.lines_of(HEADER.read_text(), abi.soname_of(LIBRARY), abi.exported_by(LIBRARY))


class Abi(unittest.TestCase):
    maxDiff = None

    def test_is_that_of_before(self) -> None:
        lost, new = abi.changes(lines_before(), lines_now())
        self.assertEqual(
            lost, [], "programs that exist would break: take it back, or raise DSQL_C_ABI_VERSION in CMakeLists.txt"
        )
        self.assertEqual(new, [], "additions break nothing: run tests/c/abi_test.py --update HEADER LIBRARY")

    def test_exports_only_functions_of_the_header_with_the_version_of_the_file(self) -> None:
        number = abi.soname_of(LIBRARY).rpartition(".")[2]
        for name, version in abi.exported_by(LIBRARY).items():
            self.assertEqual(version, f"DSQL_C_{number}", name)

    def test_library_has_the_values_of_the_header(self) -> None:
        library = ctypes.CDLL(str(LIBRARY))
        library.dsql_status_name.restype = ctypes.c_char_p
        values = abi.enums_of(abi.COMMENT.sub("", HEADER.read_text()))["dsql_status"]
        self.assertGreater(len(values), 10)
        for name, value in values.items():
            self.assertEqual(library.dsql_status_name(value).decode(), name)

    def test_finds_what_breaks_programs(self) -> None:
        header, exported, soname = HEADER.read_text(), abi.exported_by(LIBRARY), abi.soname_of(LIBRARY)
        now = abi.lines_of(header, soname, exported)
        for text, replacement in (
            ("int timeout_ms, char **token", "long timeout_ms, char **token"),
            ("const char *dsql_version(void)", "char *dsql_version(void)"),
            ("DSQL_TIMED_OUT = 6", "DSQL_TIMED_OUT = 16"),
            ("#define DSQL_NO_TIMEOUT (-1)", "#define DSQL_NO_TIMEOUT 0"),
            ("typedef struct dsql_error dsql_error;", ""),
        ):
            self.assertIn(text, header)
            lost, _ = abi.changes(now, abi.lines_of(header.replace(text, replacement), soname, exported))
            self.assertNotEqual(lost, [], text)
        self.assertNotEqual(abi.changes(now, abi.lines_of(header, "libdsql_c.so.1", exported))[0], [])

    def test_names_of_parameters_do_not_matter(self) -> None:
        header, exported, soname = HEADER.read_text(), abi.exported_by(LIBRARY), abi.soname_of(LIBRARY)
        renamed = header.replace("const char *connection_string", "const char *text")
        self.assertNotEqual(renamed, header)
        self.assertEqual(abi.lines_of(renamed, soname, exported), abi.lines_of(header, soname, exported))

    def test_refuses_what_cannot_stay_stable(self) -> None:
        header, exported, soname = HEADER.read_text(), abi.exported_by(LIBRARY), abi.soname_of(LIBRARY)
        for text, replacement in (
            ("typedef struct dsql_error dsql_error;", "typedef struct dsql_error { int code; } dsql_error;"),
            ("DSQL_TIMED_OUT = 6", "DSQL_TIMED_OUT"),
            ("DSQL_C_API int dsql_version_number(void)", "int dsql_version_number(void)"),
        ):
            self.assertIn(text, header)
            with self.assertRaises(abi.AbiError, msg=text):
                abi.lines_of(header.replace(text, replacement), soname, exported)
        with self.assertRaises(abi.AbiError):
            abi.lines_of(header, soname, {**exported, "helper": ""})


def update() -> int:
    before, now = lines_before(), lines_now()
    lost, new = abi.changes(before, now)
    if lost and before[0] == now[0]:
        print("programs that exist would break; first raise DSQL_C_ABI_VERSION in CMakeLists.txt:", *lost, sep="\n")
        return 1
    BEFORE.write_text(HEAD + "\n".join(now) + "\n")
    print(f"{len(new)} lines added, {len(lost)} taken away")
    return 0


if __name__ == "__main__":
    HEADER, LIBRARY = (Path(name).resolve() for name in sys.argv[-2:])
    sys.exit(update() if sys.argv[1] == "--update" else unittest.main(argv=sys.argv[:1]))
