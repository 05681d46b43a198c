#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An input filter for Doxygen. It makes implicit documentation explicit and keeps the line numbers.

- A docstring also documents the following overloads of its function: they get "\\overload".
- Functions for copying and moving need no docstring: undocumented ones, and all defaulted or deleted functions, are
  left out.
- Namespaces called detail and friends are left out. Doxygen 1.9.8 would drop functions that follow such a namespace.
- Names of a namespace get a link to the guide that docs/reference.md has beside their header.
"""

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent / "docs/site"))
import documents  # noqa: E402

SCOPE = re.compile(r"\b(?:class|struct|namespace|union)\b(?![^<]*>\s*\w+\s*\()")
CALL = re.compile(r"(operator\s*(?:\(\)|\[\]|[^\s(]+)|~?\w+)\s*\(")
NO_NAMES = {"requires", "decltype", "noexcept", "explicit", "alignas", "sizeof", "declspec", "nodiscard"}
DETAILS = re.compile(r"(?:inline\s+)?namespace\s+(?:\w+::)*detail\s*\{")
DEFAULTED = re.compile(r"=\s*(?:default|delete)\s*;\s*$")
MOVING = re.compile(r"^\s*(?:(?:explicit\s+)?(\w+)\(\1&&\s*\w*\)|(\w+)& operator=\(\2&&\s*\w*\))\s*noexcept;")
FRIEND = re.compile(r"^\s*(?:template\s*<[^>]*>\s*)?friend\b[^;{]*;")


def without_comment(line: str) -> str:
    return re.sub(r"//.*", "", line)


def without_template_head(text: str) -> str:
    if not text.startswith("template"):
        return text
    depth = 0
    for at, character in enumerate(text):
        depth += (character == "<") - (character == ">")
        if character == ">" and depth == 0:
            return text[at + 1 :]
    return text


def name_of(declaration: str) -> str | None:
    """Returns the name of the declared function; None for other declarations."""
    text = without_template_head(re.sub(r"\[\[[^\]]*\]\]", " ", declaration).strip())
    text = re.sub(r"requires\s*\([^)]*\)", " ", text)
    head = re.split(r"[={]", text)[0] if "operator" not in text else text
    for match in CALL.finditer(head):
        if match.group(1) not in NO_NAMES:
            return match.group(1)
    return None


class Filter:
    def __init__(self, lines: list[str], guide: tuple[str, str] | None = None) -> None:
        self.lines = lines
        self.guide = guide
        self.output = list(lines)
        self.functions: list[str] = []  # the documented functions of namespaces
        self.scopes: list[str] = []  # for each open brace: "namespace" or "class"; "" if it contains no declarations
        self.documented: str | None = None  # the function whose docstring also documents overloads
        self.has_docstring = False

    def run(self) -> list[str]:
        at = 0
        while at < len(self.lines):
            line = self.lines[at]
            code = without_comment(line).strip()
            if set(self.scopes) <= {"namespace"} and DETAILS.match(code):
                at = self.without_details(at)
                continue
            if re.match(r"\s*///(?!<|@})", line):
                self.has_docstring = True
            elif not code or code.startswith("#"):
                pass
            elif all(self.scopes) and not code.startswith("}") and not re.match(r"\w+:$", code):
                at = self.declaration(at)
                continue
            else:
                self.count_braces(code, "")
            at += 1
        return self.output

    def without_details(self, start: int) -> int:
        """Leaves out a whole namespace. Returns the index of the line after it."""
        outside, end = len(self.scopes), start
        while end == start or len(self.scopes) > outside:
            self.count_braces(without_comment(self.lines[end]), "")
            end += 1
        self.output[start:end] = ["\n"] * (end - start)
        self.has_docstring = False
        return end

    def declaration(self, start: int) -> int:
        """Reads one declaration, up to its semicolon or brace. Returns the index of the line after it."""
        text, end, parentheses = "", start, 0
        while end < len(self.lines):
            code = without_comment(self.lines[end])
            text += " " + code.strip()
            parentheses += code.count("(") - code.count(")")
            end += 1
            if parentheses <= 0 and re.search(r"[;{}]\s*$", code):
                break
        name = name_of(text)
        is_scope = name is None and bool(SCOPE.search(text.split("{")[0])) and "enum" not in text.split("{")[0]
        is_namespace = bool(re.match(r"\s*(?:inline\s+)?namespace\b", text))
        if self.guide and self.has_docstring and not is_namespace and set(self.scopes) <= {"namespace"}:
            self.output[start] = f'/** @guide <a href="{self.guide[1]}">{self.guide[0]}</a> */ {self.lines[start]}'
            self.functions += [name] if name else []
        if not is_scope:
            self.complete(start, end, text, name)
        scope = ("namespace" if is_namespace else "class") if is_scope else ""
        for line in self.lines[start:end]:
            self.count_braces(without_comment(line), scope)
        self.has_docstring = False
        return end

    def complete(self, start: int, end: int, text: str, name: str | None) -> None:
        if self.has_docstring:
            self.documented = name
        elif FRIEND.match(text) or DEFAULTED.search(text) or MOVING.match(text):
            self.output[start:end] = ["\n"] * (end - start)
        elif name is not None and name == self.documented:
            line = self.output[start]
            indent = line[: len(line) - len(line.lstrip())]
            self.output[start] = f"{indent}/** \\overload */ {line.lstrip()}"
        else:
            self.documented = None

    def count_braces(self, code: str, scope: str) -> None:
        for character in re.sub(r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)\'', "", code):
            if character == "{":
                self.scopes.append(scope)
            elif character == "}" and self.scopes:
                self.scopes.pop()


def read(header: Path) -> Filter:
    lines = header.read_text(encoding="utf-8").splitlines(keepends=True)
    guide = documents.guides_of_headers().get(header.relative_to(documents.ROOT / "include").as_posix())
    return Filter(lines, guide)


def main() -> None:
    sys.stdout.writelines(read(Path(sys.argv[1]).resolve()).run())


if __name__ == "__main__":
    main()
