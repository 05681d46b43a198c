#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes request_vectors.json: Authorization headers for many requests, signed by botocore.

Run by hand with botocore installed: python3 make_request_vectors.py > request_vectors.json
"""
import base64
import datetime
import json
import random
from unittest import mock
from urllib.parse import quote

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

REGIONS = ["us-east-1", "eu-west-1", "ap-southeast-4", "us-gov-west-1"]
HOSTS = ["sts.amazonaws.com", "sts.eu-west-1.amazonaws.com", "Sts.Example.COM", "localhost:4566",
         "127.0.0.1:80", "127.0.0.1:443", "[::1]:8080", "user:word@example.com:8443"]
PATHS = ["", "/", "/a/b", "/a/b/", "//a///b/", "/a/./b/../c", "/..", "/a%20b/%C3%A9", "/a*b:c",
         "/v1/token"]
SECRET_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
TEXT_ALPHABET = "abcXYZ019-_.~ /+=&%?:@é"


def text(rng, longest):
    return "".join(rng.choice(TEXT_ALPHABET) for _ in range(rng.randrange(longest)))


def query(rng):
    """Repeated names, names that begin alike, empty values, names without a value."""
    parameters = []
    for _ in range(rng.choice([0, 0, 1, 4])):
        name = rng.choice(["a", "A", "a-b", "aa", "b", "Action"])
        value = quote(text(rng, 12), safe="-_.~")
        parameters.append(rng.choice([f"{name}={value}", f"{name}={value}", name]))
    return "?" + "&".join(parameters) if parameters else ""


def random_case(rng):
    method = rng.choice(["GET", "POST", "POST", "PUT"])
    headers = {}
    if rng.random() < 0.7:
        headers["Content-Type"] = rng.choice(
            ["application/x-www-form-urlencoded; charset=utf-8", "  text/plain;   a=b "])
    if rng.random() < 0.3:
        headers["x-amz-Meta"] = "two   words"
    if rng.random() < 0.3:
        headers["User-Agent"] = "not/signed"
    length = rng.choice([0, 0, 100, 1000])
    return {
        "method": method,
        "url": rng.choice(["http", "https"]) + "://" + rng.choice(HOSTS) + rng.choice(PATHS) +
               query(rng),
        "headers": headers,
        "body": "" if method == "GET" else text(rng, 200),
        "region": rng.choice(REGIONS),
        "service": rng.choice(["sts", "sso", "iam"]),
        "access_key_id": "AKIA" + "".join(rng.choice("ABCDEFGHIJKLMNOP234567") for _ in range(16)),
        "secret_access_key": "".join(rng.choice(SECRET_ALPHABET) for _ in range(40)),
        "session_token": base64.b64encode(rng.randbytes(length)).decode(),
        "at": (datetime.datetime(2024, 1, 1) + datetime.timedelta(
            seconds=rng.randrange(0, 4 * 365 * 86400))).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def sign(case):
    at = datetime.datetime.strptime(case["at"], "%Y-%m-%dT%H:%M:%SZ").replace(
        tzinfo=datetime.timezone.utc)
    credentials = Credentials(case["access_key_id"], case["secret_access_key"],
                              case["session_token"] or None)
    request = AWSRequest(case["method"], case["url"], headers=case["headers"],
                         data=case["body"].encode())
    # Older versions ask datetime for the time, newer ones a helper of their own.
    helper = hasattr(botocore.auth, "get_current_datetime")
    with mock.patch.object(botocore.auth, "get_current_datetime" if helper else "datetime") as clock:
        if helper:
            clock.return_value = at
        else:
            clock.datetime.utcnow.return_value = at
        botocore.auth.SigV4Auth(credentials, case["service"], case["region"]).add_auth(request)
    return request.headers["Authorization"]


def main():
    rng = random.Random(20261124)
    cases = [random_case(rng) for _ in range(40)]
    for case in cases:
        case["authorization"] = sign(case)
    print(json.dumps({"signer": f"botocore {botocore.__version__}", "cases": cases}, indent=1))


if __name__ == "__main__":
    main()
