# SPDX-License-Identifier: Apache-2.0
"""Prints the token that botocore, the AWS CLI's SDK, makes: for CLUSTER_ENDPOINT and CLUSTER_USER, with the keys in the
environment. DSQL_TEST_CLOCK, seconds since 1970, is the time to sign at, and DSQL_TEST_EXPIRES the token's lifetime."""
import datetime
import os
from unittest import mock

import botocore.auth
import botocore.session
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

HOST, USER, REGION = (os.environ[name] for name in ("CLUSTER_ENDPOINT", "CLUSTER_USER", "AWS_REGION"))
EXPIRES = int(os.environ.get("DSQL_TEST_EXPIRES", "900"))


def token_of_the_client():
    client = botocore.session.get_session().create_client("dsql", region_name=REGION)
    generate = (client.generate_db_connect_admin_auth_token if USER == "admin"
                else client.generate_db_connect_auth_token)
    return generate(HOST, ExpiresIn=EXPIRES)


def token_of_the_signer():
    """What the client does, for versions that do not know DSQL, as Debian 12's."""
    credentials = Credentials(os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"],
                              os.environ.get("AWS_SESSION_TOKEN"))
    action = "DbConnectAdmin" if USER == "admin" else "DbConnect"
    request = AWSRequest("GET", f"https://{HOST}/", params={"Action": action})
    botocore.auth.SigV4QueryAuth(credentials, "dsql", REGION, expires=EXPIRES).add_auth(request)
    return request.prepare().url[len("https://"):]


def token():
    known = "dsql" in botocore.session.get_session().get_available_services()
    return token_of_the_client() if known else token_of_the_signer()


if "DSQL_TEST_CLOCK" in os.environ:
    at = datetime.datetime.fromtimestamp(int(os.environ["DSQL_TEST_CLOCK"]), datetime.timezone.utc)
    with mock.patch.object(botocore.auth, "get_current_datetime", return_value=at):
        print(token())
else:
    print(token())
