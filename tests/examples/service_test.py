#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The project to copy, examples/service, asked and stopped as its users would.

    dsql-local run -- tests/examples/service_test.py SERVICE DSQL_LOCAL
"""

import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
import time
import unittest

SERVICE, DSQL_LOCAL = sys.argv[1:3]


class Service:
    """The running service, on a free port. Killed at the end if it still runs. `limit`: of a query, in seconds."""

    def __init__(self, limit=60):
        self.process = subprocess.Popen([SERVICE, "0", str(limit)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if not line.startswith("listening on http://127.0.0.1:"):
            raise AssertionError(f"{line!r}\n{self.process.stderr.read()}")
        self.port = int(line.split(":")[2])

    def connect(self):
        return contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=60))

    def end(self, number):
        """The exit status, the rest of the output and the errors, after a signal."""
        self.process.send_signal(number)
        output, errors = self.process.communicate(timeout=120)
        return self.process.returncode, output, errors

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()


def ask(connection, method, path, body=None):
    connection.request(method, path, body)
    response = connection.getresponse()
    return response, json.loads(response.read())


def fault(*arguments):
    command = [DSQL_LOCAL, "fault", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


class HttpService(unittest.TestCase):
    def setUp(self):
        self.addCleanup(fault, "clear")

    def expect(self, connection, path, status, expected, method="GET", body=None):
        response, content = ask(connection, method, path, body)
        self.assertEqual((response.status, content), (status, expected), (method, path, body))
        self.assertEqual(response.getheader("Content-Type"), "application/json")
        return response

    def test_answers_requests_one_after_the_other_on_a_connection(self):
        with Service() as service, service.connect() as connection:
            self.expect(connection, "/health", 200, {"status": "ok"})
            for name in ("somebody", "Ada"):
                self.expect(connection, "/users/1", 200, {"id": 1, "name": name}, "PUT", json.dumps({"name": name}))
            self.expect(connection, "/users/1", 200, {"id": 1, "name": "Ada"})
            self.expect(connection, "/users/3", 404, {"error": "no such user"})
            for wrong in ("", "{", "[]", "{}", '{"name": 1}', '{"name": "a\\u0000b"}', '{"name": "\xff"}'):
                refused = {"error": 'the body is not {"name": "..."}'}
                self.expect(connection, "/users/1", 400, refused, "PUT", wrong.encode("latin-1"))
            for path in ("/", "/users", "/users/", "/users/x", "/users/1x", "/users/%31", "/users/99999999999999999999"):
                self.expect(connection, path, 404, {"error": "the path is not /users/<number>"})
            for path, methods in (("/users/1", "GET, PUT"), ("/health", "GET")):
                refused = self.expect(connection, path, 405, {"error": "methods: " + methods}, "DELETE")
                self.assertEqual(refused.getheader("Allow"), methods)
            self.assertEqual(service.end(signal.SIGTERM), (0, "stopped\n", ""))

    def test_asks_to_try_again_later_when_the_database_is_slow(self):
        with Service(limit=1) as service, service.connect() as connection:
            ask(connection, "PUT", "/users/1", '{"name": "Ada"}')
            for slow in (("delay", "--value", "600000"), ("rate-exceeded",)):
                fault("set", *slow)
                response = self.expect(connection, "/users/1", 503, {"error": "try again later"})
                self.assertEqual(response.getheader("Retry-After"), "1")
                fault("clear")
            while ask(connection, "GET", "/users/1")[0].status != 200:
                pass
            status, output, errors = service.end(signal.SIGINT)
            self.assertEqual((status, output), (0, "stopped\n"))
            self.assertIn("the deadline passed while a statement was under way", errors)
            self.assertIn("acquire: no connection within", errors)

    def test_answers_a_request_that_is_under_way_at_the_signal(self):
        with Service() as service, service.connect() as connection, service.connect() as idle:
            self.expect(idle, "/users/1", 200, {"id": 1, "name": "Ada"}, "PUT", '{"name": "Ada"}')
            fault("set", "delay", "--value", "500")
            connection.request("GET", "/users/1")
            while "strikes=0" in fault("list"):
                time.sleep(0.01)
            service.process.send_signal(signal.SIGTERM)
            response = connection.getresponse()
            self.assertEqual((response.status, json.loads(response.read())), (200, {"id": 1, "name": "Ada"}))
            self.assertEqual(service.process.wait(timeout=120), 0)
            with self.assertRaises(OSError):
                ask(idle, "GET", "/users/2")

    def test_says_what_is_missing(self):
        without = {name: value for name, value in os.environ.items() if name != "CLUSTER_ENDPOINT"}
        for arguments, environment, reason in (
            (["0"], without, "Set CLUSTER_ENDPOINT to "),
            ([], None, "usage: "),
            (["-1"], None, "usage: "),
            (["0", "x"], None, "usage: "),
            (["0"], {**os.environ, "AWS_SECRET_ACCESS_KEY": "wrong"}, "access denied"),
        ):
            done = subprocess.run([SERVICE, *arguments], env=environment, capture_output=True, text=True, check=False)
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertIn(reason, done.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
