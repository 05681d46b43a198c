# SPDX-License-Identifier: Apache-2.0
"""Names of files, folders and identifiers that a document mentions: the sources still have them.

"<!-- names of: src include -->" says that code spans after it are looked up in these folders: files ("resolver.cpp"),
folders ("src/pg/") and identifiers with an underscore ("token_cache"). Other code spans are not looked at.
"""

import re
from functools import cache
from pathlib import Path

from markdown import Document

FOLDERS = re.compile(r"^<!-- names of: (.+) -->$")
FENCE = re.compile(r"^ *(```+|~~~+)")
SPAN = re.compile(r"`([^`]+)`")
FILE = re.compile(r"^[\w./-]+\.[ch]pp$")
FOLDER = re.compile(r"^[\w./-]+/$")
IDENTIFIER = re.compile(r"^(?:\w+::)*([a-z]\w*_\w+)(?:\(\)|<\w*>)?$")


@cache
def files_in(folders: tuple[Path, ...]) -> list[Path]:
    return [path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()]


@cache
def words_in(folders: tuple[Path, ...]) -> set[str]:
    sources = [path for path in files_in(folders) if path.suffix in (".cpp", ".hpp")]
    return {word for path in sources for word in re.findall(r"\w+", path.read_text(encoding="utf-8"))}


@cache
def paths_in(root: Path, folders: tuple[Path, ...]) -> list[str]:
    """Files, and folders with a slash at their end, all with a slash in front."""
    paths = {path.relative_to(root) for path in files_in(folders)}
    parents = {parent for path in paths for parent in path.parents}
    return [f"/{path}" for path in paths] + [f"/{path}/" for path in parents]


def is_known(name: str, root: Path, folders: tuple[Path, ...]) -> bool:
    if FILE.match(name) or FOLDER.match(name):
        return (root / name).exists() or any(path.endswith("/" + name) for path in paths_in(root, folders))
    identifier = IDENTIFIER.match(name)
    return not identifier or identifier.group(1) in words_in(folders)


def errors_of(document: Document, root: Path) -> list[str]:
    errors: list[str] = []
    folders: tuple[Path, ...] = ()
    fence = ""
    for number, line in enumerate((root / document.path).read_text(encoding="utf-8").splitlines(), 1):
        if marker := FOLDERS.match(line):
            folders = tuple(root / name for name in marker.group(1).split())
        elif found := FENCE.match(line):
            fence = "" if fence and found.group(1).startswith(fence) else fence or found.group(1)
        elif folders and not fence:
            errors += [
                f"{document.path}:{number}: the sources have no {name}"
                for name in SPAN.findall(line)
                if not is_known(name, root, folders)
            ]
    return errors
