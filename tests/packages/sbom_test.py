#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks the software bill of materials of a build: it follows the rules of SPDX 2.3, names every library that the
files link, and is the same when it is made again. Also checks that the rules find what is wrong.

    sbom_test.py DSQL_SPDX_JSON FACTS MAKE_SBOM_CMAKE FILE...    the files that are installed
"""

import copy
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import sbom

DOCUMENT = FACTS = SCRIPT = None
FILES: list[Path] = []


def needed_by(path: Path) -> list[str]:
    text = subprocess.run(["readelf", "-d", path], check=True, capture_output=True, text=True).stdout
    return re.findall(r"\(NEEDED\).*\[(.+)\]", text)


def id_of(path: Path) -> str:
    """The identifier of an installed file; SPDX allows no underscore in it."""
    return f"SPDXRef-built-{path.name.replace('_', '-')}"


class Sbom(unittest.TestCase):
    def setUp(self) -> None:
        self.document = json.loads(DOCUMENT.read_text())

    def packages(self) -> dict:
        return {package["SPDXID"]: package for package in self.document["packages"]}

    def linked_to(self, path: Path) -> set[str]:
        """The names of the packages that a file is related to as needing them."""
        types = {"DYNAMIC_LINK", "STATIC_LINK", "DEPENDS_ON"}
        return {
            self.packages()[each["relatedSpdxElement"]]["name"]
            for each in self.document["relationships"]
            if each["spdxElementId"] == id_of(path) and each["relationshipType"] in types
        }

    def test_follows_the_specification(self) -> None:
        self.assertEqual(sbom.errors_of(self.document), [])

    def test_describes_each_installed_file(self) -> None:
        names = {package["name"] for package in self.document["packages"]}
        for path in FILES:
            self.assertIn(path.name, names)

    def test_has_as_many_links_as_the_file(self) -> None:
        # By other means than the document was made: each library of a file belongs to a package, and libraries of the
        # same package count once.
        same = {"libssl.so": "libcrypto.so", "libm.so": "libc.so", "ld-linux-x86-64.so": "libc.so"}
        for path in FILES:
            if path.suffix == ".a":
                continue
            bare = [re.sub(r"(\.so)(\.[0-9]+)*$", r"\1", name) for name in needed_by(path)]
            linked = [
                each
                for each in self.document["relationships"]
                if each["spdxElementId"] == id_of(path) and each["relationshipType"] == "DYNAMIC_LINK"
            ]
            self.assertEqual(len(linked), len({same.get(name, name) for name in bare}), f"{path.name}: {bare}")

    def test_knows_what_is_compiled_in(self) -> None:
        for path in FILES:
            if path.name.startswith("libdsql_auth.") or path.name == "dsql":
                self.assertIn("nlohmann-json", self.linked_to(path))
            if path.name == "dsql-local":
                self.assertTrue({"boost", "cli11", "libpg_query"} <= self.linked_to(path))
            if path.name.startswith("libdsql_c.so"):
                self.assertTrue({"libdsql.a", "libdsql_auth.a", "nlohmann-json", "libpq"} <= self.linked_to(path))
                self.assertNotIn("libdsql_c.a", self.linked_to(path))
            if path.name == "libdsql_c.a":
                self.assertIn("libdsql.a", self.linked_to(path))
            if path.name == "libdsql.a":
                self.assertTrue({"libdsql_auth.a", "libpq", "openssl"} <= self.linked_to(path))

    def test_has_a_version_and_a_purl_of_each_package_of_others(self) -> None:
        others = [package for package in self.document["packages"] if package["licenseConcluded"] == "NOASSERTION"]
        self.assertGreater(len(others), 8)
        for package in others:
            self.assertRegex(package.get("versionInfo", ""), r"^[0-9]", package["name"])
            if package["SPDXID"] != "SPDXRef-compiler":
                self.assertEqual(len(package.get("externalRefs", [])), 1, package["name"])

    def test_is_made_again_alike(self) -> None:
        with tempfile.TemporaryDirectory() as directory:
            again = Path(directory, "again.json")
            made = []
            for _ in range(2):
                subprocess.run(
                    ["cmake", f"-DFACTS={FACTS}", f"-DOUTPUT={again}", "-P", SCRIPT],
                    check=True,
                    env={**os.environ, "SOURCE_DATE_EPOCH": "1767225600"},
                )
                made.append(again.read_text())
        self.assertEqual(made[0], made[1])
        self.assertEqual(json.loads(made[0])["creationInfo"]["created"], "2026-01-01T00:00:00Z")

    def test_knows_the_licence_of_each_library(self) -> None:
        for package in self.document["packages"]:
            if package["primaryPackagePurpose"] == "LIBRARY":
                self.assertNotEqual(package["licenseDeclared"], "NOASSERTION", package["name"])

    def test_an_undescribed_library_is_there_and_named(self) -> None:
        with tempfile.TemporaryDirectory() as directory:
            facts, output = Path(directory, "facts.cmake"), Path(directory, "sbom.json")
            facts.write_text(FACTS.read_text().replace("^lib(ssl|crypto)", "^none"))
            run = subprocess.run(
                ["cmake", f"-DFACTS={facts}", f"-DOUTPUT={output}", "-P", SCRIPT],
                capture_output=True,
                text=True,
                check=True,
            )
            document = json.loads(output.read_text())
        self.assertRegex(run.stderr, r"links\s+libcrypto.so")
        self.assertEqual(sbom.errors_of(document), [])
        licences = {package["name"]: package["licenseDeclared"] for package in document["packages"]}
        self.assertIn("NOASSERTION", [licence for name, licence in licences.items() if name.startswith("libssl.so")])

    def test_rules_find_what_is_wrong(self) -> None:
        def spoil(*path_and_value) -> list[str]:
            spoiled = copy.deepcopy(self.document)
            *path, last, value = path_and_value
            element = spoiled
            for step in path:
                element = element[step]
            if value is None:
                del element[last]
            else:
                element[last] = value
            return sbom.errors_of(spoiled)

        for change in (
            ("spdxVersion", "SPDX-2.2"),
            ("dataLicense", None),
            ("documentNamespace", "https://x/#y"),
            ("documentNamespace", "not a URI"),
            ("unknown", "x"),
            ("creationInfo", "created", "2026-01-01 00:00"),
            ("creationInfo", "creators", []),
            ("creationInfo", "creators", ["CMake"]),
            ("packages", 2, "SPDXID", "SPDXRef-a_b"),
            ("packages", 2, "SPDXID", "SPDXRef-dsql-project"),
            ("packages", 2, "name", None),
            ("packages", 2, "downloadLocation", "somewhere"),
            ("packages", 2, "supplier", "dsql"),
            ("packages", 2, "filesAnalyzed", True),
            ("packages", 2, "licenseDeclared", "Apache 2"),
            ("packages", 2, "primaryPackagePurpose", "THING"),
            ("packages", -1, "externalRefs", 0, "referenceLocator", "deb:x"),
            ("relationships", 0, "relationshipType", "USES"),
            ("relationships", 0, "relatedSpdxElement", "SPDXRef-nothing"),
            ("relationships", 1, "spdxElementId", "SPDXRef-nothing"),
            ("relationships", []),
        ):
            self.assertNotEqual(spoil(*change), [], change)


if __name__ == "__main__":
    DOCUMENT, FACTS, SCRIPT = (Path(name) for name in sys.argv[1:4])
    FILES = [Path(name) for name in sys.argv[4:]]
    unittest.main(argv=sys.argv[:1])
