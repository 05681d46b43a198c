# SPDX-License-Identifier: Apache-2.0
"""SQLAlchemy with psycopg2. Each new connection of the engine gets a new token."""
import os
import subprocess

import sqlalchemy
from sqlalchemy import event, text

HOST = os.environ["CLUSTER_ENDPOINT"]


def new_token():
    command = ["dsql", "token", "--host", HOST, "--user", "admin"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def new_engine():
    engine = sqlalchemy.create_engine(
        f"postgresql+psycopg2://admin@{HOST}:{os.environ['DSQL_PORT']}/postgres",
        connect_args={
            "hostaddr": os.environ["DSQL_HOST_ADDRESS"],
            "sslmode": "verify-full",
            "sslrootcert": os.environ["DSQL_SSL_ROOT_CERT"],
        },
    )

    @event.listens_for(engine, "do_connect")
    def add_token(_dialect, _record, _arguments, parameters):
        parameters["password"] = new_token()

    return engine


def repeat_on_conflict(function):
    """Calls `function` with the number of the attempt, until it does not conflict."""
    for attempt in range(1, 6):
        try:
            return function(attempt)
        except sqlalchemy.exc.OperationalError as error:
            if error.orig.pgcode != "40001":
                raise
    raise AssertionError("still conflicts after five attempts")


def conflict(engine, counters):
    one = counters.c.id == 1

    def add(connection, amount):
        connection.execute(counters.update().where(one).values(value=counters.c.value + amount))

    def add_one(attempt):
        with engine.begin() as connection:
            connection.execute(sqlalchemy.select(counters.c.value).where(one)).scalar_one()
            if attempt == 1:
                with engine.begin() as other:
                    add(other, 10)
            add(connection, 1)
        return attempt

    assert repeat_on_conflict(add_one) == 2
    with engine.connect() as connection:
        assert connection.execute(sqlalchemy.select(counters.c.value).where(one)).scalar_one() == 11


def errors(engine):
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT 1 / 0"))
        raise AssertionError("a division by zero succeeded")
    except sqlalchemy.exc.DataError as error:
        assert error.orig.pgcode == "22012", error


def main():
    engine = new_engine()
    with engine.connect() as connection:
        assert connection.execute(text("SELECT :six * 7"), {"six": 6}).scalar_one() == 42
    counters = sqlalchemy.Table(
        "counters",
        sqlalchemy.MetaData(),
        sqlalchemy.Column("id", sqlalchemy.Integer, primary_key=True, autoincrement=False),
        sqlalchemy.Column("value", sqlalchemy.Integer, nullable=False),
    )
    counters.create(engine)
    with engine.begin() as connection:
        connection.execute(counters.insert(), [{"id": number, "value": 0} for number in range(1, 100)])
    conflict(engine, counters)
    errors(engine)
    engine.dispose()  # the next connection logs in anew
    columns = sqlalchemy.inspect(engine).get_columns("counters")
    assert [column["name"] for column in columns] == ["id", "value"], columns
    counters.drop(engine)


main()
