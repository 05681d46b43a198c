#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The C interface from Python, by ctypes: makes a token, and opens a connection that libpq's functions use.

Needs libdsql_c.so.0 and libpq.so.5. DSQL_C_LIBRARY names another file than the first. libpq must be the one that
libdsql_c has loaded, which the name finds. A driver that brings its own copy of libpq cannot use the connection; it uses
the token.
"""

import ctypes
import os
import sys
from ctypes import POINTER, byref, c_char_p, c_int, c_int64, c_void_p

# The statuses of dsql.h never change.
DSQL_OK = 0
TIMEOUT_MS = 30_000
CONNECTION_OK = 0
PGRES_TUPLES_OK = 2

dsql = ctypes.CDLL(os.environ.get("DSQL_C_LIBRARY", "libdsql_c.so.0"))
libpq = ctypes.CDLL("libpq.so.5")

# Handles and texts that have to be freed are c_void_p: ctypes would copy a c_char_p and lose the pointer.
SIGNATURES = {
    "dsql_version": (c_char_p,),
    "dsql_error_message": (c_char_p, c_void_p),
    "dsql_error_is_retryable": (c_int, c_void_p),
    "dsql_error_free": (None, c_void_p),
    "dsql_string_free": (None, c_void_p),
    "dsql_config_create": (c_int, c_char_p, POINTER(c_void_p), POINTER(c_void_p)),
    "dsql_config_set": (c_int, c_void_p, c_char_p, c_char_p, POINTER(c_void_p)),
    "dsql_config_free": (None, c_void_p),
    "dsql_token_create": (c_int, c_void_p, c_int, POINTER(c_void_p), POINTER(c_void_p)),
    "dsql_token_expiration": (c_int, c_char_p, POINTER(c_int64), POINTER(c_void_p)),
    "dsql_connector_create": (c_int, c_void_p, POINTER(c_void_p), POINTER(c_void_p)),
    "dsql_connector_connect": (c_int, c_void_p, c_int, POINTER(c_void_p), POINTER(c_void_p)),
    "dsql_connector_free": (None, c_void_p),
}
for name, (result, *arguments) in SIGNATURES.items():
    getattr(dsql, name).restype, getattr(dsql, name).argtypes = result, arguments
for name, (result, *arguments) in {
    "PQexec": (c_void_p, c_void_p, c_char_p),
    "PQresultStatus": (c_int, c_void_p),
    "PQgetvalue": (c_char_p, c_void_p, c_int, c_int),
    "PQerrorMessage": (c_char_p, c_void_p),
    "PQclear": (None, c_void_p),
    "PQfinish": (None, c_void_p),
}.items():
    getattr(libpq, name).restype, getattr(libpq, name).argtypes = result, arguments


class DsqlError(Exception):
    """What a function of libdsql_c has reported."""

    def __init__(self, status: int, message: str, is_retryable: bool) -> None:
        super().__init__(message)
        self.status, self.is_retryable = status, is_retryable


def call(name: str, *arguments: object) -> None:
    """Calls a function with an error as its last argument."""
    error = c_void_p()
    status = getattr(dsql, name)(*arguments, byref(error))
    if status != DSQL_OK:
        message = dsql.dsql_error_message(error).decode()
        is_retryable = bool(dsql.dsql_error_is_retryable(error))
        dsql.dsql_error_free(error)
        raise DsqlError(status, message, is_retryable)


def make_token(config: c_void_p) -> str:
    token = c_void_p()
    call("dsql_token_create", config, TIMEOUT_MS, byref(token))
    try:
        return ctypes.string_at(token).decode()
    finally:
        dsql.dsql_string_free(token)


def connect(config: c_void_p) -> c_void_p:
    """A connection of libpq, which PQfinish ends."""
    connector, connection = c_void_p(), c_void_p()
    call("dsql_connector_create", config, byref(connector))
    try:
        call("dsql_connector_connect", connector, TIMEOUT_MS, byref(connection))
    finally:
        dsql.dsql_connector_free(connector)
    return connection


def query_value(connection: c_void_p, sql: str) -> str:
    result = libpq.PQexec(connection, sql.encode())
    try:
        if libpq.PQresultStatus(result) != PGRES_TUPLES_OK:
            raise RuntimeError(libpq.PQerrorMessage(connection).decode())
        return libpq.PQgetvalue(result, 0, 0).decode()
    finally:
        libpq.PQclear(result)


def main() -> int:
    cluster = os.environ.get("CLUSTER_ENDPOINT")
    if not cluster:
        print("Set CLUSTER_ENDPOINT to a cluster's endpoint.", file=sys.stderr)
        return 1
    config = c_void_p()
    try:
        call("dsql_config_create", cluster.encode(), byref(config))
        call("dsql_config_set", config, b"application_name", b"connect.py")
        expiration = c_int64()
        call("dsql_token_expiration", make_token(config).encode(), byref(expiration))
        connection = connect(config)
        try:
            print(query_value(connection, "SELECT 'Hello from Python, ' || current_user"))
        finally:
            libpq.PQfinish(connection)
    except DsqlError as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        dsql.dsql_config_free(config)
    return 0


if __name__ == "__main__":
    sys.exit(main())
