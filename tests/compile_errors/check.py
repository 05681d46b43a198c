# SPDX-License-Identifier: Apache-2.0
"""Compiles each case: what must not compile says why in its first error, and says little else.

A case is a file under cases/. Its first lines are comments; one of them is `// error: TEXT`, which the first error has
to contain, or `// compiles`. `// std: c++17` compiles it as another standard, and `// errors: N` allows more errors
than the usual three.

    check.py COMPILER [FLAG...]
"""

import pathlib
import re
import subprocess
import sys

CASES = pathlib.Path(__file__).parent / "cases"
MOST_ERRORS = 3


def header(text: str, key: str) -> "str | None":
    found = re.search(rf"^// {key}: ?(.*)$", text, re.MULTILINE)
    return found.group(1).strip() if found else None


def fault(case: pathlib.Path, compiler: "list[str]") -> "str | None":
    text = case.read_text(encoding="utf-8")
    expected = header(text, "error")
    standard = header(text, "std") or "c++20"
    run = subprocess.run(
        [*compiler, f"-std={standard}", "-fsyntax-only", "-ferror-limit=0" if "clang" in compiler[0] else "-Wall", str(case)],
        capture_output=True,
        text=True,
        check=False,
    )
    errors = re.findall(r"(?:error|fatal error): (.*)$", run.stderr, re.MULTILINE)
    if expected is None:
        return None if run.returncode == 0 and "\n// compiles" in "\n" + text else f"does not compile:\n{run.stderr}"
    if run.returncode == 0:
        return "compiles"
    if not errors or expected not in errors[0]:
        return f"the first error does not say {expected!r}:\n" + "\n".join(errors)
    if len(errors) > int(header(text, "errors") or MOST_ERRORS):
        return f"{len(errors)} errors:\n" + "\n".join(errors)
    return None


def main() -> int:
    compiler = sys.argv[1:]
    cases = sorted(CASES.glob("*.cpp"))
    faults = {case.stem: found for case in cases if (found := fault(case, compiler)) is not None}
    for name, found in faults.items():
        print(f"{name}: {found}")
    print(f"{len(cases)} cases, {len(faults)} faults")
    return 1 if faults or not cases else 0


if __name__ == "__main__":
    sys.exit(main())
