# SPDX-License-Identifier: Apache-2.0
"""Python clients that know nothing of IAM, through `dsql proxy`.

    proxy_client.py psycopg|asyncpg|sqlalchemy|pg8000
"""
import asyncio
import os
import sys

HOST = "127.0.0.1"
PORT = int(os.environ["PROXY_PORT"])
PASSWORD = os.environ["PROXY_PASSWORD"]


def use_psycopg():
    import psycopg

    with psycopg.connect(host=HOST, port=PORT, user="admin", password=PASSWORD, dbname="postgres") as connection:
        with connection.pipeline():
            results = [connection.execute("SELECT %s::int", (number,)) for number in range(500)]
        assert [result.fetchone()[0] for result in results] == list(range(500))


async def use_asyncpg():
    import asyncpg

    arguments = {"host": HOST, "port": PORT, "user": "admin", "password": PASSWORD, "database": "postgres"}
    # The pool sends what it sends to every PostgreSQL when a connection is returned.
    async with asyncpg.create_pool(**arguments, min_size=2, max_size=4, command_timeout=30) as pool:
        for number in range(20):
            assert await pool.fetchval("SELECT $1::int", number) == number


def use_sqlalchemy():
    import sqlalchemy

    address = f"postgresql+psycopg2://admin:{PASSWORD}@{HOST}:{PORT}/postgres"
    engine = sqlalchemy.create_engine(address, isolation_level="READ COMMITTED")
    with engine.begin() as connection:
        assert connection.execute(sqlalchemy.text("SELECT :number"), {"number": 7}).scalar() == 7


def use_pg8000():
    import pg8000.native

    connection = pg8000.native.Connection("admin", host=HOST, port=PORT, password=PASSWORD, database="postgres")
    assert connection.run("SELECT CAST(:number AS integer)", number=7) == [[7]]
    connection.close()


client = sys.argv[1]
if client == "asyncpg":
    asyncio.run(use_asyncpg())
else:
    {"psycopg": use_psycopg, "sqlalchemy": use_sqlalchemy, "pg8000": use_pg8000}[client]()
