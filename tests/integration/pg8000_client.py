# SPDX-License-Identifier: Apache-2.0
"""A client in another language with a protocol implementation of its own: logs in and asks."""
import os
import ssl
import sys

import pg8000.native

connection = pg8000.native.Connection(
    user="admin",
    # pg8000 sends SNI for the name it connects to, so the name has to be one that leads here.
    host="localhost",
    port=int(os.environ["PGPORT"]),
    database="postgres",
    password=sys.argv[1],
    ssl_context=ssl.create_default_context(cafile=os.environ["PGSSLROOTCERT"]),
)
print(connection.run("SELECT 6 * 7")[0][0])
connection.close()
