# SPDX-License-Identifier: Apache-2.0
"""The blocks of C in a document, compiled: a program by itself, anything else as the body of a function, after the
public C header and libpq's."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

import cpp_blocks
from markdown import Block, Document


@dataclass
class Compiler:
    command: list[str]  # program and options
    headers: list[str]  # what a block that is no program includes
    directory: Path  # for the sources


def errors_of(document: Document, compiler: Compiler) -> list[str]:
    errors = []
    for block in document.blocks:
        if block.language == "c":
            errors += compile_block(document, block, compiler)
    return errors


def source_of(document: Document, block: Block, headers: list[str]) -> list[str]:
    if cpp_blocks.is_program(block):
        return cpp_blocks.whole_program(document, block)
    start = [f"#include <{header}>" for header in headers] + cpp_blocks.includes(document, block)
    return [*start, "void block(void);", "void block(void) {", *cpp_blocks.code_of(document, block), "}"]


def compile_block(document: Document, block: Block, compiler: Compiler) -> list[str]:
    name = "-".join(document.path.with_suffix("").parts)
    source = compiler.directory / f"{name}-line{block.line}.c"
    source.write_text("\n".join(source_of(document, block, compiler.headers)) + "\n", encoding="utf-8")
    done = subprocess.run(
        [*compiler.command, "-fsyntax-only", str(source)], capture_output=True, text=True, check=False
    )
    if done.returncode == 0:
        return []
    return [f"{document.path}: a block of C does not compile\n{done.stderr.rstrip()}"]
