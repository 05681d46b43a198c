#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Loads libdsql_c, unloads it while a connection and a token generator are in use, and loads it again. Run under
dsql-local.

    unload_test.py LIBRARY LIBPQ
"""

import _ctypes
import ctypes
import os
import sys
from ctypes import byref, c_char_p, c_int, c_int64, c_void_p

LIBRARY, LIBPQ = sys.argv[1:]
PGRES_COMMAND_OK, PGRES_TUPLES_OK = 1, 2


def load() -> ctypes.CDLL:
    library = ctypes.CDLL(LIBRARY, mode=os.RTLD_NOW | os.RTLD_LOCAL)
    library.dsql_error_message.restype = c_char_p
    library.dsql_error_message.argtypes = [c_void_p]
    library.dsql_string_free.argtypes = library.dsql_config_free.argtypes = [c_void_p]
    library.dsql_connector_free.argtypes = [c_void_p]
    return library


def unload(library: ctypes.CDLL) -> None:
    _ctypes.dlclose(library._handle)


def check(library: ctypes.CDLL, status: int, error: c_void_p) -> None:
    if status != 0:
        sys.exit(library.dsql_error_message(error).decode())


def make_config(library: ctypes.CDLL) -> c_void_p:
    """With the keys of the environment. Without them, the library would stay loaded because of libcurl."""
    config, error = c_void_p(), c_void_p()
    keys = (os.environ[f"AWS_{name}"].encode() for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN"))
    cluster = os.environ["CLUSTER_ENDPOINT"].encode()
    check(library, library.dsql_config_create(cluster, byref(config), byref(error)), error)
    check(library, library.dsql_config_set_credentials(config, *keys, c_int64(0), byref(error)), error)
    return config


def connect(library: ctypes.CDLL) -> c_void_p:
    connector, connection, error = c_void_p(), c_void_p(), c_void_p()
    config = make_config(library)
    check(library, library.dsql_connector_create(config, byref(connector), byref(error)), error)
    library.dsql_config_free(config)
    check(library, library.dsql_connector_connect(connector, c_int(60_000), byref(connection), byref(error)), error)
    library.dsql_connector_free(connector)
    return connection


def make_generator(library: ctypes.CDLL) -> c_void_p:
    """One with a token in its cache. It is never freed, as in a program that forgets it."""
    generator, token, error = c_void_p(), c_void_p(), c_void_p()
    config = make_config(library)
    check(library, library.dsql_token_generator_create(config, byref(generator), byref(error)), error)
    check(library, library.dsql_token_generator_get(generator, c_int(-1), byref(token), byref(error)), error)
    library.dsql_string_free(token)
    library.dsql_config_free(config)
    return generator


def main() -> None:
    libpq = ctypes.CDLL(LIBPQ)
    libpq.PQexec.restype = c_void_p
    libpq.PQexec.argtypes = [c_void_p, c_char_p]
    libpq.PQresultStatus.argtypes = libpq.PQclear.argtypes = libpq.PQfinish.argtypes = [c_void_p]

    def run(connection: c_void_p, sql: bytes, status: int) -> None:
        result = libpq.PQexec(connection, sql)
        assert libpq.PQresultStatus(result) == status, sql
        libpq.PQclear(result)

    unload(load())  # nothing was used
    first = load()
    make_generator(first)
    connection = connect(first)
    unload(first)
    run(connection, b"DROP TABLE IF EXISTS c_no_such_table", PGRES_COMMAND_OK)  # with a notice
    run(connection, b"SELECT repeat('x', 100000)", PGRES_TUPLES_OK)

    second = load()
    another = connect(second)
    run(another, b"SELECT 1", PGRES_TUPLES_OK)
    unload(second)
    libpq.PQfinish(connection)
    libpq.PQfinish(another)
    print("unloaded and loaded again")


if __name__ == "__main__":
    main()
