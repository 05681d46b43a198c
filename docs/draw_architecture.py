#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Draws docs/architecture.svg, the layers of the library, and compares them with the sources.

    docs/draw_architecture.py            writes docs/architecture.svg
    docs/draw_architecture.py --check    writes nothing; fails if the picture or the sources differ from what is here

The picture has colors for light and for dark; the reader's choice decides, in the site and on GitHub.

A room is a folder of src/. The picture is right when each room is in it, and when a room includes only rooms that are
drawn below it.
"""

import argparse
import re
import sys
from dataclasses import dataclass
from html import escape
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PICTURE = Path("docs/architecture.svg")

WIDTH = 820
MARGIN = 16
GAP = 12
COLUMN = (WIDTH - 2 * MARGIN - GAP) / 2
FULL = WIDTH - 2 * MARGIN

# Classes of the style sheet: the kind of a box.
OUTSIDE, DSQL, AUTH, C_INTERFACE = "outside", "dsql", "auth", "c"
STYLE = """<style>
svg { --ground: #fff; --text: #1b2733; --muted: #51606e; --part: #fff }
.outside { --fill: #f3f4f6; --border: #9aa4af }
.dsql { --fill: #dbeafe; --border: #3b74b9 }
.auth { --fill: #dcf2e4; --border: #3c8d5f }
.c { --fill: #fdeecb; --border: #b98a2f }
@media (prefers-color-scheme: dark) {
svg { --ground: #12181f; --text: #dbe2ea; --muted: #9aa7b4; --part: #12181f }
.outside { --fill: #1f2831; --border: #6b7885 }
.dsql { --fill: #17304d; --border: #5b9be0 }
.auth { --fill: #16382a; --border: #55b184 }
.c { --fill: #3a2f14; --border: #c79a45 }
}
text { fill: var(--text) }
text.note { fill: var(--muted); font-size: 12px }
.ground { fill: var(--ground) }
.box { fill: var(--fill); stroke: var(--border); stroke-width: 1.2px }
.part { fill: var(--part) }
</style>"""


@dataclass
class Layer:
    """A box of the picture. Boxes with a room say what its folder holds."""

    title: str
    note: str
    kind: str
    room: str = ""
    parts: tuple[str, ...] = ()  # folders inside the room; each may include those after it
    parts_per_row: int = 1
    columns: tuple[int, ...] = (0, 1)  # 0 is the left half, 1 the right half


# From top to bottom. The boxes of one row stand side by side.
ROWS = [
    [Layer("Your program", "#include <dsql/dsql.hpp>, or in C: #include <dsql.h>", OUTSIDE)],
    [Layer("C interface", "tokens and connections for C and other languages", C_INTERFACE, "c")],
    [Layer("Retries", "transact, retrying_pool, idempotency ledger", DSQL, "occ")],
    [Layer("Pool", "acquire and release, lifetimes, connection rate, hooks", DSQL, "pool")],
    [Layer("Connector", "configuration + token = connection", DSQL, "connector")],
    [
        Layer(
            "AWS",
            "credentials, tokens",
            AUTH,
            "aws",
            ("token", "providers", "signing", "http", "shared_files"),
            parts_per_row=3,
            columns=(0,),
        ),
        Layer(
            "PostgreSQL",
            "statements over libpq",
            DSQL,
            "pg",
            ("bulk", "session", "exchange", "connect", "values", "rows", "io", "sql", "codecs", "types"),
            parts_per_row=4,
            columns=(1,),
        ),
    ],
    [Layer("Configuration", "endpoint, region, trust store", AUTH, "config", columns=(0,))],
    [Layer("Errors", "classes; what an error means", AUTH, "errors")],
    [Layer("Base", "text, files, secrets, processes, clocks, fork and exit", AUTH, "base")],
    [
        Layer("libcurl, OpenSSL", "STS, SSO, instance metadata", OUTSIDE, columns=(0,)),
        Layer("libpq", "Aurora DSQL, or dsql-local", OUTSIDE, columns=(1,)),
    ],
]

HEADER = 44
PART_HEIGHT = 26


def text_at(x: float, y: float, text: str, extra: str = "") -> str:
    return f'<text x="{x:g}" y="{y:g}"{extra}>{escape(text)}</text>'


def rectangle(x: float, y: float, width: float, height: float, kind: str) -> str:
    return f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="6" class="box {kind}"/>'


def height_of(layer: Layer) -> float:
    rows = -(-len(layer.parts) // layer.parts_per_row)
    return HEADER + (rows * (PART_HEIGHT + 6) + 6 if rows else 0)


def draw_layer(layer: Layer, y: float, height: float) -> list[str]:
    x = MARGIN + (COLUMN + GAP) * layer.columns[0]
    width = FULL if len(layer.columns) == 2 else COLUMN
    drawn = [rectangle(x, y, width, height, layer.kind), text_at(x + 14, y + 19, layer.title, ' font-weight="bold"')]
    drawn.append(text_at(x + 14, y + 36, layer.note, ' class="note"'))
    if layer.room:
        folder = ' class="note" font-family="monospace" text-anchor="end"'
        drawn.append(text_at(x + width - 14, y + 19, f"src/{layer.room}", folder))
    each = (width - 28 - 6 * (layer.parts_per_row - 1)) / layer.parts_per_row
    for index, part in enumerate(layer.parts):
        row, column = divmod(index, layer.parts_per_row)
        left = x + 14 + column * (each + 6)
        top = y + HEADER + 2 + row * (PART_HEIGHT + 6)
        drawn.append(rectangle(left, top, each, PART_HEIGHT, f"part {layer.kind}"))
        drawn.append(text_at(left + each / 2, top + 17, part, ' font-size="12" text-anchor="middle"'))
    return drawn


def legend(y: float) -> list[str]:
    drawn, x = [], float(MARGIN)
    for kind, meaning in (
        (DSQL, "target dsql::dsql"),
        (AUTH, "target dsql::auth"),
        (C_INTERFACE, "target dsql::c"),
        (OUTSIDE, "other software"),
    ):
        drawn.append(rectangle(x, y, 14, 14, kind))
        drawn.append(text_at(x + 20, y + 12, meaning, ' class="note"'))
        x += 144
    drawn.append(text_at(WIDTH - MARGIN, y + 12, "A box uses only boxes below it.", ' class="note" text-anchor="end"'))
    return drawn


def picture() -> str:
    drawn: list[str] = []
    y = float(MARGIN)
    for row in ROWS:
        height = max(height_of(layer) - extra_height(layer, row) for layer in row)
        for layer in row:
            drawn += draw_layer(layer, y, height + extra_height(layer, row))
        y += height + GAP
    drawn += legend(y)
    height = y + 14 + MARGIN
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height:g}" '
        f'viewBox="0 0 {WIDTH} {height:g}" font-family="sans-serif" font-size="14">'
    )
    card = f'<rect width="{WIDTH}" height="{height:g}" rx="10" class="ground"/>'
    return "\n".join([head, STYLE, card, *drawn, "</svg>", ""])


def extra_height(layer: Layer, row: list[Layer]) -> float:
    """How far a box reaches into the next row, because that has nothing in its column."""
    following = ROWS[ROWS.index(row) + 1] if row is not ROWS[-1] else []
    covered = {column for other in following for column in other.columns}
    if not following or covered & set(layer.columns):
        return 0
    return GAP + max(height_of(other) for other in following)


INCLUDE = re.compile(r'^#include "([\w/]+)/[\w.]+"', re.MULTILINE)


def drawn_rooms() -> dict[str, tuple[int, Layer]]:
    return {layer.room: (number, layer) for number, row in enumerate(ROWS) for layer in row if layer.room}


def is_below(user: str, used: str) -> bool:
    """Whether a file of the room `user` may include one of the room `used`, as in "pg/session" and "errors"."""
    rooms = drawn_rooms()
    if used.split("/")[0] not in rooms:
        return False
    (row, layer), (other_row, other) = rooms[user.split("/")[0]], rooms[used.split("/")[0]]
    if layer is not other:
        return other_row > row and bool(set(layer.columns) & set(other.columns))
    parts = [room.split("/")[1] if "/" in room else "" for room in (user, used)]
    if "" in parts:  # files of the room itself belong to all its parts
        return True
    return layer.parts.index(parts[0]) <= layer.parts.index(parts[1])


def undrawn_folders(sources: Path) -> list[str]:
    """Folders that are not in the picture, and boxes that have no folder."""
    rooms = drawn_rooms()
    drawn = set(rooms) | {f"{room}/{part}" for room, (_, layer) in rooms.items() for part in layer.parts}
    found = {path.name for path in sources.iterdir() if path.is_dir()}
    for room, (_, layer) in rooms.items():
        if layer.parts and (sources / room).is_dir():
            found |= {f"{room}/{path.name}" for path in (sources / room).iterdir() if path.is_dir()}
    return [f"src/{room} is not in the picture" for room in sorted(found - drawn)] + [
        f"the picture has src/{room}, which does not exist" for room in sorted(drawn - found)
    ]


def wrong_includes(sources: Path) -> list[str]:
    wrong = []
    for path in sorted(sources.rglob("*.[ch]pp")):
        user = "/".join(path.relative_to(sources).parts[:-1][:2])
        if not user:
            wrong.append(f"src/{path.name} is in no room")
            continue
        for used in INCLUDE.findall(path.read_text(encoding="utf-8")):
            if not is_below(user, "/".join(used.split("/")[:2])):
                wrong.append(f"src/{path.relative_to(sources)} includes src/{used}/, which is not below src/{user}/")
    return wrong


def errors_in(root: Path) -> list[str]:
    errors = undrawn_folders(root / "src")
    if not errors:
        errors = wrong_includes(root / "src")
    stored = root / PICTURE
    if not stored.exists() or stored.read_text(encoding="utf-8") != picture():
        errors.append(f"{PICTURE} is out of date: run docs/draw_architecture.py")
    return errors


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; fail if something differs")
    parser.add_argument("--root", type=Path, default=ROOT, help="of the repository")
    arguments = parser.parse_args()
    if not arguments.check:
        (arguments.root / PICTURE).write_text(picture(), encoding="utf-8")
        return 0
    errors = errors_in(arguments.root)
    for error in errors:
        print(error, file=sys.stderr)
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
