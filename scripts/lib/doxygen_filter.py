#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Doxygen's input filter: what the headers leave to their reader is written out, on the same lines.

- A docstring counts for the overloads of its function that follow it: those get "\\overload".
- What the class says of copying and moving needs no words at each function: undocumented ones are left out, and with
  them what is defaulted or deleted.
- A base in namespace detail says nothing to a reader, nor does a friend.
"""

import re
import sys

SCOPE = re.compile(r"\b(?:class|struct|namespace|union)\b(?![^<]*>\s*\w+\s*\()")
CALL = re.compile(r"(operator\s*(?:\(\)|\[\]|[^\s(]+)|~?\w+)\s*\(")
NO_NAMES = {"requires", "decltype", "noexcept", "explicit", "alignas", "sizeof", "declspec", "nodiscard"}
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
    """The name of the function that is declared; none for everything else."""
    text = without_template_head(re.sub(r"\[\[[^\]]*\]\]", " ", declaration).strip())
    text = re.sub(r"requires\s*\([^)]*\)", " ", text)
    head = re.split(r"[={]", text)[0] if "operator" not in text else text
    for match in CALL.finditer(head):
        if match.group(1) not in NO_NAMES:
            return match.group(1)
    return None


class Filter:
    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.output = list(lines)
        self.scopes: list[bool] = []  # whether each brace that is open holds declarations
        self.documented: str | None = None  # the function whose docstring still counts
        self.has_docstring = False

    def run(self) -> list[str]:
        at = 0
        while at < len(self.lines):
            line = self.lines[at]
            code = without_comment(line).strip()
            if re.match(r"\s*///(?!<|@})", line):
                self.has_docstring = True
            elif not code or code.startswith("#"):
                pass
            elif all(self.scopes) and not code.startswith("}") and not re.match(r"\w+:$", code):
                at = self.declaration(at)
                continue
            else:
                self.count_braces(code, False)
            at += 1
        return self.output

    def declaration(self, start: int) -> int:
        """Reads one declaration, up to its semicolon or brace. Returns the line behind it."""
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
        if not is_scope:
            self.complete(start, end, text, name)
        for line in self.lines[start:end]:
            self.count_braces(without_comment(line), is_scope)
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

    def count_braces(self, code: str, holds_declarations: bool) -> None:
        for character in re.sub(r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)\'', "", code):
            if character == "{":
                self.scopes.append(holds_declarations)
            elif character == "}" and self.scopes:
                self.scopes.pop()


def main() -> None:
    with open(sys.argv[1], encoding="utf-8") as header:
        lines = header.readlines()
    sys.stdout.writelines(Filter(lines).run() if sys.argv[1].endswith(".hpp") else lines)


if __name__ == "__main__":
    main()
