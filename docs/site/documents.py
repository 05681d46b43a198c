# SPDX-License-Identifier: Apache-2.0
"""The documents of the site: which there are, the page of each, their order, and what a link between them leads to."""

import os
import re
from dataclasses import dataclass, field
from functools import cache
from html import escape
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
CONTENTS = Path("docs/README.md")  # its lists are the navigation
OVERVIEW = Path("docs/reference.md")  # its table says which guide explains which header
# Documents that have a name of their own in the site.
PAGES = {"README.md": "index", "docs/README.md": "documents", "examples/README.md": "examples"}

CODE_SPAN = re.compile(r"(`+)(?:(?!\1).)+?\1")
LINK = re.compile(r"(?P<image>!?)\[(?P<text>(?:[^\[\]]|\[[^\]]*\])*)\]\((?P<target>[^()\s]+)\)")
LINK_TARGET = re.compile(r"\]\(([^()\s]+)\)")  # a link's text may have begun on the line before
NAVIGATION_ITEM = re.compile(r"\[[^\]]*\]\([^)]*\)(:|$)")
FENCE = re.compile(r"^ *(```+|~~~+) *(\w*)")
HEADING = re.compile(r"^(#{1,6})\s+(.*?)\s*#*$")


# Characters that mean something to Doxygen pass it as characters of this private area.
PRIVATE = 0xE000


def hidden(text: str, characters: str) -> str:
    """Hides characters from Doxygen; `characters` is a regular expression."""
    return re.sub(characters, lambda found: "".join(chr(PRIVATE + ord(each)) for each in found[0]), text)


def shown(html: str) -> str:
    """The hidden characters of a page of HTML as they were."""
    return re.sub(r"[\uE000-\uE07F]", lambda found: escape(chr(ord(found[0]) - PRIVATE)), html)


class SiteError(Exception):
    """Something wrong in a document; the text says where."""


@dataclass
class Group:
    """A heading of the navigation with its links: the text, and the page with or without an anchor."""

    title: str
    links: list[tuple[str, str]] = field(default_factory=list)


def documents() -> list[Path]:
    """The Markdown documents of the site, relative to the root of the repository."""
    own = [path.relative_to(ROOT) for path in sorted((ROOT / "docs").glob("*.md"))]
    return [Path("README.md"), *own, Path("examples/README.md")] + [
        Path(name) for name in ("CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")
    ]


def page_of(document: Path) -> str:
    """The name of a document's page, without ".html"."""
    if named := PAGES.get(document.as_posix()):
        return named
    # Beside docs/security.md there is SECURITY.md.
    return document.stem if document.parent.name == "docs" else f"project-{document.stem.lower()}"


def source_page_of(path: Path) -> str:
    """The name of the page that shows a source file or folder, without ".html"."""
    return "source-" + re.sub(r"\W", "-", path.as_posix())


def header_page_of(header: Path) -> str:
    """The name that Doxygen gives the listing of a public header, without ".html"."""
    return header.name.replace("_", "__").replace(".", "_8") + "_source"


def is_public_header(path: Path) -> bool:
    return path.as_posix().startswith("include/dsql/") and "detail" not in path.parts and path.suffix == ".hpp"


def path_of(target: str, document: Path) -> Path:
    """The file or folder that a relative link in a document leads to, from the root of the repository."""
    return Path(os.path.normpath(document.parent / target.partition("#")[0])) if target[:1] != "#" else document


def anchor_of(heading: str, taken: set[str]) -> str:
    """The name that GitHub gives a heading."""
    text = LINK.sub(lambda link: link["text"], heading)
    text = re.sub(r"[^\w\- ]", "", text.replace("`", "").lower()).replace(" ", "-")
    name, number = text, 0
    while name in taken:
        number += 1
        name = f"{text}-{number}"
    taken.add(name)
    return name


def title_of(document: Path) -> str:
    return (ROOT / document).read_text(encoding="utf-8").partition("\n")[0].lstrip("# ")


def is_foreign(target: str) -> bool:
    return "://" in target or target.startswith("mailto:")


def page_target(target: str, document: Path) -> str:
    """The address in the site for a link of a document: that of a page, and an anchor on it if there is one."""
    if is_foreign(target):
        return target
    path = path_of(target, document)
    anchor = target[target.index("#") :] if "#" in target else ""
    if path in documents():
        return f"{page_of(path)}.html{anchor}"
    if is_public_header(path):
        return f"{header_page_of(path)}.html"
    if not (ROOT / path).exists():
        raise SiteError(f"{document}: a link leads to {path}, which does not exist")
    return f"{source_page_of(path)}.html"


def list_items(lines: list[str]) -> list[tuple[str, str]]:
    """The items of Markdown lists as pairs: the last heading before, and the text without line breaks."""
    heading, items, fence = "", [], ""
    for line in lines:
        if mark := FENCE.match(line):
            fence = "" if mark[1] == fence else fence or mark[1]
        elif fence:
            continue
        elif found := HEADING.match(line):
            heading = found[2]
        elif line.startswith("- "):
            items.append((heading, line[2:]))
        elif line.startswith("  ") and items:
            items[-1] = (heading, f"{items[-1][1]} {line.strip()}")
    return items


def navigation() -> list[Group]:
    """The navigation: the lists of CONTENTS, with the pages that Doxygen makes in the group of the reference."""
    groups: list[Group] = []
    for heading, item in list_items((ROOT / CONTENTS).read_text(encoding="utf-8").splitlines()):
        for link in LINK.finditer(item) if NAVIGATION_ITEM.match(item) else ():
            if is_foreign(link["target"]) or path_of(link["target"], CONTENTS) not in documents():
                continue
            if not groups or groups[-1].title != heading:
                groups.append(Group(heading))
            text = re.sub("[`*]", "", link["text"])
            groups[-1].links.append((text, page_target(link["target"], CONTENTS)))
            if path_of(link["target"], CONTENTS) == OVERVIEW:
                groups[-1].links += [("Classes", "annotated.html"), ("Functions and types", "namespacedsql.html")]
    linked = {target.partition(".html")[0] for group in groups for _, target in group.links}
    for document in documents():
        if page_of(document) not in linked | {"documents"}:
            raise SiteError(f"{CONTENTS}: no list has a link to {document}, so the site would not show it")
    return groups


@cache
def guides_of_headers() -> dict[str, tuple[str, str]]:
    """For each public header, as in "dsql/pool.hpp", the title and the address of the guide that explains it."""
    guides: dict[str, tuple[str, str]] = {}
    for line in (ROOT / OVERVIEW).read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        link = LINK.match(cells[0])
        if not line.startswith("|") or not link:
            continue
        for header in LINK.finditer(cells[-1]):
            path = path_of(header["target"], OVERVIEW)
            if is_public_header(path):
                name = path.relative_to("include").as_posix()
                guides[name] = (link["text"], page_target(link["target"], OVERVIEW))
    # What dsql/asio.hpp declares stands in headers beside its details.
    for path in (ROOT / "include/dsql/detail/asio").glob("*.hpp"):
        guides[path.relative_to(ROOT / "include").as_posix()] = guides["dsql/asio.hpp"]
    for path in sorted((ROOT / "include/dsql").rglob("*.hpp")):
        name = path.relative_to(ROOT / "include").as_posix()
        if is_public_header(path.relative_to(ROOT)) and name not in guides:
            raise SiteError(f"{OVERVIEW}: no guide is named for {name}")
    return guides
