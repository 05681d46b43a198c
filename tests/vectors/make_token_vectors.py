#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes token_vectors.json: tokens for many inputs, signed by botocore, the AWS CLI's own signer.

Run by hand with botocore installed: python3 make_token_vectors.py > token_vectors.json
"""
import base64
import datetime
import json
import random
from unittest import mock

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

REGIONS = ["us-east-1", "us-west-2", "eu-west-1", "ap-northeast-1", "ap-southeast-4"]
SECRET_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def sign(case):
    """The token the AWS CLI prints: SigV4QueryAuth over the action, the scheme cut off."""
    at = datetime.datetime.strptime(case["at"], "%Y-%m-%dT%H:%M:%SZ").replace(
        tzinfo=datetime.timezone.utc)
    credentials = Credentials(case["access_key_id"], case["secret_access_key"],
                              case["session_token"] or None)
    action = "DbConnectAdmin" if case["user"] == "admin" else "DbConnect"
    request = AWSRequest("GET", f"https://{case['host']}/", params={"Action": action})
    signer = botocore.auth.SigV4QueryAuth(credentials, "dsql", case["region"],
                                          expires=case["expires"])
    # Older versions ask datetime for the time, newer ones a helper of their own.
    helper = hasattr(botocore.auth, "get_current_datetime")
    with mock.patch.object(botocore.auth, "get_current_datetime" if helper else "datetime") as clock:
        if helper:
            clock.return_value = at
        else:
            clock.datetime.utcnow.return_value = at
        signer.add_auth(request)
    return request.prepare().url.removeprefix("https://")


def random_case(rng, number):
    region = rng.choice(REGIONS)
    identifier = "".join(rng.choice("abcdefghijklmnopqrstuvwxyz0123456789") for _ in range(26))
    service = rng.choice(["dsql", "dsql", "dsql-fnh4"])
    length = rng.choice([0, 0, 1, 2, 100, 357, 1000, 1400])
    token = base64.b64encode(rng.randbytes(length)).decode() if length else ""
    if number % 7 == 3:
        token = "".join(rng.choice("+/=%~-_. *!'()&?#:;,@$\"\\é") for _ in range(40))
    return {
        "host": f"{identifier}.{service}.{region}.on.aws",
        "region": region,
        "user": rng.choice(["admin", "app", "Admin", "administrator"]),
        "access_key_id": "AKIA" + "".join(rng.choice("ABCDEFGHIJKLMNOP234567") for _ in range(16)),
        "secret_access_key": "".join(rng.choice(SECRET_ALPHABET) for _ in range(40)),
        "session_token": token,
        "expires": rng.choice([1, 30, 450, 900, 3600, 604800]),
        "at": (datetime.datetime(2024, 1, 1) + datetime.timedelta(
            seconds=rng.randrange(0, 4 * 365 * 86400))).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def main():
    rng = random.Random(20261123)
    cases = [random_case(rng, number) for number in range(60)]
    for case in cases:
        case["token"] = sign(case)
    print(json.dumps({"signer": f"botocore {botocore.__version__}", "cases": cases}, indent=1))


if __name__ == "__main__":
    main()
