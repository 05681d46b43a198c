# SPDX-License-Identifier: Apache-2.0
"""The docstrings of the public headers: their code compiles like that of the documents, and each says what it means by
itself, because an editor shows it without those around it."""

import re
from pathlib import Path

import markdown

DOCSTRING = re.compile(r"^\s*///(?!<)@?(?:[{}]$)?( ?)(.*)$")
FORMAT_SWITCH = re.compile(r"^\s*// clang-format (on|off)$")
UNFENCED_CODE = re.compile(r"^ {4,}\S")
DECLARATIONS = re.compile(r"^(?:struct|class|enum|template|namespace|inline|static) ?")
# What says nothing where it stands alone.
EMPTY_PHRASES = (
    re.compile(r"[Tt]hrows as\b"),
    re.compile(r"as a statement does"),
    re.compile(r"^The same\b"),
    re.compile(r"^(?:See|As|As of) `[^`]+`[.,]"),
)


def header_paths(root: Path) -> list[Path]:
    """The public headers: what is in detail/ is not the user's."""
    public = root / "include"
    found = [*public.glob("*.h"), *public.rglob("*.hpp")]
    return sorted(path for path in found if "detail" not in path.relative_to(public).parts)


def read(path: Path, shown: Path) -> tuple[markdown.Document, list[str]]:
    """The docstrings of a header as one document with the header's lines, and what is wrong with them."""
    errors: list[str] = []
    text: list[str] = []
    formatted, fenced = True, False
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if switch := FORMAT_SWITCH.match(line):
            formatted = switch.group(1) == "on"
        docstring = DOCSTRING.match(line)
        content = docstring.group(2) if docstring else ""
        text.append(content)
        if content.startswith("```"):
            fenced = not fenced
        elif not docstring:
            fenced = False
        if fenced and formatted:
            errors.append(f"{shown}:{number}: code in a docstring stands between // clang-format off and on")
        elif docstring and not fenced:
            errors += errors_of_line(content, f"{shown}:{number}")
    document = markdown.parse(text, shown)
    for block in document.blocks:
        block.hidden, block.hidden_line = [f'#include "{path.resolve()}"'], 1
        block.kind = "declarations" if any(DECLARATIONS.match(code) for code in block.lines) else ""
    return document, errors


def errors_of_line(content: str, place: str) -> list[str]:
    if UNFENCED_CODE.match(content):
        return [f"{place}: code in a docstring stands in a fence of ```cpp, so that it is compiled"]
    return [
        f'{place}: "{found.group(0)}" says nothing to whom the docstring is shown alone: say it, or name the function '
        "that has the same contract with @see"
        for phrase in EMPTY_PHRASES
        if (found := phrase.search(content))
    ]
