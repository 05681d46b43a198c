#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes what package registries take, for a release: sources by their address and hash.

    packaging/registry_files.py ARCHIVE --homepage URL --archive-url URL --into DIRECTORY

ARCHIVE is dsql-VERSION.tar.gz of scripts/release. Into DIRECTORY go

    vcpkg/ports/dsql/           a port for vcpkg's registry
    conan/recipes/dsql/         a recipe for Conan Center
    rpm/dsql.spec               for Fedora, Amazon Linux and openSUSE
    alpine/dsql/APKBUILD        for Alpine's aports

The port and the recipe are those of packaging/, which build a checkout; only where the sources come from is another.
"""

import argparse
import hashlib
import json
import re
import shutil
from pathlib import Path

PACKAGING = Path(__file__).resolve().parent
SOURCE = re.compile(r"^( *)# source: .*?# end of source\n", re.DOTALL | re.MULTILINE)

VCPKG_SOURCE = """vcpkg_download_distfile(ARCHIVE
    URLS "{url}"
    FILENAME "{name}"
    SHA512 {sha512}
)
vcpkg_extract_source_archive(SOURCE_PATH ARCHIVE "${{ARCHIVE}}")
"""

CONAN_SOURCE = """    def source(self):
        get(self, **self.conan_data["sources"][self.version], strip_root=True)
"""


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("archive", type=Path)
    parser.add_argument("--homepage", required=True, help="the project's page")
    parser.add_argument("--archive-url", required=True, help="where the archive is published")
    parser.add_argument("--into", type=Path, required=True, help="a directory, which is made anew")
    arguments = parser.parse_args()
    named = re.fullmatch(r"dsql-(\d+\.\d+\.\d+)\.tar\.gz", arguments.archive.name)
    if named is None:
        parser.error(f"{arguments.archive} is not called dsql-VERSION.tar.gz")
    arguments.version = named.group(1)
    return arguments


def with_source(text: str, source: str) -> str:
    """Replaces the part of a file that says where the sources are."""
    changed, count = SOURCE.subn(lambda _: source, text)
    if count != 1:
        raise SystemExit("expected one part between '# source:' and '# end of source'")
    return changed


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def write_vcpkg_port(wanted: argparse.Namespace, sha512: str) -> None:
    port, template = wanted.into / "vcpkg/ports/dsql", PACKAGING / "vcpkg/dsql"
    source = VCPKG_SOURCE.format(url=wanted.archive_url, name=wanted.archive.name, sha512=sha512)
    write(port / "portfile.cmake", with_source((template / "portfile.cmake").read_text(encoding="utf-8"), source))
    manifest = json.loads((template / "vcpkg.json").read_text(encoding="utf-8"))
    ordered = {"name": manifest.pop("name"), "version-semver": wanted.version}
    manifest.pop("version-semver")
    ordered["description"] = manifest.pop("description")
    ordered["homepage"] = wanted.homepage
    write(port / "vcpkg.json", json.dumps({**ordered, **manifest}, indent=2) + "\n")
    shutil.copy(template / "usage", port)


def write_conan_recipe(wanted: argparse.Namespace, sha256: str) -> None:
    recipe = wanted.into / "conan/recipes/dsql"
    text = with_source((PACKAGING / "conan/conanfile.py").read_text(encoding="utf-8"), CONAN_SOURCE)
    text = text.replace('"""Conan 2 recipe that builds the checkout it lies in: conan create packaging/conan '
                        '--build=missing"""', '"""Conan 2 recipe."""')
    text = text.replace("import os\nimport re\n", "import os\n")
    text = text.replace("import copy, load, rmdir", "import copy, get, rmdir")
    text = text.replace('    license = "Apache-2.0"\n', f'    license = "Apache-2.0"\n    homepage = "{wanted.homepage}"\n'
                                                       f'    url = "{wanted.homepage}"\n')
    text = text.replace('cmake_layout(self, src_folder=".")', 'cmake_layout(self, src_folder="src")')
    write(recipe / "all/conanfile.py", text)
    write(recipe / "all/conandata.yml", f'sources:\n  "{wanted.version}":\n    url: "{wanted.archive_url}"\n'
                                        f'    sha256: "{sha256}"\n')
    write(recipe / "config.yml", f'versions:\n  "{wanted.version}":\n    folder: all\n')
    tests = recipe / "all/test_package"
    tests.mkdir(parents=True, exist_ok=True)
    for path in (PACKAGING / "conan/test_package").iterdir():
        if path.is_file():
            shutil.copy(path, tests)


def write_from_template(template: str, path: Path, values: dict[str, str]) -> None:
    text = (PACKAGING / template).read_text(encoding="utf-8")
    for name, value in values.items():
        text = text.replace(f"@{name}@", value)
    write(path, text)


def main() -> None:
    wanted = parse_arguments()
    content = wanted.archive.read_bytes()
    sha256, sha512 = hashlib.sha256(content).hexdigest(), hashlib.sha512(content).hexdigest()
    shutil.rmtree(wanted.into, ignore_errors=True)
    write_vcpkg_port(wanted, sha512)
    write_conan_recipe(wanted, sha256)
    values = {"VERSION": wanted.version, "HOMEPAGE": wanted.homepage, "ARCHIVE_URL": wanted.archive_url,
              "ARCHIVE": wanted.archive.name, "SHA512": sha512}
    write_from_template("rpm/dsql.spec", wanted.into / "rpm/dsql.spec", values)
    write_from_template("alpine/APKBUILD", wanted.into / "alpine/dsql/APKBUILD", values)


if __name__ == "__main__":
    main()
