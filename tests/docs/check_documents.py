#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks the Markdown documents and public headers of a repository: code compiles or can be read, links lead somewhere,
names exist.

How blocks get what they need around them is in docs/README.md, "How these pages are checked".
"""

import argparse
import os
import shlex
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import c_blocks
import cpp_blocks
import data_blocks
import headers
import links
import long_lines
import markdown
import messages
import names
import promises
import shell_blocks

SKIPPED = {"build", "_deps"}


def document_paths(root: Path) -> list[Path]:
    """All Markdown files of the tree, but for what is built or hidden."""
    found = []
    for directory, subdirectories, files in os.walk(root):
        subdirectories[:] = sorted(name for name in subdirectories if name not in SKIPPED and name[0] != ".")
        found += [Path(directory, name) for name in sorted(files) if name.endswith(".md")]
    return found


def read_all(root: Path) -> tuple[dict[Path, markdown.Document], list[str]]:
    documents, errors = {}, []
    for path in document_paths(root):
        try:
            documents[path.resolve()] = markdown.read(path, path.relative_to(root))
        except markdown.DocumentError as problem:
            errors.append(str(problem))
    return documents, errors


def read_headers(root: Path) -> tuple[list[markdown.Document], list[str]]:
    found, errors = [], []
    for path in headers.header_paths(root):
        try:
            document, wrong = headers.read(path, path.relative_to(root))
        except markdown.DocumentError as problem:
            errors.append(str(problem))
            continue
        found.append(document)
        errors += wrong
    return found, errors


def summary(documents: list[markdown.Document]) -> str:
    languages = [block.language for document in documents for block in document.blocks]
    return (
        f"{len(documents)} documents, {sum(len(each.links) for each in documents)} links, "
        f"{languages.count('cpp')} blocks of C++, {languages.count('sh')} of shell"
    )


def check(
    root: Path, compiler: cpp_blocks.Compiler, c_compiler: c_blocks.Compiler, programs: shell_blocks.Programs
) -> tuple[str, list[str]]:
    """What there was to check, and what is wrong with it."""
    documents, errors = read_all(root)
    if not documents and not errors:
        errors.append(f"no documents in {root}")
    for document in documents.values():
        errors += links.errors_of(document, documents, root)
        errors += data_blocks.errors_of(document)
        errors += messages.errors_of(document, root)
        errors += names.errors_of(document, root)
        errors += promises.errors_of(document, root)
        errors += long_lines.errors_of(document, root)
        errors += shell_blocks.errors_of(document, programs)
    docstrings, wrong = read_headers(root)
    errors += wrong
    for document in docstrings:
        errors += data_blocks.errors_of(document)
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as workers:
        compiled = [*documents.values(), *docstrings]
        for found in workers.map(lambda each: cpp_blocks.errors_of(each, compiler), compiled):
            errors += found
        for found in workers.map(lambda each: c_blocks.errors_of(each, c_compiler), documents.values()):
            errors += found
    return summary(list(documents.values())) + f", {len(docstrings)} headers", errors


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, required=True, help="of the repository")
    parser.add_argument("--compiler", required=True, help="the C++ compiler with its options, as one argument")
    parser.add_argument("--c-compiler", required=True, help="the C compiler with its options, as one argument")
    parser.add_argument("--prelude", type=Path, required=True, help="header with the names that blocks use")
    parser.add_argument("--directory", type=Path, required=True, help="where to write sources")
    parser.add_argument("--programs", type=Path, help="where dsql and dsql-local are, to look options up")
    arguments = parser.parse_args()
    arguments.directory.mkdir(parents=True, exist_ok=True)
    compiler = cpp_blocks.Compiler(
        shlex.split(arguments.compiler), str(arguments.prelude.resolve()), arguments.directory
    )
    c_compiler = c_blocks.Compiler(
        shlex.split(arguments.c_compiler), ["dsql.h", "libpq-fe.h"], arguments.directory
    )
    checked, errors = check(
        arguments.root.resolve(), compiler, c_compiler, shell_blocks.Programs(arguments.root, arguments.programs)
    )
    print(checked)
    for error in errors:
        print(error, file=sys.stderr)
    if errors:
        print(f"{len(errors)} errors in the documents", file=sys.stderr)
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
