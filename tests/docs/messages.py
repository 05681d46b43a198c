# SPDX-License-Identifier: Apache-2.0
"""Texts of errors that a document quotes as headings: the sources still have them.

"<!-- messages of: src include -->" says that the headings behind it quote messages of the sources in these rooms; one that
does not exist, such as "others", ends that. "..." in a heading stands for what differs.
"""

import re
from functools import cache
from pathlib import Path

from markdown import Document

ROOM = re.compile(r"^<!-- messages of: (.+) -->$")
QUOTED = re.compile(r"`([^`]+)`")


@cache
def literals_of(rooms: tuple[Path, ...]) -> str:
    """The string literals of the sources; those that stand side by side are one."""
    literals = []
    for path in (path for room in rooms for path in sorted(room.rglob("*.[ch]pp"))):
        text = re.sub(r'"\s+(?:\+\s+)?"', "", path.read_text(encoding="utf-8"))
        literals += re.findall(r'"((?:[^"\\\n]|\\.)*)"', text)
    return "\n".join(literal.replace('\\"', '"') for literal in literals)


def fragments_of(message: str) -> list[str]:
    """What of a message has to stand in one literal; names in quotes are put in at run time."""
    parts = re.split(r'"?\.\.\."?', message)
    return [part.strip(' "') for part in parts if len(part.strip(' "()[]:')) > 2]


def errors_of(document: Document, root: Path) -> list[str]:
    errors: list[str] = []
    rooms: tuple[Path, ...] = ()
    for number, line in enumerate((root / document.path).read_text(encoding="utf-8").splitlines(), 1):
        if marker := ROOM.match(line):
            rooms = tuple(path for name in marker.group(1).split() if (path := root / name).is_dir())
        elif rooms and line.startswith("### "):
            for message in QUOTED.findall(line):
                errors += [
                    f'{document.path}:{number}: no source in {", ".join(room.name for room in rooms)} says "{part}"'
                    for part in fragments_of(message)
                    if part not in literals_of(rooms)
                ]
    return errors
