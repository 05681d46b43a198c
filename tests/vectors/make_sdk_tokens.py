#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes sdk_tokens.json: a token in the form of each AWS SDK, for dsql-local to accept.

"made" says how: "run", by the SDK's own signer (../sdk_tokens); "published", a token in the SDK's own tests; "rules", the
parameters of such a token in the order and the form that the SDK's source gives them. That is for the SDKs that neither
Debian nor npm has.

Run by hand with botocore, Ruby with aws-sigv4, Go with aws-sdk-go-v2, and Node.js with @aws-sdk/dsql-signer in NODE_PATH:
python3 make_sdk_tokens.py > sdk_tokens.json
"""
import itertools
import json
import os
import subprocess
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parent.parent / "sdk_tokens"
HOST = "peccy.dsql.us-east-1.on.aws"
CLOCK, EXPIRES = 1724716800, 450
RUN = {
    "Python (botocore)": (["python3", "botocore_token.py"], {}),
    "Ruby (aws-sigv4)": (["ruby", "ruby_token.rb"], {}),
    "JavaScript (@aws-sdk/dsql-signer)": (["node", "javascript_token.cjs"], {}),
    "Go (aws-sdk-go-v2)": (["go", "run", "go_token.go"], {"GO111MODULE": "off", "GOPATH": "/usr/share/gocode"}),
}
ACTION, ALGORITHM, CREDENTIAL, DATE, LIFETIME, HEADERS, SESSION, SIGNATURE = (
    "Action", "X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders",
    "X-Amz-Security-Token", "X-Amz-Signature")
RULES = {
    ".NET": ("/?", [ACTION, LIFETIME, SESSION, ALGORITHM, CREDENTIAL, DATE, HEADERS, SIGNATURE]),
    "Java": ("/?", [ACTION, SESSION, ALGORITHM, DATE, HEADERS, LIFETIME, CREDENTIAL, SIGNATURE]),
    "PHP": ("/?", [ACTION, SESSION, ALGORITHM, CREDENTIAL, DATE, HEADERS, LIFETIME, SIGNATURE]),
    "C and Swift (common runtime)": ("/?", [ACTION, ALGORITHM, CREDENTIAL, DATE, HEADERS, LIFETIME, SESSION, SIGNATURE]),
    "Kotlin": ("?", [ACTION, ALGORITHM, CREDENTIAL, DATE, LIFETIME, SESSION, HEADERS, SIGNATURE]),
    "C++": ("?", [ACTION, SESSION, LIFETIME, ALGORITHM, CREDENTIAL, HEADERS, DATE, SIGNATURE]),
}
# From the tests of the AWS SDK for Java: DefaultDsqlUtilitiesTest.
PUBLISHED = {
    "app": "e319d85380261f643d78a558f76257f05aacea758a6ccd42a2510e2ae0854a47",
    "admin": "a08adc4c84a490014ce374b90c98ba9ed015b77b451c0d9f9fb3f8ca8c6f9c36",
}


def case(sdk, made, user, session_token, token):
    return {"sdk": sdk, "made": made, "host": HOST, "user": user, "access_key_id": "akid",
            "secret_access_key": "secret", "session_token": session_token, "at": CLOCK, "token": token}


def run(sdk, user, session_token):
    command, extra = RUN[sdk]
    environment = os.environ | extra | {
        "CLUSTER_ENDPOINT": HOST, "CLUSTER_USER": user, "AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "akid",
        "AWS_SECRET_ACCESS_KEY": "secret", "DSQL_TEST_CLOCK": str(CLOCK), "DSQL_TEST_EXPIRES": str(EXPIRES)}
    environment.pop("AWS_SESSION_TOKEN", None)
    if session_token:
        environment["AWS_SESSION_TOKEN"] = session_token
    return subprocess.run(command, cwd=SCRIPTS, env=environment, check=True, capture_output=True,
                          text=True).stdout.strip()


def reordered(token, start, order):
    parameters = dict(text.split("=", 1) for text in token.split("?", 1)[1].split("&"))
    return HOST + start + "&".join(f"{name}={parameters[name]}" for name in order if name in parameters)


def published(user):
    action = "DbConnectAdmin" if user == "admin" else "DbConnect"
    host = "test.dsql.us-east-1.on.aws"
    token = (f"{host}/?Action={action}&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=20241107T173933Z"
             "&X-Amz-SignedHeaders=host&X-Amz-Expires=900&X-Amz-Credential=access_key%2F20241107%2Fus-east-1%2Fdsql"
             f"%2Faws4_request&X-Amz-Signature={PUBLISHED[user]}")
    return case("Java", "published", user, "", token) | {
        "host": host, "access_key_id": "access_key", "secret_access_key": "secret_key", "at": 1731001173}


def main():
    cases = [published(user) for user in PUBLISHED]
    for user, session_token in itertools.product(("admin", "app"), ("", "a+b/c==")):
        tokens = {sdk: run(sdk, user, session_token) for sdk in RUN}
        cases += [case(sdk, "run", user, session_token, token) for sdk, token in tokens.items()]
        cases += [case(sdk, "rules", user, session_token, reordered(tokens["Python (botocore)"], *form))
                  for sdk, form in RULES.items()]
    print(json.dumps(cases, indent=1))


if __name__ == "__main__":
    main()
