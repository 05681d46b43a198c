#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the probes of probes/*.txt through psql. Usage, under `dsql-local run --`: psql_runner.py PSQL [FILE...]

psql gets the environment that `dsql-local run` sets. README.md describes the format of the files.
"""
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
MARK = "=== next probe ==="


class Probe:
    def __init__(self, place, sql):
        self.place = place
        self.sql = sql
        self.sqlstate = ""
        self.message = ""
        self.detail = ""
        self.several = False


def read_probes(path):
    probes = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line or line.startswith(("#", "source: ")):
            continue
        if not line.startswith("  "):
            probes.append(Probe(f"{path.name}:{number}", line))
            continue
        word, _, rest = line.strip().partition(" ")
        if word == "error":
            probes[-1].sqlstate, _, probes[-1].message = rest.partition(" ")
        elif word == "detail":
            probes[-1].detail = rest
        elif word == "only":
            probes[-1].several = True
    return probes


def as_psql_input(probe):
    # psql splits its input at semicolons, but keeps those after a backslash within one query.
    sql = probe.sql.replace(";", "\\;") if probe.several else probe.sql
    return f"{sql}\n;\n\\echo {MARK}\n"


def run_psql(psql, path, probes):
    """Returns what psql printed for each probe."""
    schema = f"psql_{path.stem}"
    script = f'CREATE SCHEMA "{schema}";\nSET search_path = "{schema}";\n\\echo {MARK}\n'
    script += "".join(as_psql_input(probe) for probe in probes)
    script += f'DROP SCHEMA "{schema}" CASCADE;\n'
    command = [psql, "-X", "-q", "-A", "-t", "-v", "VERBOSITY=verbose"]
    done = subprocess.run(command, input=script, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          check=False, timeout=300)
    parts = done.stdout.split(MARK + "\n")
    if len(parts) != len(probes) + 2:
        raise SystemExit(f"{path.name}: psql ended early:\n{done.stdout[-2000:]}")
    return parts[1:-1]


def find_problem(probe, output):
    lines = output.splitlines()
    errors = [line for line in lines if line.startswith("ERROR:  ")]
    if not probe.sqlstate:
        return errors[0] if errors else ""
    if not errors:
        return "no error"
    expected = f"ERROR:  {probe.sqlstate}: "
    if not errors[0].startswith(expected) or (probe.message and errors[0] != expected + probe.message):
        return errors[0]
    if probe.detail and f"DETAIL:  {probe.detail}" not in lines:
        return f"no DETAIL {probe.detail}: {output}"
    return ""


def main():
    psql = sys.argv[1]
    paths = [pathlib.Path(name) for name in sys.argv[2:]] or sorted((HERE / "probes").glob("*.txt"))
    count = problems = 0
    for path in paths:
        probes = read_probes(path)
        for probe, output in zip(probes, run_psql(psql, path, probes)):
            count += 1
            problem = find_problem(probe, output)
            if problem:
                problems += 1
                print(f"{probe.place}: {probe.sql}\n  {problem}")
    print(f"{count} probes, {problems} differ")
    return 1 if problems or not count else 0


if __name__ == "__main__":
    sys.exit(main())
