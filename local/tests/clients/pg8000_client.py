# SPDX-License-Identifier: Apache-2.0
"""pg8000: speaks the protocol itself, in Python alone. It uses the host name for SNI, so the name must resolve."""
import os
import ssl
import subprocess

import pg8000.dbapi
import pg8000.native

HOST = os.environ["CLUSTER_ENDPOINT"]


def new_token():
    command = ["dsql", "token", "--host", HOST, "--user", "admin"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def parameters(password=None):
    return {
        "host": HOST,
        "port": int(os.environ["DSQL_PORT"]),
        "user": "admin",
        "database": "postgres",
        "password": password or new_token(),
        "ssl_context": ssl.create_default_context(cafile=os.environ["DSQL_SSL_ROOT_CERT"]),
    }


def sql_state(error):
    return error.args[0]["C"]


def transact(connection, function):
    """Calls `function` in a transaction, with the number of the attempt, until it does not conflict."""
    for attempt in range(1, 6):
        try:
            function(attempt)
            connection.commit()
            return attempt
        except pg8000.dbapi.DatabaseError as error:
            connection.rollback()
            if sql_state(error) != "40001":
                raise
    raise AssertionError("still conflicts after five attempts")


def conflict(connection, other):
    cursor = connection.cursor()

    def add_one(attempt):
        cursor.execute("SELECT value FROM counters WHERE id = 1")
        if attempt == 1:
            change = "UPDATE counters SET value = value + 10 WHERE id = 1"
            transact(other, lambda _attempt: other.cursor().execute(change))
        cursor.execute("UPDATE counters SET value = value + %s WHERE id = 1", (1,))

    assert transact(connection, add_one) == 2
    cursor.execute("SELECT value FROM counters WHERE id = %s", (1,))
    assert cursor.fetchone()[0] == 11
    connection.commit()


def many_rows(connection):
    cursor = connection.cursor()
    rows = [(number, 0) for number in range(2, 100)]
    transact(connection, lambda _attempt: cursor.executemany("INSERT INTO counters VALUES (%s, %s)", rows))
    cursor.execute("SELECT count(*) FROM counters")
    assert cursor.fetchone()[0] == 99
    connection.commit()


def native():
    with pg8000.native.Connection(**parameters()) as connection:
        assert connection.run("SELECT CAST(:six AS int) * 7", six=6) == [[42]]
        statement = connection.prepare("SELECT CAST(:number AS int) + 1")
        for number in range(10):
            assert statement.run(number=number) == [[number + 1]]
        statement.close()
        try:
            connection.run("SELECT 1 / 0")
            raise AssertionError("a division by zero succeeded")
        except pg8000.native.DatabaseError as error:
            assert sql_state(error) == "22012", error


def rejected_login():
    try:
        pg8000.native.Connection(**parameters("no-token"))
        raise AssertionError("a wrong token was accepted")
    except pg8000.native.DatabaseError as error:
        assert sql_state(error) == "08006", error


def main():
    connection = pg8000.dbapi.connect(**parameters())
    other = pg8000.dbapi.connect(**parameters())  # a new session needs a new token
    cursor = connection.cursor()
    cursor.execute("CREATE TABLE counters (id int PRIMARY KEY, value int NOT NULL)")
    connection.commit()
    cursor.execute("INSERT INTO counters VALUES (1, 0)")
    connection.commit()
    conflict(connection, other)
    many_rows(connection)
    connection.close()
    other.close()
    native()
    rejected_login()


main()
