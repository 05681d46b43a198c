// SPDX-License-Identifier: Apache-2.0
#include "client_examples.hpp"

namespace dsql_local {

// All of them take the host from CLUSTER_ENDPOINT, because the certificate and the token are for
// that name, and connect to the address in DSQL_HOST_ADDRESS. Each driver has another way to do
// that, so that nobody has to change /etc/hosts.
// clang-format off
const std::array<client_example, 6> client_examples{{
    {.title = "psql, and every program with libpq: all they need is in the environment",
     .commands = R"sh(psql -XAtc "SELECT 'Hello, DSQL!'"
# A new token, for later: export PGPASSWORD="$(dsql token --host "$CLUSTER_ENDPOINT")", or
# "$(aws dsql generate-db-connect-admin-auth-token --hostname "$CLUSTER_ENDPOINT")"
# For another user than admin, the functions of AWS have no "admin" in their names.
)sh"},
    {.title = "C++: dsql::pool, from libdsql-dev",
     .commands = R"sh((cd "$(mktemp -d)" && cat >hello.cpp <<'END'
#include <cstdlib>
#include <dsql/dsql.hpp>
#include <iostream>

int main() {  // it makes its tokens itself, with the keys in the environment
    dsql::pool pool({.host = std::getenv("CLUSTER_ENDPOINT"), .user = std::getenv("CLUSTER_USER")});
    std::cout << pool.query_value<std::string>("SELECT 'Hello, ' || $1", "DSQL!") << '\n';
}
END
g++ hello.cpp $(pkg-config --cflags --libs dsql) -o hello && ./hello)
)sh"},
    {.title = "Python: psycopg 3",
     .commands = R"sh(python3 - <<'END'
import psycopg
with psycopg.connect() as connection:  # the host, its address, the CA and the token are in PG*
    print(connection.execute("SELECT 'Hello, DSQL!'").fetchone()[0])
END
# A new token: boto3.client("dsql").generate_db_connect_admin_auth_token(host, region)
)sh"},
    {.title = "Node: npm install pg @aws/aurora-dsql-node-postgres-connector",
     .commands = R"sh(NODE_EXTRA_CA_CERTS="$DSQL_SSL_ROOT_CERT" node - <<'END'
const { AuroraDSQLClient } = require('@aws/aurora-dsql-node-postgres-connector');
const { Socket } = require('node:net');
const { CLUSTER_ENDPOINT, CLUSTER_USER, DSQL_HOST_ADDRESS, DSQL_PORT } = process.env;
class LocalSocket extends Socket {  // instead of one that looks the host up
  connect(port) { return super.connect(port, DSQL_HOST_ADDRESS); }
}
(async () => {
  const client = new AuroraDSQLClient({
    host: CLUSTER_ENDPOINT, port: Number(DSQL_PORT), user: CLUSTER_USER,
    stream: () => new LocalSocket() });
  await client.connect();
  console.log((await client.query("SELECT 'Hello, DSQL!' AS text")).rows[0].text);
  await client.end();
})();
END
)sh"},
    {.title = "Go: AWS's connector for pgx",
     .commands = R"sh((cd "$(mktemp -d)" && cat >hello.go <<'END'
package main

import (
	"context"
	"fmt"
	"os"
	"strconv"

	"github.com/awslabs/aurora-dsql-connectors/go/pgx/dsql"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

func main() {
	ctx := context.Background()
	config, err := pgxpool.ParseConfig("") // PGSSLROOTCERT and its neighbors
	if err != nil {
		panic(err)
	}
	config.ConnConfig.LookupFunc = func(context.Context, string) ([]string, error) {
		return []string{os.Getenv("DSQL_HOST_ADDRESS")}, nil
	}
	roots := config.ConnConfig.TLSConfig.RootCAs // the connector replaces the TLSConfig
	config.BeforeConnect = func(_ context.Context, one *pgx.ConnConfig) error {
		one.TLSConfig.RootCAs = roots
		return nil
	}
	port, _ := strconv.Atoi(os.Getenv("DSQL_PORT"))
	pool, err := dsql.NewPool(ctx, dsql.Config{
		Host: os.Getenv("CLUSTER_ENDPOINT"), Port: port, User: os.Getenv("CLUSTER_USER"),
	}, config)
	if err != nil {
		panic(err)
	}
	defer pool.Close()
	var text string
	if err := pool.QueryRow(ctx, "SELECT 'Hello, DSQL!'").Scan(&text); err != nil {
		panic(err)
	}
	fmt.Println(text)
}
END
go mod init hello && go mod tidy && go run .)
)sh"},
    {.title = "Java: pgjdbc; PGJDBC=FILE.jar names another one than Debian's",
     .commands = R"sh((cd "$(mktemp -d)" && echo "$DSQL_HOST_ADDRESS $CLUSTER_ENDPOINT" >hosts &&
cat >Hello.java <<'END'
import java.sql.*;

public class Hello {
    public static void main(String[] arguments) throws SQLException {
        String url = "jdbc:postgresql://" + System.getenv("CLUSTER_ENDPOINT") + ":"
            + System.getenv("DSQL_PORT") + "/postgres?sslmode=verify-full&sslrootcert="
            + System.getenv("DSQL_SSL_ROOT_CERT");
        try (Connection connection = DriverManager.getConnection(
                url, System.getenv("CLUSTER_USER"), System.getenv("PGPASSWORD"));
             ResultSet rows = connection.createStatement().executeQuery("SELECT 'Hello, DSQL!'")) {
            rows.next();
            System.out.println(rows.getString(1));
        }
    }
}
END
java -Djdk.net.hosts.file=hosts -cp "${PGJDBC:-/usr/share/java/postgresql.jar}" Hello.java)
# A new token: DsqlUtilities of the AWS SDK, with CLUSTER_ENDPOINT as the hostname
)sh"},
}};
// clang-format on

}  // namespace dsql_local
