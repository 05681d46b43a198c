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


class Names:
    def __init__(self, tag_file: Path) -> None:
        self.all: list[Name] = []
        self.headers: dict[str, str] = {}  # the page for each header, as in "dsql/pool.hpp"
        self.classes_of_guide: dict[str, list[Name]] = defaultdict(list)
        root = ElementTree.parse(tag_file).getroot()
        guides = {name: address for name, (_, address) in site.guides_of_headers().items()}
        guide_of_class: dict[str, str] = {}
        for compound in root.iter("compound"):
            if compound.get("kind") == "file":
                header = (compound.findtext("path") or "") + (compound.findtext("name") or "")
                header = header[header.find("dsql/") :]
                if header in guides:
                    self.headers[header] = site.header_page_of(Path(header)) + ".html"
                    for element in compound.findall("class"):
                        guide_of_class[element.text or ""] = guides[header]
        for compound in root.iter("compound"):
            self.read(compound, guide_of_class)
        self.members: dict[str, list[Name]] = defaultdict(list)
        self.qualified = {}
        for name in self.all:
            self.qualified.setdefault(name.text, name)
            if "::" in name.text:
                self.members[name.text.rpartition("::")[2]].append(name)

    def read(self, compound: ElementTree.Element, guide_of_class: dict[str, str]) -> None:
        kind, name = compound.get("kind", ""), compound.findtext("name") or ""
        if kind not in ("class", "struct", "union", "concept", "namespace") or not (name + "::").startswith(LIBRARY):
            return
        guide = guide_of_class.get(name) or guide_of_class.get(name.rpartition("::")[0], "")
        own = name[len(LIBRARY) :]
        if own and "<" not in own:
            self.all.append(Name(own, kind, compound.findtext("filename") or "", guide))
            if guide and kind in ("class", "struct") and "::" not in own:
                self.classes_of_guide[guide.partition("#")[0]].append(self.all[-1])
        for member in compound.findall("member"):
            text, page = member.findtext("name") or "", member.findtext("anchorfile") or ""
            if member.get("protection") in (None, "public") and re.match(r"[a-z]\w*$", text) and page:
                qualified = f"{own}::{text}" if own else text
                address = f"{page}#{member.findtext('anchor')}"
                self.all.append(Name(qualified, member.get("kind", ""), address, guide))

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
