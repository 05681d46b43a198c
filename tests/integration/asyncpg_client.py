# SPDX-License-Identifier: Apache-2.0
"""A client in Python with an independent implementation of the protocol. It logs in with the given
token and runs a query."""
import asyncio
import os
import ssl
import sys

import asyncpg


async def main():
    connection = await asyncpg.connect(
        user="admin",
        # asyncpg uses the host name for SNI, so the name must resolve to this machine.
        host="localhost",
        port=int(os.environ["PGPORT"]),
        database="postgres",
        password=sys.argv[1],
        ssl=ssl.create_default_context(cafile=os.environ["PGSSLROOTCERT"]),
    )
    print(await connection.fetchval("SELECT $1::int * 7", 6))
    await connection.close()


asyncio.run(main())
