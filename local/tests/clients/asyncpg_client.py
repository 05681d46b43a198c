# SPDX-License-Identifier: Apache-2.0
"""asyncpg: speaks the protocol itself and uses the host name for SNI, so the name must resolve to the endpoint."""
import asyncio
import os
import ssl
import subprocess

import asyncpg

HOST = os.environ["CLUSTER_ENDPOINT"]


def new_token():
    command = ["dsql", "token", "--host", HOST, "--user", "admin"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


async def connect(password=None, **options):
    context = ssl.create_default_context(cafile=os.environ["DSQL_SSL_ROOT_CERT"])
    context.set_alpn_protocols(["postgresql"])  # direct TLS needs it
    return await asyncpg.connect(
        host=HOST,
        port=int(os.environ["DSQL_PORT"]),
        user="admin",
        database="postgres",
        password=password or new_token(),
        ssl=context,
        **options,
    )


async def repeat_on_conflict(function):
    """Calls `function` with the number of the attempt, until it does not conflict."""
    for attempt in range(1, 6):
        try:
            return await function(attempt)
        except asyncpg.SerializationError as conflict:
            assert "(OC00" in str(conflict), conflict
    raise AssertionError("still conflicts after five attempts")


async def conflict(connection, other):
    async def add_one(attempt):
        async with connection.transaction():
            await connection.fetchval("SELECT value FROM counters WHERE id = 1")
            if attempt == 1:
                await other.execute("UPDATE counters SET value = value + 10 WHERE id = 1")
            await connection.execute("UPDATE counters SET value = value + 1 WHERE id = 1")
        return attempt

    assert await repeat_on_conflict(add_one) == 2
    assert await connection.fetchval("SELECT value FROM counters WHERE id = $1", 1) == 11


async def rows_in_portions(connection):
    await connection.executemany("INSERT INTO counters VALUES ($1, 0)", [(number,) for number in range(2, 200)])
    async with connection.transaction():
        portal = await connection.cursor("SELECT id FROM counters ORDER BY id")
        assert [row["id"] for row in await portal.fetch(3)] == [1, 2, 3]
        assert len(await portal.fetch(1000)) == 196


async def direct_tls():
    connection = await connect(direct_tls=True)
    assert await connection.fetchval("SHOW dsql_local.ssl_negotiation") == "direct"
    await connection.close()


async def errors(connection):
    try:
        await connection.fetchval("SELECT 1 / $1::int", 0)
        raise AssertionError("a division by zero succeeded")
    except asyncpg.DivisionByZeroError as error:
        assert error.sqlstate == "22012"
    try:
        await connect(password="no-token")
        raise AssertionError("a wrong token was accepted")
    except asyncpg.PostgresConnectionError as error:
        assert error.sqlstate == "08006", error


async def main():
    connection = await connect()
    assert await connection.fetchval("SELECT $1::int * 7", 6) == 42
    await connection.execute("CREATE TABLE counters (id int PRIMARY KEY, value int NOT NULL)")
    await connection.execute("INSERT INTO counters VALUES ($1, $2)", 1, 0)
    other = await connect()  # a new session needs a new token
    await conflict(connection, other)
    await other.close()
    await rows_in_portions(connection)
    await errors(connection)
    await connection.close()
    await direct_tls()


asyncio.run(main())
