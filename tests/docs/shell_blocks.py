# SPDX-License-Identifier: Apache-2.0
"""The shell blocks of a document: their syntax, and whether our programs have the options they give."""

import re
import shlex
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from markdown import Block, Document

OUR_COMMANDS = ("dsql", "dsql-local")
OUR_FILES = re.compile(r"^(?:\./)?(scripts|bench|tests|\.ci)/[\w./-]+$")
BUILT = re.compile(r"^(?:\./)?build/[\w<>-]+/bin/([\w-]+)$")
ASSIGNMENT = re.compile(r"^\w+=")
OPTION = re.compile(r"^(--[a-z][a-z0-9-]*)(?:=.*)?$")
SEPARATORS = {"|", "||", "&&", ";", "&", "(", ")"}


@dataclass
class Programs:
    root: Path  # of the repository
    directory: Path | None  # where dsql and dsql-local are; none: their options are not checked
    helps: dict[tuple[str, ...], str | None] = field(default_factory=dict)
    targets: set[str] | None = None


def errors_of(document: Document, programs: Programs) -> list[str]:
    errors = []
    for block in document.blocks:
        if block.language == "sh":
            errors += errors_of_block(document, block, programs)
    return errors


def errors_of_block(document: Document, block: Block, programs: Programs) -> list[str]:
    text = "\n".join(block.lines) + "\n"
    done = subprocess.run(["bash", "-n"], input=text, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        return [f"{document.path}:{block.line}: bash does not take this block: {done.stderr.strip()}"]
    errors = []
    for line, words in commands_of(block):
        errors += [f"{document.path}:{line}: {problem}" for problem in problems_of(words, programs)]
    return errors


def commands_of(block: Block) -> list[tuple[int, list[str]]]:
    """Each simple command with its line. Here-documents and the like are not followed: their words name none of ours."""
    found = []
    joined, first = "", block.line
    for offset, line in enumerate(block.lines):
        if not joined:
            first = block.line + offset
        joined += line
        if joined.endswith("\\"):
            joined = joined[:-1] + " "
            continue
        lexer = shlex.shlex(joined, posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        joined = ""
        try:
            words = list(lexer)
        except ValueError:  # a string over several lines
            continue
        command: list[str] = []
        for word in [*words, ";"]:
            if word not in SEPARATORS:
                command.append(word)
            elif command:
                found.append((first, command))
                command = []
    return found


def problems_of(words: list[str], programs: Programs) -> list[str]:
    """Of a command, and of the command behind its "--"."""
    while words and (ASSIGNMENT.match(words[0]) or words[0] in ("timeout", "exec", "sudo", "$")):
        words = words[2:] if words[0] == "timeout" else words[1:]
    if not words:
        return []
    own, behind = words, []
    if "--" in words:
        at = words.index("--")
        own, behind = words[:at], words[at + 1 :]
    return problems_of_program(own, programs) + problems_of(behind, programs)


def problems_of_program(words: list[str], programs: Programs) -> list[str]:
    program = words[0]
    if OUR_FILES.match(program):
        return [] if (programs.root / program).is_file() else [f"there is no {program}"]
    if built := BUILT.match(program):
        program = built.group(1)
        if program not in targets_of(programs):
            return [f"no CMakeLists.txt has a program {program}"]
    if program in OUR_COMMANDS and programs.directory:
        return problems_of_options([program, *words[1:]], programs)
    return []


def targets_of(programs: Programs) -> set[str]:
    """The programs that the CMakeLists.txt of the repository build; those of the examples are called by their sources."""
    if programs.targets is None:
        examples = {path.stem for path in (programs.root / "examples").rglob("*.cpp")}
        programs.targets = examples | {"example_" + name for name in examples}
        for room in ("bench", "cli", "examples", "local", "tests"):
            for path in (programs.root / room).rglob("CMakeLists.txt"):
                programs.targets |= set(re.findall(r"add_executable\(([\w-]+)", path.read_text(encoding="utf-8")))
    return programs.targets


def problems_of_options(words: list[str], programs: Programs) -> list[str]:
    """Asks the (sub)command for its help, and looks the options up in it."""
    subcommands = []
    for word in words[1:]:
        if word.startswith("-"):
            break
        subcommands.append(word)
    text = None
    path = [words[0], *subcommands]
    while path and text is None:
        text = help_of(tuple(path), programs)
        path = path[:-1]
    if text is None:
        return [f"{words[0]} cannot be asked for its help"]
    if subcommands and subcommands[0] != "help" and help_of((words[0],), programs) == text:
        return [f"{words[0]} has no command {subcommands[0]}"]
    problems = []
    for word in words[1:]:
        option = OPTION.match(word)
        if option and not re.search(re.escape(option.group(1)) + r"(?![\w-])", text):
            problems.append(f"{' '.join(words[: 1 + len(subcommands)])} has no option {option.group(1)}")
    return problems


def help_of(command: tuple[str, ...], programs: Programs) -> str | None:
    if command not in programs.helps:
        assert programs.directory
        asked = [str(programs.directory / command[0]), *command[1:], "--help"]
        try:
            done = subprocess.run(
                asked, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False
            )
            programs.helps[command] = done.stdout if done.returncode == 0 else None
        except OSError:  # not built
            programs.helps[command] = None
    return programs.helps[command]
