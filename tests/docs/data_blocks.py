# SPDX-License-Identifier: Apache-2.0
"""Blocks of JSON, CMake and Python: whether they can be read at all. And that each block says what it is."""

import json
import subprocess
import tempfile
from pathlib import Path

from markdown import Block, Document

LANGUAGES = {"", "c", "cpp", "python", "sh", "cmake", "sql", "json", "ini", "text", "dockerfile", "yaml"}


def errors_of(document: Document) -> list[str]:
    errors = []
    for block in document.blocks:
        where = f"{document.path}:{block.line}"
        if block.language not in LANGUAGES:
            errors.append(f"{where}: blocks of \"{block.language}\" are checked by nothing; "
                          f"known are {', '.join(sorted(LANGUAGES - {''}))}")
        elif block.kind and block.language != "cpp":
            errors.append(f"{where}: the kinds of the snippet comment are for blocks of C++")
        elif block.language == "python":
            errors += python_errors(where, block)
        elif block.language == "json":
            errors += json_errors(where, block)
        elif block.language == "cmake":
            errors += cmake_errors(where, block)
    return errors


def json_errors(where: str, block: Block) -> list[str]:
    try:
        json.loads("\n".join(block.lines))
    except json.JSONDecodeError as problem:
        return [f"{where}: this is no JSON: {problem}"]
    return []


def python_errors(where: str, block: Block) -> list[str]:
    try:
        compile("\n".join(block.lines) + "\n", where, "exec")
    except SyntaxError as problem:
        return [f"{where}: Python does not take this block: {problem}"]
    return []


def cmake_errors(where: str, block: Block) -> list[str]:
    """Read, but not run: the commands are those of a project."""
    with tempfile.TemporaryDirectory() as directory:
        script = Path(directory, "block.cmake")
        script.write_text("\n".join(["if(FALSE)", *block.lines, "endif()", ""]))
        done = subprocess.run(["cmake", "-P", str(script)], capture_output=True, text=True, check=False)
    return [f"{where}: CMake does not take this block: {done.stderr.strip()}"] if done.returncode else []
