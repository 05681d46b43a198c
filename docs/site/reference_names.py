# SPDX-License-Identifier: Apache-2.0
"""The names of the library and their places in the reference, from the tag file that Doxygen writes."""

import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import documents as site

LIBRARY = "dsql::"


@dataclass(frozen=True)
class Name:
    text: str  # qualified, without the namespace of the library
    kind: str
    address: str
    guide: str  # the page of the guide that explains it, with the anchor; "" if unknown


GUIDE = re.compile(r'<dt>Guide</dt><dd><a href="([^"]+)">|<a id="(a[0-9a-f]{20,})"')


class Names:
    """Reads the tag file, and the pages that Doxygen has written in a directory, which say the guide of a name."""

    def __init__(self, tag_file: Path, directory: Path) -> None:
        self.directory = directory
        self.all: list[Name] = []
        self.headers = {
            name: f"{site.header_page_of(Path(name))}.html"
            for name in site.guides_of_headers()
            if (directory / f"{site.header_page_of(Path(name))}.html").exists()
        }
        self.names_of_guide: dict[str, list[Name]] = defaultdict(list)
        for compound in ElementTree.parse(tag_file).getroot().iter("compound"):
            self.read(compound)
        self.members: dict[str, list[Name]] = defaultdict(list)
        self.qualified: dict[str, Name] = {}
        for name in self.all:
            self.qualified.setdefault(name.text, name)
            if "::" in name.text:
                self.members[name.text.rpartition("::")[2]].append(name)

    def read(self, compound: ElementTree.Element) -> None:
        kind, name = compound.get("kind", ""), compound.findtext("name") or ""
        if kind not in ("class", "struct", "union", "concept", "namespace") or not (name + "::").startswith(LIBRARY):
            return
        page, own = compound.findtext("filename") or "", name[len(LIBRARY) :]
        guides = self.guides_on(page)
        if own and "<" not in own:
            self.all.append(Name(own, kind, page, guides.get("", "")))
            if kind in ("class", "struct") and "::" not in own:
                self.names_of_guide[guides.get("", "").partition("#")[0]].append(self.all[-1])
        for member in compound.findall("member"):
            text, anchor = member.findtext("name") or "", member.findtext("anchor") or ""
            member_page = member.findtext("anchorfile")
            if member.get("protection") in (None, "public") and re.match(r"[a-z]\w*$", text) and member_page:
                qualified = f"{own}::{text}" if own else text
                guide = guides.get("" if own else anchor, "")
                self.all.append(Name(qualified, member.get("kind", ""), f"{member_page}#{anchor}", guide))
                if not own:
                    self.names_of_guide[guide.partition("#")[0]].append(self.all[-1])

    def guides_on(self, page: str) -> dict[str, str]:
        """The guides that a page names, by the anchor before; that of a class itself has the key ""."""
        path = self.directory / page
        guides: dict[str, str] = {}
        anchor = ""
        for guide, next_anchor in GUIDE.findall(path.read_text(encoding="utf-8")) if path.is_file() else []:
            if next_anchor:
                anchor = next_anchor
            else:
                guides.setdefault(anchor if page == "namespacedsql.html" else "", guide)
        return guides


    def find(self, code: str, page: str) -> Name | None:
        """What a code span of a page stands for, if that is one name of the library without a doubt.

        A plain word may mean something else, such as a command; so it is looked up in the page's own classes alone.
        """
        text = re.sub(r"\([^()]*\)$|<[^<>]*>$", "", code.strip())
        is_qualified = text.startswith(LIBRARY)
        text = text.removeprefix(LIBRARY)
        if not re.fullmatch(r"[a-z]\w*((::|\.)[a-z]\w*)?", text):
            return None
        is_member = "." in text or "::" in text
        found = self.qualified.get(text.replace(".", "::"))
        if found and (is_qualified or is_member or "_" in text or found.guide.startswith(page)):
            return found
        if is_qualified or is_member:
            return None
        candidates = [name for name in self.members[text] if name.guide.partition("#")[0] == page]
        if not candidates and "_" in text:
            candidates = self.members[text]
        return candidates[0] if len({name.text for name in candidates}) == 1 else None
