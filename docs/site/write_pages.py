#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the documents as Doxygen's Markdown, for scripts/docs.

    docs/site/write_pages.py DIRECTORY    writes DIRECTORY/*.md

Doxygen's Markdown is not GitHub's: it has other names for headings, takes "@" and "\\" for commands, and reads links
between documents its own way, which differs from version to version. So the documents get what all versions agree on:
links to the pages themselves, and headings with the names that GitHub gives them. Each line keeps its number, so that a
warning of Doxygen leads to the line in the document. The source files that documents link to become pages as well.
"""

import re
import sys
from html import escape
from pathlib import Path

import documents as site
from documents import ROOT

HTML_PICTURE = re.compile(r'^<a href="[^"]*"><img src="(?P<source>[^"]*)"[^>]* alt="(?P<text>[^"]*)"></a>$')
PICTURE = re.compile(r"^!\[(?P<text>[^\]]*)\]\((?P<source>[^)]*\.svg)\)$")
NO_LIST = re.compile(r"\s*\d{2,}\.(?:\s|$)")  # a sentence that ends in a number, such as a SQLSTATE
TABLE_RULE = re.compile(r"^\|[-|: ]+$")
LANGUAGES = {".cpp": "cpp", ".hpp": "cpp", ".py": "py", ".inc": "cpp", ".java": "java"}


class Pages:
    """Writes the pages, and remembers the files they link to."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.sources: set[Path] = set()
        self.pictures: set[Path] = set()

    def write_document(self, document: Path) -> None:
        lines = (ROOT / document).read_text(encoding="utf-8").splitlines()
        self.write(site.page_of(document), "\n".join(self.converted(lines, document)))

    def write(self, page: str, text: str) -> None:
        (self.directory / f"{page}.md").write_text(text + "\n", encoding="utf-8")

    def converted(self, lines: list[str], document: Path) -> list[str]:
        fence, in_comment, anchors = "", False, set()
        result = []
        for number, line in enumerate(lines):
            mark = site.FENCE.match(line)
            if fence:
                fence = "" if mark and mark[1] == fence else fence
                result.append("~~~~" if not fence else line)
            elif in_comment or line.startswith("<!--"):
                in_comment = "-->" not in line
                result.append("")
            elif mark:
                fence = mark[1]
                result.append(f"~~~~{{.{LANGUAGES.get('.' + mark[2], 'unparsed')}}}")
            elif number == 0:
                site.anchor_of(line.lstrip("# "), anchors)
                page = site.page_of(document)
                result.append(line if page == "index" else f"{line} {{#{page}}}")
            elif heading := site.HEADING.match(line):
                level, anchor = len(heading[1]), site.anchor_of(heading[2], anchors)
                result.append(f'<h{level} id="{anchor}">{self.text(heading[2], document)}</h{level}>')
            elif TABLE_RULE.match(line):
                result.append(line)
            elif picture := PICTURE.match(line) or HTML_PICTURE.match(line):
                result.append(self.picture(picture, document))
            else:
                result.append(self.text(line, document))
        return result

    def picture(self, picture: re.Match[str], document: Path) -> str:
        path = site.path_of(picture["source"], document)
        self.pictures.add(path)
        image = f'<img src="{path.name}" alt="{escape(picture["text"])}"/>'
        return f'@htmlonly <div class="picture" tabindex="0">{image}</div> @endhtmlonly'

    def text(self, line: str, document: Path) -> str:
        """A line of text with its links replaced, and without what Doxygen would take for a command."""
        if NO_LIST.match(line):
            line = site.hidden(line, r"(?<=\d)\.(?=\s|$)")
        pieces, end = [], 0
        for span in site.CODE_SPAN.finditer(line):
            pieces += [self.plain_text(line[end : span.start()], document), code(span[0])]
            end = span.end()
        return "".join([*pieces, self.plain_text(line[end:], document)])

    def plain_text(self, text: str, document: Path) -> str:
        text = site.hidden(text, r"[@\\]|--+")
        return site.LINK_TARGET.sub(lambda link: f"]({self.address(link[1], document)})", text)

    def address(self, target: str, document: Path) -> str:
        address = site.page_target(target, document)
        if address.startswith("source-"):
            self.sources.add(site.path_of(target, document))
        return address

    def write_sources(self) -> None:
        """Writes the pages of the source files and folders that the documents link to."""
        waiting = set(self.sources)
        for path in waiting.copy():
            if (ROOT / path).is_dir():
                waiting |= set(files_in(path))
        for path in sorted(waiting):
            title = f"# {path} {{#{site.source_page_of(path)}}}\n\n"
            if (ROOT / path).is_dir():
                items = [f"- [{name.name}]({site.page_target('/'.join(('..',) + name.parts), site.CONTENTS)})"
                         for name in files_in(path)]
                self.write(site.source_page_of(path), title + "\n".join(items))
            else:
                text = (ROOT / path).read_text(encoding="utf-8")
                language = LANGUAGES.get(path.suffix, "unparsed")
                self.write(site.source_page_of(path), f"{title}~~~~~~~~{{.{language}}}\n{text}~~~~~~~~")


def files_in(folder: Path) -> list[Path]:
    return [path.relative_to(ROOT) for path in sorted((ROOT / folder).iterdir()) if path.is_file()]


def code(span: str) -> str:
    """A code span: what is in it is nothing but text in all versions."""
    text = site.hidden(span.strip("`").strip(), r"[^A-Za-z0-9_:. ()]|(?<![A-Za-z0-9])_+|_+(?![A-Za-z0-9])")
    return f"<code>{text}</code>"


def main() -> int:
    directory = Path(sys.argv[1])
    directory.mkdir(parents=True, exist_ok=True)
    pages = Pages(directory)
    try:
        for document in site.documents():
            pages.write_document(document)
        pages.write_sources()
    except site.SiteError as error:
        print(error, file=sys.stderr)
        return 1
    for picture in pages.pictures:
        (directory / picture.name).write_bytes((ROOT / picture).read_bytes())
    return 0


if __name__ == "__main__":
    sys.exit(main())
