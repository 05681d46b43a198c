#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes one site of the pages that Doxygen has written, for scripts/docs.

    docs/site/finish_pages.py HTML SOURCES TAGFILE VERSION

HTML is the folder of the pages, SOURCES what write_pages.py has written.

Adds the bar, the navigation and the contents of each page; links names in the documents to the reference; writes the
index of the search; removes Doxygen's scripts, and the files that the site does not use. Fails if a documented function
is not in the reference, because Doxygen has misread a header.
"""

import json
import re
import shutil
import sys
from html import escape, unescape
from pathlib import Path
from urllib.parse import unquote

sys.path.append(str(Path(__file__).resolve().parent.parent.parent / "scripts/lib"))
import documents as site  # noqa: E402
import doxygen_filter  # noqa: E402
from reference_names import Name, Names  # noqa: E402

TITLE = "Aurora DSQL Connector for C++"
SHORT_TITLE = "DSQL for C++"  # where there is no room
BODY = re.compile(r"<!-- top -->(.*)<div id=\"end-of-page\"></div>", re.DOTALL)
HEADING = re.compile(r'<h([2-4]) id="([^"]+)">(.*?)</h\1>', re.DOTALL)
# dsql/asio.hpp is what a program includes.
ASIO_HEADER = re.compile(r'<a class="el" href="[^"]*">dsql/detail/asio/\w+\.hpp</a>')
PAGE_END = re.compile(r"</div>\s*</div>\s*(?:</div>\s*)?<!-- (?:PageDoc|contents) -->")
EMPTY_TYPE = re.compile(r'(<td) class="memItemLeft"([^>]*>(?:<a [^>]*></a>)?\s*&#160;</td>)')
GUIDE = re.compile(r'<dl class="section user"><dt>Guide</dt>.*?</dl>', re.DOTALL)
UNLINKABLE = re.compile(r"(<a\b.*?</a>|<h[1-6]\b.*?</h[1-6]>|<div class=\"fragment\">.*?<!-- fragment -->)", re.DOTALL)
USED = re.compile(r'\s(?:href|src)="([^"]+)"')
# What Doxygen's scripts would use, and its tooltips.
LEFTOVERS = (
    re.compile(r"<script\b(?![^>]*search\.js).*?</script>", re.DOTALL),
    re.compile(r'<div class="ttc".*?</div></div>\n', re.DOTALL),
    re.compile(r'<div class="levels">.*?</div>', re.DOTALL),
    re.compile(r'<span[^>]*class="arrow"[^>]*>.*?</span>'),
    re.compile(r'\s(?:onclick|onmouseover|onmouseout)="[^"]*"'),
    re.compile(r'(?<=<tr)(?=[^>]*style="display:none;")[^>]*(?=>)'),
    re.compile(r'<img[^>]*src="closed\.png"[^>]*/>(?:&#160;)?'),
    re.compile(r'\sstyle="(?:width:\d+px;)?display:inline-block;"'),
    re.compile(r'\starget="_self"'),
)


def plain(html: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", "", html))).strip()


def page_title(html: str) -> str:
    found = re.search(r'<div class="title">(.*?)</div>', html, re.DOTALL)
    return plain(found[1]) if found else ""


class Site:
    def __init__(self, directory: Path, names: Names, version: str) -> None:
        self.directory, self.names, self.version = directory, names, version
        self.groups = site.navigation()
        self.documents = {f"{site.page_of(document)}.html" for document in site.documents()}

    def finish(self, page: Path) -> None:
        html = site.shown(page.read_text(encoding="utf-8"))
        for leftover in LEFTOVERS:
            html = leftover.sub("", html)
        body = BODY.search(html)
        if not body:
            raise site.SiteError(f"{page.name}: this page has no content between the header and the footer")
        content, contents = body[1], ""
        if page.name in self.documents or page.name.startswith("source-"):
            if page.name in self.documents:
                content = self.with_links(content, page.name)
            contents = self.contents_of(content)
            content = HEADING.sub(r'<h\1 id="\2">\3 <a class="permalink" href="#\2" aria-label="Link here">#</a></h\1>',
                                  content)
            content = self.with_reference(content, page.name)
        # Doxygen 1.9.4 names a section that some pages do not have.
        if 'id="nested-classes"' not in content:
            content = re.sub(r'<a href="#nested-classes">.*?</a>\s*(?:&#124;)?', "", content)
        content = self.with_guide_first(content) if re.match("class|struct", page.name) else content
        content = re.sub(r"( (?:Class|Struct|Namespace)(?: Template)? Reference)(?=</div>)", "", content)
        content = ASIO_HEADER.sub('<a class="el" href="asio_8hpp_source.html">dsql/asio.hpp</a>', content)
        content = EMPTY_TYPE.sub(r'\1 class="memItemLeft empty"\2', content)
        content = re.sub(r'(<table class="(?:markdownTable|doxtable|memberdecls|directory)">.*?</table>)',
                         r'<div class="scroll">\1</div>', content, flags=re.DOTALL)
        start, end = html.index('<div id="top">'), body.end()
        html = html[:start] + self.frame(page.name, content, contents) + html[end:]
        title = page_title(content)
        whole = TITLE if page.name == "index.html" else f"{title} - {TITLE}"
        html = re.sub(r"<title>.*?</title>", lambda _: f"<title>{escape(whole)}</title>", html, flags=re.DOTALL)
        page.write_text(html, encoding="utf-8")

    def frame(self, page: str, content: str, contents: str) -> str:
        has_contents = ' class="has-contents"' if contents else ""
        return f"""<a class="skip" href="#content">Skip to the content</a>
<header>
<a class="home" href="index.html"><b class="wide">{TITLE}</b><b class="narrow">{SHORT_TITLE}</b>
 <small>{escape(self.version)}</small></a>
<div class="search" role="search"><input type="search" id="search" placeholder="Search" aria-label="Search the site"
 autocomplete="off" spellcheck="false"/><ol id="results" hidden="hidden"></ol></div>
<input type="checkbox" id="menu" aria-label="Show the navigation"/><label for="menu">Menu</label>
<nav aria-label="Site">{self.navigation(page)}</nav>
</header>
<div id="columns"{has_contents}>
<main id="content">{content}</main>
{contents}
</div>
"""

    def navigation(self, page: str) -> str:
        parts = []
        for group in self.groups:
            parts.append(f"<h2>{escape(group.title)}</h2><ul>")
            for text, address in group.links:
                here = ' aria-current="page"' if address == page else ""
                parts.append(f'<li><a href="{address}"{here}>{escape(text)}</a></li>')
            parts.append("</ul>")
        return "\n".join(parts)

    def contents_of(self, content: str) -> str:
        items = [
            f'<li class="level{level}"><a href="#{anchor}">{escape(plain(title))}</a></li>'
            for level, anchor, title in HEADING.findall(content)
            if level in "23"
        ]
        if len(items) < 3:
            return ""
        return f'<aside aria-label="On this page"><h2>On this page</h2><ul>{"".join(items)}</ul></aside>'

    def with_links(self, content: str, page: str) -> str:
        def linked(code: re.Match[str]) -> str:
            text = unescape(code[1])
            if text in self.names.headers:
                return f'<a class="el" href="{self.names.headers[text]}">{code[0]}</a>'
            name = self.names.find(text, page)
            return f'<a class="el" href="{name.address}">{code[0]}</a>' if name else code[0]

        parts = UNLINKABLE.split(content)
        parts[::2] = [re.sub(r"<code>([^<]+)</code>", linked, part) for part in parts[::2]]
        return "".join(parts)

    def with_reference(self, content: str, page: str) -> str:
        """Adds the names that a guide explains; of overloaded functions, the first."""
        names = {name.text: name for name in reversed(self.names.names_of_guide.get(page, []))}
        if not names or page == "packages.html":
            return content
        links = ", ".join(
            f'<a class="el" href="{names[text].address}"><code>{text}</code></a>' for text in sorted(names)
        )
        paragraph = f'<p class="reference"><b>In the reference:</b> {links}</p>'
        return PAGE_END.sub(lambda end: paragraph + end[0], content, count=1)

    def with_guide_first(self, content: str) -> str:
        """Moves the guide of a class from the end of its description to the beginning of its page."""
        guide = GUIDE.search(content)
        if not guide:
            return content
        content = content[: guide.start()] + content[guide.end() :]
        return content.replace('<div class="contents">', f'<div class="contents">\n{guide[0]}', 1)

    def remove_unused(self) -> None:
        """Removes what no page leads to, from the first page on."""
        used, waiting = set(), ["index.html"]
        while waiting:
            name = waiting.pop()
            if name in used or not (self.directory / name).is_file():
                continue
            used.add(name)
            if name.endswith(".html"):
                text = (self.directory / name).read_text(encoding="utf-8")
                waiting += [unquote(unescape(target).partition("#")[0]) for target in USED.findall(text)]
        for path in self.directory.iterdir():
            if path.name not in used | {"search_index.js"}:
                path.unlink()

    def write_search_index(self) -> None:
        """Writes entries of title, context, address and text: one for each section of a document and for each name."""
        entries = []
        for document in site.documents():
            page = f"{site.page_of(document)}.html"
            entries += self.sections(page, (self.directory / page).read_text(encoding="utf-8"))
        briefs = self.briefs()
        for name in self.names.all:
            if (self.directory / name.address.partition("#")[0]).exists():
                entries.append(entry_of(name, briefs.get(name.address, "")))
        unique = list({tuple(entry[:2]): entry for entry in reversed(entries)}.values())[::-1]
        index = ",\n".join(json.dumps(entry, ensure_ascii=False, separators=(",", ":")) for entry in unique)
        (self.directory / "search_index.js").write_text(f"searchIndex([\n{index}\n]);\n", encoding="utf-8")

    def sections(self, page: str, html: str) -> list[list[str]]:
        title = page_title(html)
        start, end = html.index('<div class="contents">'), html.index("</main>")
        pieces = re.split(r'(<h[2-4] id="[^"]+">.*?</h[2-4]>)', html[start:end], flags=re.DOTALL)
        sections = [[title, "", page, plain(pieces[0])]]
        for heading, text in zip(pieces[1::2], pieces[2::2]):
            found = HEADING.match(heading)
            if found:
                name = plain(re.sub(r'<a class="permalink".*?</a>', "", found[3]))
                sections.append([name, title, f"{page}#{found[2]}", plain(text)])
        return sections

    def briefs(self) -> dict[str, str]:
        html = (self.directory / "annotated.html").read_text(encoding="utf-8")
        rows = re.findall(r'<a class="el" href="([^"]+)">[^<]*</a></td><td class="desc">(.*?)</td>', html, re.DOTALL)
        return {address: plain(text) for address, text in rows}


def require_functions(names: Names) -> None:
    for header in site.guides_of_headers():
        read = doxygen_filter.read(site.ROOT / "include" / header)
        read.run()
        for function in read.functions:
            if function not in names.qualified:
                raise site.SiteError(f"{header}: the reference lacks the function {function}")


def entry_of(name: Name, brief: str) -> list[str]:
    scope, _, own = name.text.rpartition("::")
    return [own, f"dsql::{scope}" if scope else "dsql", name.address, brief]


def main() -> int:
    directory, sources, tag_file, version = Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4]
    try:
        names = Names(tag_file, directory)
        require_functions(names)
        whole = Site(directory, names, version)
        for page in sorted(directory.glob("*.html")):
            whole.finish(page)
        for picture in sources.glob("*.svg"):
            shutil.copy(picture, directory)
        whole.remove_unused()
        whole.write_search_index()
    except site.SiteError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
