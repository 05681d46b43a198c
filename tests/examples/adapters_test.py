#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The adapters for spdlog and Prometheus, examples/adapters, run as their reader would run them.

    dsql-local run -- tests/examples/adapters_test.py DSQL_LOCAL PROGRAM...

The name of a program says which tests are meant: example_spdlog or example_prometheus.
"""

import os
import re
import subprocess
import sys
import unittest
import urllib.request
from pathlib import Path

DSQL_LOCAL = sys.argv[1]
PROGRAMS = {Path(path).name: path for path in sys.argv[2:]}
VALUE = "4711"  # of a parameter


def run(program, *arguments, **environment):
    """Runs a program of the adapters. A variable of the environment that is None is removed."""
    variables = {name: value for name, value in {**os.environ, **environment}.items() if value is not None}
    command = [PROGRAMS[program], *arguments]
    return subprocess.run(command, env=variables, capture_output=True, text=True, check=False)


def fault(*arguments):
    subprocess.run([DSQL_LOCAL, "fault", *arguments], check=True, capture_output=True)


class Adapter(unittest.TestCase):
    program = ""

    def setUp(self):
        self.addCleanup(fault, "clear")

    def output_of_success(self):
        done = run(self.program)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def expect_neither_values_nor_secrets(self, text):
        for secret in (VALUE, os.environ["AWS_SECRET_ACCESS_KEY"], "X-Amz-"):
            self.assertNotIn(secret, text)

    def expect_reasons_of_failure(self):
        done = run(self.program, CLUSTER_ENDPOINT=None)
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("Set CLUSTER_ENDPOINT to ", done.stderr)
        done = run(self.program, AWS_SECRET_ACCESS_KEY="wrong")
        self.assertEqual(done.returncode, 1)
        self.assertIn("access denied", done.stderr)
        return done


class Spdlog(Adapter):
    program = "example_spdlog"
    time = r"\d\d:\d\d:\d\d\.\d{3} "
    in_ms = r"\d+\.\d ms"

    def expect_lines(self, log, expected):
        """These lines, one after the other; between them there may be others."""
        lines = iter(log.splitlines())
        for pattern in expected:
            self.assertTrue(any(re.fullmatch(self.time + pattern, line) for line in lines), f"{pattern}\nin\n{log}")

    def test_logs_what_the_pool_does(self):
        log = self.output_of_success()
        self.expect_lines(log, [
            r"debug connecting to \S+ as admin \[:\]",
            rf"debug signed a token in {self.in_ms} \[:\]",
            rf"debug connected in {self.in_ms} \[:\]",
            r'info NOTICE: table "example_log" does not exist, skipping \[:\]',
            rf"(debug|warning slow,) {self.in_ms}, 0 rows: CREATE TABLE .* \[spdlog\.cpp:\d+\]",
            rf"(debug|warning slow,) {self.in_ms}, 1 rows: INSERT INTO example_log VALUES \(\$1\) \[spdlog\.cpp:\d+\]",
            rf"warning failed after {self.in_ms}: 22P02 invalid input syntax for type integer: <value>: "
            r"SELECT \$1::text::int \[spdlog\.cpp:\d+\]",
            rf"warning slow, {self.in_ms}, 1 rows: SELECT count\(\*\) +FROM generate_series.* \[spdlog\.cpp:\d+\]",
        ])
        self.assertTrue(all(re.match(self.time, line) for line in log.splitlines()), log)
        self.expect_neither_values_nor_secrets(log)

    def test_logs_conflicts_and_retries(self):
        fault("set", "data-conflict", "--times", "2")
        log = self.output_of_success()
        for attempt in (1, 2):
            self.expect_lines(log, [
                rf"info failed after {self.in_ms}: 40001 .*OC000.* \[spdlog\.cpp:\d+\]",
                rf"info transaction failed, attempt {attempt}; the next one is in \d+ ms: .* \[spdlog\.cpp:\d+\]",
            ])

    def test_logs_why_a_connect_failed(self):
        log = self.expect_reasons_of_failure().stdout
        self.expect_lines(log, [
            rf"warning connect failed after {self.in_ms}: .*access denied.*",
            rf"warning no connection after {self.in_ms}: .*access denied.*",
        ])
        self.expect_neither_values_nor_secrets(log)


class Prometheus(Adapter):
    program = "example_prometheus"
    labels_known = {
        "pool": {"example"},
        "error": {"conflict", "server", "connection", "timeout", "cancelled", "other"},
        "operation": {"connect", "login", "transaction", "failover", "select", "insert", "update", "delete", "with", "copy",
                      "begin", "commit", "rollback", "batch", "other"},
        "le": {"0.001", "0.005", "0.01", "0.05", "0.1", "0.5", "1", "5", "10", "+Inf"},
    }

    def series_of(self, text):
        """The value of each time series, from the text format, in which each metric may occur only once."""
        types, series, current = {}, {}, ""
        for line in text.splitlines():
            if line.startswith("# HELP "):
                self.assertRegex(line, r"^# HELP \w+ [A-Z][^.]*\.$")
            elif line.startswith("# TYPE "):
                current, kind = line.split()[2:]
                self.assertNotIn(current, types)
                self.assertEqual(current.endswith("_total"), kind == "counter", line)
                types[current] = kind
            else:
                sample = re.fullmatch(r'(\w+)\{((?:\w+="[^"]*",?)+)\} (\S+)', line)
                self.assertTrue(sample, line)
                suffix = sample[1].removeprefix(current)
                self.assertIn(suffix, ("_count", "_sum", "_bucket") if types[current] == "histogram" else ("",), line)
                labels = tuple(sorted(re.findall(r'(\w+)="([^"]*)"', sample[2])))
                self.assertNotIn((sample[1], labels), series)
                series[sample[1], labels] = float(sample[3])
        return series

    def value(self, series, name, **labels):
        return series[name, tuple(sorted({"pool": "example", **labels}.items()))]

    def test_prints_statistics_and_durations(self):
        text = self.output_of_success()
        series = self.series_of(text)
        self.assertEqual(self.value(series, "dsql_pool_connections_idle"), 1)
        self.assertEqual(self.value(series, "dsql_pool_connections_made_total"), 1)
        self.assertEqual(self.value(series, "dsql_token_refreshes_total"), 1)
        self.assertEqual(self.value(series, "dsql_connect_seconds_count"), 1)
        acquires = self.value(series, "dsql_pool_acquires_total")
        self.assertEqual(self.value(series, "dsql_acquire_seconds_count"), acquires)
        self.assertEqual(self.value(series, "dsql_acquire_seconds_bucket", le="+Inf"), acquires)
        for operation, count in (("insert", 11), ("begin", 10), ("commit", 10), ("other", 3), ("select", 0)):
            self.assertEqual(self.value(series, "dsql_statement_seconds_count", operation=operation), count, operation)
        self.assertGreater(self.value(series, "dsql_statement_seconds_sum", operation="insert"), 0)
        self.assertEqual(self.value(series, "dsql_statement_errors_total", error="server"), 1)
        self.assertEqual(self.value(series, "dsql_statement_errors_total", error="conflict"), 0)
        self.expect_neither_values_nor_secrets(text)

    def test_has_the_same_series_whatever_happens(self):
        quiet = self.series_of(self.output_of_success())
        fault("set", "data-conflict", "--times", "2")
        series = self.series_of(self.output_of_success())
        self.assertEqual(series.keys(), quiet.keys())
        for name, value in {label for _, labels in series for label in labels}:
            self.assertIn(value, self.labels_known[name])
        self.assertEqual(self.value(series, "dsql_statement_errors_total", error="conflict"), 2)
        self.assertEqual(self.value(series, "dsql_retries_total", operation="transaction"), 2)
        self.assertEqual(self.value(series, "dsql_conflict_retries_total"), 2)

    def test_serves_them(self):
        printed = self.series_of(self.output_of_success())
        with subprocess.Popen([PROGRAMS[self.program], "127.0.0.1:0"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True) as server:
            self.addCleanup(server.kill)
            port = re.fullmatch(r"port (\d+)\n", server.stdout.readline())
            with urllib.request.urlopen(f"http://127.0.0.1:{port[1]}/metrics", timeout=60) as response:
                served = response.read().decode()
            server.communicate(timeout=60)  # closes its standard input
            self.assertEqual(server.returncode, 0)
        own = [line for line in served.splitlines() if not re.match(r"(# \w+ )?exposer_", line)]
        self.assertEqual(self.series_of("\n".join(own)).keys(), printed.keys())

    def test_says_why_it_cannot_begin(self):
        self.assertEqual(self.expect_reasons_of_failure().stdout, "")


if __name__ == "__main__":
    tests = [case.__name__ for case in (Spdlog, Prometheus) if case.program in PROGRAMS]
    if len(tests) != len(PROGRAMS):
        sys.exit(f"there are no tests of one of {', '.join(PROGRAMS)}")
    unittest.main(argv=[sys.argv[0], *tests])
