# SPDX-License-Identifier: Apache-2.0
"""What the checks need to know of a Markdown document: its code blocks, headings and links."""

import re
from dataclasses import dataclass, field
from pathlib import Path


class DocumentError(Exception):
    """Something wrong in a document; its text begins with file and line."""


@dataclass
class Block:
    language: str
    lines: list[str]
    line: int  # of the first line of code, from 1
    kind: str = ""  # what the comment "<!-- snippet: KIND" before it says
    hidden: list[str] = field(default_factory=list)  # lines of code in that comment
    hidden_line: int = 0


@dataclass
class Link:
    target: str
    line: int


@dataclass
class Document:
    path: Path  # as it is shown: from the root of the repository
    blocks: list[Block]
    anchors: set[str]
    links: list[Link]


# Fences of "~" are text: what they quote is checked like the rest.
FENCE = re.compile(r"^( *)(```+)\s*([^`]*)$")
HEADING = re.compile(r"^#{1,6}\s+(.*?)\s*#*$")
LINK = re.compile(r"!?\[(?:[^\[\]]|\[[^\]]*\])*\]\(\s*<?([^()\s>]*)>?(?:\s+\"[^\"]*\")?\s*\)")
REFERENCE = re.compile(r"^\[[^\]]+\]:\s*(\S+)")
HTML_TARGET = re.compile(r"""<(?:img|a)\s[^>]*?(?:src|href)=["']([^"']+)["']""")
HTML_ANCHOR = re.compile(r"""<a\s[^>]*?(?:id|name)=["']([^"']+)["']""")
CODE_SPAN = re.compile(r"(`+)(?:(?!\1).)+?\1")
SNIPPET = re.compile(r"^<!--\s*snippet\b:?(.*)$")


def anchor_of(heading: str, taken: set[str]) -> str:
    """The name that GitHub gives a heading."""
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", heading)
    text = re.sub(r"[^\w\- ]", "", text.replace("`", "").lower()).replace(" ", "-")
    name, number = text, 0
    while name in taken:
        number += 1
        name = f"{text}-{number}"
    return name


def read(path: Path, shown: Path) -> Document:
    return parse(path.read_text(encoding="utf-8").splitlines(), shown)


def parse(lines: list[str], shown: Path) -> Document:
    document = Document(shown, [], set(), [])
    pending: Block | None = None  # a snippet comment that waits for its block
    index = 0
    while index < len(lines):
        line, number = lines[index], index + 1
        index += 1
        if pending and line.strip() and not FENCE.match(line):
            raise DocumentError(f"{shown}:{number}: a code block has to follow the snippet comment above")
        if comment := SNIPPET.match(line):
            pending, index = read_snippet_comment(lines, index, comment.group(1), shown)
        elif fence := FENCE.match(line):
            block, index = read_block(lines, index, fence, pending, shown)
            document.blocks.append(block)
            pending = None
        else:
            read_text_line(line, number, document)
    if pending:
        raise DocumentError(f"{shown}:{len(lines)}: a code block has to follow the snippet comment above")
    return document


def read_snippet_comment(lines: list[str], index: int, rest: str, shown: Path) -> tuple[Block, int]:
    first = index
    hidden: list[str] = []
    if "-->" not in rest:
        while index < len(lines) and "-->" not in lines[index]:
            hidden.append(lines[index])
            index += 1
        if index == len(lines):
            raise DocumentError(f"{shown}:{first}: this comment has no end")
        if lines[index].strip() != "-->":
            raise DocumentError(f"{shown}:{index + 1}: --> has to stand alone behind hidden lines of code")
        index += 1
    block = Block("", [], 0, rest.replace("-->", "").strip(), hidden, first + 1)
    return block, index


def read_block(
    lines: list[str], index: int, fence: re.Match[str], pending: Block | None, shown: Path
) -> tuple[Block, int]:
    indent, marks, language = fence.group(1), fence.group(2), fence.group(3).strip()
    first = index
    code: list[str] = []
    while index < len(lines) and lines[index].strip() != marks:
        text = lines[index]
        code.append(text[len(indent) :] if text.startswith(indent) else text.lstrip(" "))
        index += 1
    if index == len(lines):
        raise DocumentError(f"{shown}:{first}: this code block has no end")
    block = pending or Block("", [], 0)
    block.language, block.lines, block.line = language, code, first + 1
    return block, index + 1


def read_text_line(line: str, number: int, document: Document) -> None:
    if heading := HEADING.match(line):
        document.anchors.add(anchor_of(heading.group(1), document.anchors))
    plain = CODE_SPAN.sub(lambda span: "`" * len(span.group(0)), line)
    document.anchors.update(HTML_ANCHOR.findall(plain))
    targets = LINK.findall(plain) + HTML_TARGET.findall(plain)
    if reference := REFERENCE.match(plain):
        targets.append(reference.group(1))
    document.links.extend(Link(target, number) for target in targets)
