# SPDX-License-Identifier: Apache-2.0
"""psycopg 3: a client on libpq, so `hostaddr` says where the endpoint is, whatever its name resolves to."""
import os
import subprocess

import psycopg

HOST = os.environ["CLUSTER_ENDPOINT"]


def new_token():
    command = ["dsql", "token", "--host", HOST, "--user", "admin"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def connect(**options):
    parameters = {
        "host": HOST,
        "hostaddr": os.environ["DSQL_HOST_ADDRESS"],
        "port": os.environ["DSQL_PORT"],
        "user": "admin",
        "dbname": "postgres",
        "password": new_token(),
        "sslmode": "verify-full",
        "sslrootcert": os.environ["DSQL_SSL_ROOT_CERT"],
    }
    return psycopg.connect(**{**parameters, **options})


def repeat_on_conflict(function):
    """Calls `function` with the number of the attempt, until it does not conflict."""
    for attempt in range(1, 6):
        try:
            return function(attempt)
        except psycopg.errors.SerializationFailure as conflict:
            assert "(OC00" in str(conflict), conflict
    raise AssertionError("still conflicts after five attempts")


def query_with_parameters(connection):
    row = connection.execute("SELECT %s::int * 7, %s::text, %s::timestamptz IS NULL", (6, "it's", None)).fetchone()
    assert row == (42, "it's", True), row
    for number in range(10):  # from the fifth time on with a prepared statement
        row = connection.execute("SELECT %s::int + 1", (number,)).fetchone()
        assert row == (number + 1,), row
    with connection.cursor(binary=True) as cursor:
        assert cursor.execute("SELECT %b::bytea", (b"\0\xff",)).fetchone() == (b"\0\xff",)


def many_rows_in_a_pipeline(connection):
    with connection.pipeline(), connection.cursor() as cursor:
        cursor.executemany("INSERT INTO counters VALUES (%s, 0)", [(number,) for number in range(2, 100)])
    assert connection.execute("SELECT count(*) FROM counters").fetchone() == (99,)


def conflict(connection, other):
    def add_one(attempt):
        with connection.transaction():
            connection.execute("SELECT value FROM counters WHERE id = 1")
            if attempt == 1:
                other.execute("UPDATE counters SET value = value + 10 WHERE id = 1")
            connection.execute("UPDATE counters SET value = value + 1 WHERE id = 1")
        return attempt

    assert repeat_on_conflict(add_one) == 2
    assert connection.execute("SELECT value FROM counters WHERE id = 1").fetchone() == (11,)


def rolled_back_transaction(connection):
    try:
        with connection.transaction():
            connection.execute("UPDATE counters SET value = -1")
            raise KeyError("not wanted")
    except KeyError:
        pass
    assert connection.execute("SELECT count(*) FROM counters WHERE value = -1").fetchone() == (0,)


def copy(connection):
    with connection.cursor() as cursor:
        with cursor.copy("COPY counters FROM STDIN") as rows:
            for number in range(100, 200):
                rows.write_row((number, 5))
        with cursor.copy("COPY (SELECT id FROM counters WHERE id >= 100) TO STDOUT") as rows:
            assert len(list(rows.rows())) == 100


def copy_given_up(connection):
    """An exception in the block makes psycopg give up the COPY, which is no conflict."""
    try:
        with connection.cursor() as cursor, cursor.copy("COPY counters FROM STDIN") as rows:
            rows.write_row((500, 5))
            raise KeyError("not wanted")
    except (KeyError, psycopg.errors.QueryCanceled):
        pass
    assert connection.execute("SELECT count(*) FROM counters WHERE id = 500").fetchone() == (0,)


def direct_tls():
    if psycopg.pq.version() < 170000:
        return
    with connect(sslnegotiation="direct") as connection:
        assert connection.execute("SHOW dsql_local.ssl_negotiation").fetchone() == ("direct",)


def errors(connection):
    try:
        connection.execute("SELECT 1 / 0")
        raise AssertionError("a division by zero succeeded")
    except psycopg.errors.DivisionByZero as error:
        assert error.sqlstate == "22012"
    assert connection.execute("SELECT 1").fetchone() == (1,)
    try:
        connect(password="no-token")
        raise AssertionError("a wrong token was accepted")
    except psycopg.OperationalError as error:
        assert "unable to accept connection, access denied" in str(error), error


def main():
    with connect(autocommit=True) as connection:
        query_with_parameters(connection)
        connection.execute("CREATE TABLE counters (id int PRIMARY KEY, value int NOT NULL)")
        connection.execute("INSERT INTO counters VALUES (1, 0)")
        with connect(autocommit=True) as other:  # a new session needs a new token
            conflict(connection, other)
        many_rows_in_a_pipeline(connection)
        rolled_back_transaction(connection)
        copy(connection)
        copy_given_up(connection)
        errors(connection)
    direct_tls()


main()
