# SPDX-License-Identifier: Apache-2.0
"""Lines of text that are too long to be read in an editor. Tables and code are not looked at."""

from pathlib import Path

from markdown import Document

LONGEST = 120


def errors_of(document: Document, root: Path) -> list[str]:
    errors = []
    in_code = {
        number for block in document.blocks for number in range(block.line, block.line + len(block.lines))
    }
    for number, line in enumerate((root / document.path).read_text(encoding="utf-8").splitlines(), 1):
        if len(line) > LONGEST and number not in in_code and not line.startswith(("|", "<")):
            errors.append(f"{document.path}:{number}: {len(line)} columns, {LONGEST} is the most")
    return errors
