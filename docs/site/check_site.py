#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks the built site, for scripts/docs.

    docs/site/check_site.py DIRECTORY    prints what is wrong; fails if there is anything

Every link inside the site leads to a page that is there, and to an anchor on it; every address of the search does, too.
No page loads anything from elsewhere: no script, style, font, picture or frame. No page has a script or an event
handler in it, and each element is closed. Each word of a document is on its page: what Doxygen has taken for a command
or for something else than GitHub does would be missing.
"""

import json
import re
import sys
from collections import Counter
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import documents as site
from write_pages import Pages

# Attributes of elements whose content a browser loads by itself. A link that a reader may follow is none.
LOADED = {"src", "srcset", "data", "poster", "background", "action", "formaction"}
VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}
FOREIGN = re.compile(r"^(?:[a-z][a-z0-9+.-]*:)?//|^(?:javascript|data):", re.IGNORECASE)
STYLE_URL = re.compile(r"url\(\s*['\"]?([^'\")]+)|@import\s+['\"]([^'\"]+)")


class Page(HTMLParser):
    def __init__(self, name: str, html: str) -> None:
        super().__init__()
        self.name = name
        self.anchors: set[str] = set()
        self.links: list[str] = []
        self.errors: list[str] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()
        for tag in self.open:
            self.errors.append(f"{name}: <{tag}> is not closed")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)
        self.attributes(tag, attrs)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        # The end of a paragraph or a list item may be left out.
        while self.open and self.open[-1] != tag and self.open[-1] in ("p", "li", "dd", "dt", "tr", "td"):
            self.open.pop()
        if self.open and self.open[-1] == tag:
            self.open.pop()
        elif tag not in VOID and tag != "p":
            self.errors.append(f"{self.name}:{self.getpos()[0]}: </{tag}> ends nothing")

    def attributes(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        where = f"{self.name}:{self.getpos()[0]}"
        for name, value in attrs:
            value = value or ""
            if name in ("id", "name") and tag != "meta":
                self.anchors.add(value)
            if name.startswith("on"):
                self.errors.append(f"{where}: <{tag}> has the event handler {name}")
            elif name in LOADED or (name == "href" and tag != "a"):
                if FOREIGN.match(value):
                    self.errors.append(f"{where}: <{tag}> loads {value}")
                else:
                    self.links.append(value)
            elif name == "href" and not re.match(r"https?://|mailto:", value):
                self.links.append(value)
            elif name == "style" and STYLE_URL.search(value):
                self.errors.append(f"{where}: a style of <{tag}> loads {value}")
        if tag == "script" and "src" not in dict(attrs):
            self.errors.append(f"{where}: a script stands in the page")


def errors_of_links(source: str, links: list[str], pages: dict[str, Page], directory: Path) -> list[str]:
    errors = []
    for link in dict.fromkeys(links):
        name, _, anchor = unquote(link).partition("#")
        name = name or source
        if name not in pages and not (directory / name).is_file():
            errors.append(f"{source}: {link} leads to no page")
        elif anchor and (name not in pages or anchor not in pages[name].anchors):
            errors.append(f"{source}: {link} leads to no anchor")
    return errors


def errors_of_search(pages: dict[str, Page], directory: Path) -> list[str]:
    text = (directory / "search_index.js").read_text(encoding="utf-8")
    entries = json.loads(text[text.index("[") : text.rindex("]") + 1])
    if not entries:
        return ["search_index.js: the search finds nothing"]
    return errors_of_links("search_index.js", [entry[2] for entry in entries], pages, directory)


def errors_of_files(directory: Path) -> list[str]:
    """What styles, scripts and pictures load from elsewhere. A name space of XML is only a name."""
    errors = []
    for path in sorted(directory.iterdir()):
        if path.suffix in (".css", ".svg"):
            text = re.sub(r'xmlns(?::\w+)?="[^"]*"', "", path.read_text(encoding="utf-8"))
            urls = [first or second for first, second in STYLE_URL.findall(text)]
            urls += re.findall(r'(?:href|src)="([^"#][^"]*)"', text) if path.suffix == ".svg" else []
            errors += [f"{path.name}: loads {url}" for url in urls if FOREIGN.match(url)]
            errors += [f"{path.name}: has a script" for _ in re.findall(r"<script", text)]
        elif path.name == "search.js" and re.search(r"https?://", path.read_text(encoding="utf-8")):
            errors.append(f"{path.name}: names an address elsewhere")
    return errors


def words_of(text: str) -> Counter[str]:
    return Counter(re.findall(r"\w+", text))


def words_of_document(document: Path) -> Counter[str]:
    lines = (site.ROOT / document).read_text(encoding="utf-8").splitlines()
    words: Counter[str] = Counter()
    in_code = False
    for line in Pages(Path()).converted(lines, document):
        if line.startswith("~~~~"):
            in_code = not in_code
        elif in_code:
            words += words_of(line)
        else:
            text = re.sub(r"@htmlonly.*|\{#.*\}$|(?<=\])\([^()\s]+\)|^ *\d+\. ", "", line)
            words += words_of(unescape(site.shown(re.sub(r"</?(?:code|h\d)\b[^>]*>|\*", "", text))))
    return words


def errors_of_words(document: Path, html: str) -> list[str]:
    content = html[html.index("<main") : html.index("</main>")]
    shown = words_of(unescape(re.sub(r"<[^>]*>", "", content)))
    missing = sorted((words_of_document(document) - shown).elements())
    return [f"{site.page_of(document)}.html: words of {document} are missing: {', '.join(missing)}"] if missing else []


def errors_in(directory: Path) -> list[str]:
    pages = {path.name: Page(path.name, path.read_text(encoding="utf-8")) for path in sorted(directory.glob("*.html"))}
    if "index.html" not in pages:
        return ["index.html is missing"]
    errors = [error for page in pages.values() for error in page.errors]
    for page in pages.values():
        errors += errors_of_links(page.name, page.links, pages, directory)
    return errors + errors_of_search(pages, directory) + errors_of_files(directory)


def main() -> int:
    directory = Path(sys.argv[1])
    errors = errors_in(directory)
    for document in site.documents() if not errors else []:
        page = directory / f"{site.page_of(document)}.html"
        errors += errors_of_words(document, page.read_text(encoding="utf-8"))
    for error in errors:
        print(error, file=sys.stderr)
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
