# SPDX-License-Identifier: Apache-2.0
"""The C++ blocks of a document, compiled: checked as the compiler checks them, with no output."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from markdown import Block, Document

KINDS = ("", "declarations", "program")
INCLUDE = re.compile(r"^\s*#\s*include\b")
MAIN = re.compile(r"^int main\(", re.MULTILINE)


@dataclass
class Compiler:
    command: list[str]  # program and options
    prelude: str  # the header with the names that blocks use
    directory: Path  # for the sources


def errors_of(document: Document, compiler: Compiler) -> list[str]:
    blocks = [block for block in document.blocks if block.language == "cpp"]
    errors = [
        f'{document.path}:{block.line}: a snippet is of no kind "{block.kind}"; there are '
        "declarations and program, and none is the body of a function"
        for block in blocks
        if block.kind not in KINDS
    ]
    if errors:
        return errors
    programs = [block for block in blocks if is_program(block)]
    others = [block for block in blocks if not is_program(block)]
    for block in programs:
        errors += compile_source(document, f"line{block.line}", whole_program(document, block), compiler)
    if others:
        errors += compile_source(document, "blocks", one_source(document, others, compiler.prelude), compiler)
    return errors


def is_program(block: Block) -> bool:
    return block.kind == "program" or bool(MAIN.search("\n".join(block.lines)))


def numbered(document: Document, lines: list[str], first: int) -> list[str]:
    """The lines, known to the compiler by their place in the document; includes are left to the caller."""
    kept = ["" if INCLUDE.match(line) else line for line in lines]
    return [f'#line {first} "{document.path}"', *kept] if lines else []


def includes(document: Document, block: Block) -> list[str]:
    found = []
    for lines, first in ((block.hidden, block.hidden_line), (block.lines, block.line)):
        for offset, line in enumerate(lines):
            if INCLUDE.match(line):
                found += [f'#line {first + offset} "{document.path}"', line]
    return found


def code_of(document: Document, block: Block) -> list[str]:
    return numbered(document, block.hidden, block.hidden_line) + numbered(document, block.lines, block.line)


def whole_program(document: Document, block: Block) -> list[str]:
    return includes(document, block) + code_of(document, block)


def one_source(document: Document, blocks: list[Block], prelude: str) -> list[str]:
    """All other blocks of a document in one source: declarations as they stand, bodies in a function each."""
    source = [f'#include "{prelude}"']
    for block in blocks:
        source += includes(document, block)
    for block in blocks:
        if block.kind == "declarations":
            source += code_of(document, block)
        else:
            source += [f"static void block_of_line_{block.line}() {{", *code_of(document, block), "}"]
    return source


def compile_source(document: Document, part: str, lines: list[str], compiler: Compiler) -> list[str]:
    name = "-".join(document.path.with_suffix("").parts)
    source = compiler.directory / f"{name}-{part}.cpp"
    source.write_text("\n".join(lines) + "\n", encoding="utf-8")
    done = subprocess.run(
        [*compiler.command, "-fsyntax-only", str(source)], capture_output=True, text=True, check=False
    )
    if done.returncode == 0:
        return []
    return [f"{document.path}: a C++ block does not compile\n{done.stderr.rstrip()}"]
