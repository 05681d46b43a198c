# SPDX-License-Identifier: Apache-2.0
"""Links inside the repository: the file is there, and has the heading."""

from pathlib import Path
from urllib.parse import unquote

from markdown import Document


def errors_of(document: Document, all_documents: dict[Path, Document], root: Path) -> list[str]:
    errors = []
    for link in document.links:
        if "://" in link.target or link.target.startswith("mailto:"):
            continue
        where = f"{document.path}:{link.line}"
        name, _, anchor = unquote(link.target).partition("#")
        if name.startswith("/"):
            errors.append(f"{where}: {link.target} is no relative link")
            continue
        path = (root / document.path.parent / name).resolve() if name else root / document.path
        if not path.exists():
            errors.append(f"{where}: there is no {name}")
        elif anchor and path.suffix == ".md":
            other = all_documents.get(path.resolve())
            if other is None or anchor not in other.anchors:
                errors.append(f"{where}: {name or document.path} has no heading #{anchor}")
    return errors
