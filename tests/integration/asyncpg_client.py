# SPDX-License-Identifier: Apache-2.0
"""A client in another language with a protocol implementation of its own: logs in with the token
given and asks a question."""
import asyncio
import os
import ssl
import sys

import asyncpg


async def main():
    connection = await asyncpg.connect(
        user="admin",
        # asyncpg sends SNI for the name it connects to, so the name has to be one that leads here.
        host="localhost",
        port=int(os.environ["PGPORT"]),
        database="postgres",
        password=sys.argv[1],
        ssl=ssl.create_default_context(cafile=os.environ["PGSSLROOTCERT"]),
    )
    print(await connection.fetchval("SELECT $1::int * 7", 6))
    await connection.close()


asyncio.run(main())
