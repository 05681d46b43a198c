#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Draws docs/terminal/*.svg, pictures of a terminal, from what a program has printed there.

    docs/draw_terminal.py            writes a picture beside each docs/terminal/*.txt
    docs/draw_terminal.py --check    writes nothing; fails if a picture is not that of its text

A text is what `script -qc COMMAND` has recorded: lines with the escape sequences of colors. Its first line is the
command, after "$ ".
"""

import argparse
import re
import sys
from html import escape
from pathlib import Path

TEXTS = Path(__file__).resolve().parent / "terminal"
CHARACTER, LINE, MARGIN = 7.83, 18, 14
BACKGROUND, PLAIN = "#16202b", "#dbe2ea"
COLORS = {"31": "#ff7b72", "32": "#7ee787", "33": "#e3b341", "2": "#8b98a5", "90": "#8b98a5"}


def spans(line: str) -> list[tuple[str, str]]:
    """Returns the parts of a line with their colors."""
    parts, color = [], PLAIN
    for text, codes in re.findall(r"([^\x1b]*)(?:\x1b\[([0-9;]*)m)?", line):
        if text:
            parts.append((text, color))
        if codes is not None:
            known = [COLORS[code] for code in codes.split(";") if code in COLORS]
            color = known[-1] if known else (PLAIN if codes in ("", "0") else color)
    return parts


def draw(text: str, name: str) -> str:
    lines = [spans(line.rstrip("\r")) for line in text.rstrip("\n").split("\n")]
    columns = max(sum(len(part) for part, _ in line) for line in lines)
    width, height = round(columns * CHARACTER + 2 * MARGIN), len(lines) * LINE + 2 * MARGIN
    rows = []
    for number, line in enumerate(lines):
        content = "".join(f'<tspan fill="{color}">{escape(part, quote=False)}</tspan>' for part, color in line)
        rows.append(f'<text x="{MARGIN}" y="{MARGIN + LINE * number + 13}" xml:space="preserve">{content}</text>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        f'role="img" aria-label="{escape(name)} in a terminal" font-family="monospace" font-size="13">\n'
        f'<rect width="{width}" height="{height}" rx="8" fill="{BACKGROUND}"/>\n' + "\n".join(rows) + "\n</svg>\n"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description="Draws docs/terminal/*.svg.")
    parser.add_argument("--check", action="store_true", help="only compare")
    check = parser.parse_args().check
    stale = []
    for text in sorted(TEXTS.glob("*.txt")):
        picture = text.with_suffix(".svg")
        drawn = draw(text.read_text(encoding="utf-8"), text.stem)
        if check and (not picture.exists() or picture.read_text(encoding="utf-8") != drawn):
            stale.append(picture.name)
        elif not check:
            picture.write_text(drawn, encoding="utf-8")
    if stale:
        print(f"not drawn from their texts: {', '.join(stale)}; run docs/draw_terminal.py", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
