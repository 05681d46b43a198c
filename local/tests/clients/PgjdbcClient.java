// SPDX-License-Identifier: Apache-2.0
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;

/** pgjdbc, PostgreSQL's JDBC driver. It uses the host name for SNI, so the name must resolve to the endpoint. */
public class PgjdbcClient {
    private static final String HOST = System.getenv("CLUSTER_ENDPOINT");

    private static String newToken() throws IOException {
        Process process = new ProcessBuilder("dsql", "token", "--host", HOST, "--user", "admin").start();
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    }

    private static Connection connect(String password) throws SQLException {
        return connect(password, new Properties());
    }

    private static Connection connect(String password, Properties properties) throws SQLException {
        properties.setProperty("user", "admin");
        properties.setProperty("password", password);
        properties.setProperty("sslmode", "verify-full");
        properties.setProperty("sslrootcert", System.getenv("DSQL_SSL_ROOT_CERT"));
        String url = "jdbc:postgresql://" + HOST + ":" + System.getenv("DSQL_PORT") + "/postgres";
        return DriverManager.getConnection(url, properties);
    }

    private static void require(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }

    private static int number(Connection connection, String sql, int parameter) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setInt(1, parameter);
            try (ResultSet rows = statement.executeQuery()) {
                rows.next();
                return rows.getInt(1);
            }
        }
    }

    private static void run(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static String sqlStateOf(Connection connection, String sql) {
        try {
            run(connection, sql);
            return "no error";
        } catch (SQLException error) {
            return error.getSQLState();
        }
    }

    private static void insertInABatch(Connection connection) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement("INSERT INTO counters VALUES (?, 0)")) {
            for (int id = 1; id < 100; ++id) {
                insert.setInt(1, id);
                insert.addBatch();
            }
            require(insert.executeBatch().length == 99, "99 rows");
        }
        require(number(connection, "SELECT count(*) FROM counters WHERE id < ?", 1000) == 99, "99 rows are there");
    }

    private static void addOne(Connection connection, Connection other, boolean isFirst) throws SQLException {
        connection.setAutoCommit(false);
        try {
            number(connection, "SELECT value FROM counters WHERE id = ?", 1);
            if (isFirst) {
                run(other, "UPDATE counters SET value = value + 10 WHERE id = 1");
            }
            run(connection, "UPDATE counters SET value = value + 1 WHERE id = 1");
            connection.commit();
        } catch (SQLException error) {
            connection.rollback();
            throw error;
        } finally {
            connection.setAutoCommit(true);
        }
    }

    private static void conflict(Connection connection, Connection other) throws SQLException {
        int attempt = 1;
        for (boolean isDone = false; !isDone; ) {
            try {
                addOne(connection, other, attempt == 1);
                isDone = true;
            } catch (SQLException error) {
                require("40001".equals(error.getSQLState()) && ++attempt <= 5, "a conflict: " + error);
            }
        }
        require(attempt == 2, "the second attempt succeeds, not number " + attempt);
        require(number(connection, "SELECT value FROM counters WHERE id = ?", 1) == 11, "both changes are there");
    }

    private static void useServerPreparedStatements(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("SELECT ?::int + 1")) {
            for (int i = 0; i < 10; ++i) { // the driver prepares it at the fifth time
                statement.setInt(1, i);
                try (ResultSet rows = statement.executeQuery()) {
                    rows.next();
                    require(rows.getInt(1) == i + 1, "the number after " + i);
                }
            }
        }
    }

    private static void readInPortions(Connection connection) throws SQLException {
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            statement.setFetchSize(10); // a portal with a row limit
            int count = 0;
            try (ResultSet rows = statement.executeQuery("SELECT id FROM counters")) {
                while (rows.next()) {
                    ++count;
                }
            }
            require(count == 99, "99 rows in portions, not " + count);
        }
        connection.commit();
        connection.setAutoCommit(true);
    }

    private static void directTls() throws IOException, SQLException {
        Properties properties = new Properties();
        properties.setProperty("sslNegotiation", "direct"); // earlier drivers than 42.7.4 ignore it
        try (Connection connection = connect(newToken(), properties);
             Statement statement = connection.createStatement();
             ResultSet rows = statement.executeQuery("SHOW dsql_local.ssl_negotiation")) {
            rows.next();
            Driver driver = DriverManager.getDriver("jdbc:postgresql:");
            boolean isOld = driver.getMajorVersion() == 42 && driver.getMinorVersion() < 7;
            require(isOld || rows.getString(1).equals("direct"), "direct TLS, not " + rows.getString(1));
        }
    }

    private static void rejectedLogin() {
        try (Connection ignored = connect("no-token")) {
            throw new AssertionError("a wrong token was accepted");
        } catch (SQLException error) {
            require("08006".equals(error.getSQLState()), "access denied: " + error);
        }
    }

    public static void main(String[] arguments) throws Exception {
        try (Connection connection = connect(newToken()); Connection other = connect(newToken())) {
            require(number(connection, "SELECT ? * 7", 6) == 42, "six times seven");
            run(connection, "CREATE TABLE counters (id int PRIMARY KEY, value int NOT NULL)");
            insertInABatch(connection);
            sqlStateOf(other, "SELECT value FROM counters"); // the schema has changed: OC001, once
            conflict(connection, other);
            useServerPreparedStatements(connection);
            readInPortions(connection);
            require(sqlStateOf(connection, "SELECT 1 / 0").equals("22012"), "a division by zero");
            directTls();
            rejectedLogin();
        }
    }
}
