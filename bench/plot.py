#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Draws the plots of docs/performance.md from what the benchmarks have printed.

    bench/plot.py            reads bench/results/*.txt, writes docs/plots/*.svg
    bench/plot.py --check    writes nothing; fails if a plot is out of date

A file of results starts with lines that begin with "#" and describe the machine. The output of a benchmark follows.
docs/performance.md says how to measure.
"""

import argparse
import re
import sys
from dataclasses import dataclass
from html import escape
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

WIDTH = 820
LABEL_WIDTH = 300
BAR_WIDTH = 350
ROW = 24
# The reader's choice of light or dark decides, in the site and on GitHub.
STYLE = """<style>
svg { --ground: #fff; --text: #1b2733; --ours: #2a6f97; --others: #b9c4cc }
@media (prefers-color-scheme: dark) { svg { --ground: #12181f; --text: #dbe2ea; --ours: #5aa9d6; --others: #4d5a66 } }
text { fill: var(--text) }
.ground { fill: var(--ground) }
.ours { fill: var(--ours) }
.others { fill: var(--others) }
</style>"""


@dataclass
class Bar:
    label: str
    value: float
    text: str
    is_ours: bool


@dataclass
class Group:
    title: str
    bars: list[Bar]


class UnreadableResults(Exception):
    pass


def text_at(x: float, y: float, text: str, extra: str = "") -> str:
    return f'<text x="{x:g}" y="{y:g}"{extra}>{escape(text)}</text>'


def chart(groups: list[Group]) -> str:
    """Draws horizontal bars. Each group has its own scale, which begins at zero."""
    parts = []
    y = 8.0
    for group in groups:
        y += ROW
        parts.append(text_at(10, y, group.title, ' font-weight="bold"'))
        y += 10
        longest = max(bar.value for bar in group.bars)
        for bar in group.bars:
            length = max(1.0, bar.value / longest * BAR_WIDTH)
            parts.append(text_at(LABEL_WIDTH, y + 16, bar.label, ' text-anchor="end"'))
            owner = "ours" if bar.is_ours else "others"
            parts.append(
                f'<rect x="{LABEL_WIDTH + 8}" y="{y + 3:g}" width="{length:.1f}" height="18" class="{owner}"/>'
            )
            parts.append(text_at(LABEL_WIDTH + 14 + length, y + 16, bar.text))
            y += ROW
        y += 6
    height = y + 10
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height:g}" '
        f'viewBox="0 0 {WIDTH} {height:g}" font-family="sans-serif" font-size="13">'
    )
    background = f'<rect width="{WIDTH}" height="{height:g}" class="ground"/>'
    return "\n".join([head, STYLE, background, *parts, "</svg>", ""])


def table_rows(text: str, heading: str, pattern: str) -> list[re.Match[str]]:
    """Returns the lines after a heading that match the pattern, up to the first that does not."""
    found = []
    lines = iter(text.splitlines())
    for line in lines:
        if line.startswith(heading):
            break
    else:
        raise UnreadableResults(f'there is no line "{heading}..."')
    for line in lines:
        if match := re.match(pattern, line):
            found.append(match)
        elif found:
            break
    if not found:
        raise UnreadableResults(f'no results after "{heading}..."')
    return found


def in_time(nanoseconds: float) -> str:
    for unit, size in (("ms", 1e6), ("us", 1e3)):
        if nanoseconds >= size:
            return f"{nanoseconds / size:.3g} {unit}"
    return f"{nanoseconds:.3g} ns"


def retries(text: str) -> list[Group]:
    row = r"(\S.*?)\s{2,}(\d+)\s+([\d.]+) %\s+([\d.]+)\s+([\d.]+)\s+([\d.]+)"
    groups = []
    for workers in (256, 16):
        bars = [
            Bar(m[1], float(m[2]), f"{m[2]} ({m[3]} % given up)", m[1].endswith("()") or m[1].startswith("default"))
            for m in table_rows(text, f"{workers:4d} workers", row)
        ]
        groups.append(Group(f"{workers} workers on 16 rows: commits a second", bars))
    return groups


def pool(text: str) -> list[Group]:
    row = r"(\d+x\d+)\s+([\d.]+) \([^)]*\)\s+([\d.]+) \([^)]*\)"
    bars = []
    for m in table_rows(text, "shape                pool", row):
        connections, threads = m[1].split("x")
        name = f"{connections} connection{'s' if connections != '1' else ''}, {threads} thread{'s' if threads != '1' else ''}"
        bars.append(Bar(name, float(m[2]), in_time(float(m[2])), True))
        bars.append(Bar("a std::mutex locked twice", float(m[3]), in_time(float(m[3])), False))
    return [Group("Acquire and release of an idle connection", bars)]


def queries(text: str) -> list[Group]:
    row = r"    (\S.*?)\s{2,}([\d.]+) us  x ([\d.]+)"
    titles = {
        "a prepared statement that returns one row": "A prepared statement that returns one row",
        "500 000 mixed rows": "500 000 rows of eight columns into structs, for each row",
        "1 000 statements": "1 000 statements, for each",
    }
    groups = []
    for heading, title in titles.items():
        bars = []
        for m in table_rows(text, heading, row):
            if m[1] != "libpq, once more":
                nanoseconds = float(m[2]) * 1000
                bars.append(Bar(m[1], nanoseconds, in_time(nanoseconds), not m[1].startswith("libpq")))
        groups.append(Group(title, bars))
    return groups


def tokens(text: str) -> list[Group]:
    names = {
        "cached_token": "from the cache",
        "warm_token/session_token:0": "signed, signing key at hand",
        "warm_token/session_token:1000": "with a session token of 1 000 characters",
        "cold_token/session_token:0": "signed, with the day's signing key",
        "naive_openssl_signature": "by OpenSSL's one-call functions",
    }
    measured = {m[1]: float(m[2]) for m in table_rows(text, "-----", r"(\S+)\s+([\d.]+) ns")}
    bars = []
    for name, label in names.items():
        if name not in measured:
            raise UnreadableResults(f"there is no {name}")
        bars.append(Bar(label, measured[name], in_time(measured[name]), not name.startswith("naive")))
    return [Group("An IAM token", bars)]


PLOTS = {"retry": retries, "pool": pool, "query": queries, "token": tokens}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; fail where a plot differs")
    arguments = parser.parse_args()
    status = 0
    for name, read in PLOTS.items():
        results = ROOT / "bench" / "results" / f"{name}.txt"
        plot = ROOT / "docs" / "plots" / f"{name}.svg"
        try:
            lines = results.read_text(encoding="utf-8").splitlines()
            drawn = chart(read("\n".join(line for line in lines if not line.startswith("#"))))
        except (OSError, UnreadableResults) as problem:
            print(f"bench/results/{name}.txt: {problem}", file=sys.stderr)
            return 1
        if not arguments.check:
            plot.parent.mkdir(exist_ok=True)
            plot.write_text(drawn, encoding="utf-8")
        elif not plot.exists() or plot.read_text(encoding="utf-8") != drawn:
            print(f"docs/plots/{name}.svg is not what bench/results/{name}.txt says: run bench/plot.py", file=sys.stderr)
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
