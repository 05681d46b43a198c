#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What packaging/registry_files.py writes for a release.

    tests/packages/registry_files_test.py
"""

import ast
import hashlib
import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SCRIPT = Path(__file__).resolve().parent.parent.parent / "packaging/registry_files.py"
CONTENT = b"sources"
HOMEPAGE = "https://example.com/dsql"
ARCHIVE = "https://example.com/files/dsql-1.2.3.tar.gz"


class RegistryFiles(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.scratch = Path(scratch.name)

    def write(self, name="dsql-1.2.3.tar.gz"):
        archive = self.scratch / name
        archive.write_bytes(CONTENT)
        command = [sys.executable, SCRIPT, archive, "--homepage", HOMEPAGE, "--archive-url", ARCHIVE, "--into",
                   self.scratch / "made"]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    def made(self, path):
        return (self.scratch / "made" / path).read_text(encoding="utf-8")

    def test_sources_are_named_by_address_and_hash(self):
        self.assertEqual(self.write().returncode, 0)
        sha256, sha512 = hashlib.sha256(CONTENT).hexdigest(), hashlib.sha512(CONTENT).hexdigest()
        for path, sum_of_sources in (
            ("vcpkg/ports/dsql/portfile.cmake", sha512),
            ("conan/recipes/dsql/all/conandata.yml", sha256),
            ("alpine/dsql/APKBUILD", sha512),
            ("rpm/dsql.spec", ""),  # has the address alone
        ):
            text = self.made(path)
            self.assertIn(ARCHIVE, text, path)
            self.assertIn(sum_of_sources, text, path)

    def test_nothing_of_the_checkout_is_left(self):
        self.write()
        for path in (self.scratch / "made").rglob("*"):
            if path.is_file():
                text = path.read_text(encoding="utf-8")
                self.assertNotRegex(text, r"@[A-Z_0-9]+@|CURRENT_PORT_DIR}/\.\.|_checkout|# (source:|end of source)", path)

    def test_manifest_and_recipe_can_be_read(self):
        self.write()
        manifest = json.loads(self.made("vcpkg/ports/dsql/vcpkg.json"))
        self.assertEqual((manifest["version-semver"], manifest["homepage"]), ("1.2.3", HOMEPAGE))
        self.assertEqual(manifest["license"], "Apache-2.0")
        self.assertEqual(set(manifest["features"]), {"asio", "tools"})
        ast.parse(self.made("conan/recipes/dsql/all/conanfile.py"))
        self.assertTrue((self.scratch / "made/conan/recipes/dsql/all/test_package/conanfile.py").is_file())

    def test_the_archive_has_the_name_of_a_release(self):
        done = self.write("dsql.tar.gz")
        self.assertEqual(done.returncode, 2)
        self.assertIn("dsql.tar.gz is not called dsql-VERSION.tar.gz", done.stderr)


if __name__ == "__main__":
    unittest.main()
