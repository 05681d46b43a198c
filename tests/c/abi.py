# SPDX-License-Identifier: Apache-2.0
"""The ABI of libdsql_c as lines of text: what a program that was built before relies on.

A line is a promise: the file name, an exported function with its types and symbol version, a handle, a value of an enum,
or a constant. A later version may add lines. If it loses one, existing programs break.
"""

import re
import subprocess
from pathlib import Path

COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
FUNCTION = re.compile(r"DSQL_C_API\s+([^;{}#]+?)\s+DSQL_C_NOEXCEPT\s*;")
ENUM = re.compile(r"typedef enum (\w+) DSQL_C_OF_INT \{(.*?)\} (\w+);", re.DOTALL)
HANDLE = re.compile(r"typedef struct (\w+) (\w+);")
CONSTANT = re.compile(r"^#define (DSQL_\w+) +(\S.*)$", re.MULTILINE)
# What is no value, and the version, which each release changes.
NO_CONSTANTS = {"DSQL_C_API", "DSQL_C_NOEXCEPT", "DSQL_C_OF_INT", "DSQL_VERSION_NUMBER"}


class AbiError(Exception):
    """Something in the header that the ABI must not have."""


def type_of(parameter: str) -> str:
    """A parameter without its name."""
    return parameter if parameter == "void" else re.sub(r"\s*\b\w+$", "", parameter)


def functions_of(header: str) -> dict[str, str]:
    """The functions by name, each with the types of its result and parameters."""
    found = {}
    for declared in FUNCTION.findall(header):
        result, name, parameters = re.fullmatch(r"(.*?)(\w+)\((.*)\)", " ".join(declared.split())).groups()
        types = ", ".join(type_of(each.strip()) for each in parameters.split(","))
        result = result.strip()
        found[name] = result + ("" if result.endswith("*") else " ") + f"{name}({types})"
    return found


def enums_of(header: str) -> dict[str, dict[str, int]]:
    """The values of each enum by name. Each value is written down, so that a new one moves no other."""
    found: dict[str, dict[str, int]] = {}
    for tag, body, name in ENUM.findall(header):
        values = found.setdefault(name, {})
        for item in filter(None, (each.strip() for each in body.split(","))):
            value = re.fullmatch(r"(\w+) = (\d+)", item)
            if tag != name or not value:
                raise AbiError(f"enum {name}: write {item} as NAME = NUMBER")
            values[value[1]] = int(value[2])
    return found


def exported_by(library: Path) -> dict[str, str]:
    """The exported functions and data, with their symbol versions."""
    listed = subprocess.run(["nm", "-D", "--defined-only", library], check=True, capture_output=True, text=True).stdout
    symbols = [line.split()[-1].split("@@") for line in listed.splitlines() if " A " not in line]
    return {name: version[0] if version else "" for name, *version in symbols}


def soname_of(library: Path) -> str:
    dynamic = subprocess.run(["readelf", "-d", library], check=True, capture_output=True, text=True).stdout
    return re.search(r"\(SONAME\).*\[(.+)\]", dynamic)[1]


def lines_of(header_text: str, soname: str, exported: dict[str, str]) -> list[str]:
    """The ABI. Throws AbiError if the header and the library do not agree, or a struct is not opaque."""
    header = COMMENT.sub("", header_text)
    if opened := re.search(r"(?<!extern \"C\" )\bstruct \w+\s*\{|\bunion\b", header):
        raise AbiError(f"{opened[0]}: a struct whose members programs know can never get another one")
    functions = functions_of(header)
    if functions.keys() != exported.keys():
        differing = ", ".join(sorted(functions.keys() ^ exported.keys()))
        raise AbiError(f"declared but not exported, or exported but not declared: {differing}")
    lines = [f"soname {soname}"]
    lines += sorted(f"function {text} {exported[name]}" for name, text in functions.items())
    lines += sorted(f"handle {name}" for tag, name in HANDLE.findall(header))
    for name, values in enums_of(header).items():
        lines += [f"enum {name} {each} = {value}" for each, value in values.items()]
    constants = sorted(f"constant {name} {value}" for name, value in CONSTANT.findall(header) if name not in NO_CONSTANTS)
    return lines + constants


def changes(before: list[str], now: list[str]) -> tuple[list[str], list[str]]:
    """The lines that were lost, and those that are new."""
    return [line for line in before if line not in now], [line for line in now if line not in before]
