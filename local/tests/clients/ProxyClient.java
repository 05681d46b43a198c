// SPDX-License-Identifier: Apache-2.0
// pgjdbc through `dsql proxy`, as a program uses it that knows nothing of IAM.
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;

public class ProxyClient {
    public static void main(String[] arguments) throws Exception {
        String address = "jdbc:postgresql://127.0.0.1:" + System.getenv("PROXY_PORT") + "/postgres";
        try (Connection connection =
                DriverManager.getConnection(address, "admin", System.getenv("PROXY_PASSWORD"))) {
            connection.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
            PreparedStatement statement = connection.prepareStatement("SELECT ?::int + 1");
            // The driver prepares a statement on the server when it is used for the fifth time.
            for (int i = 0; i < 10; ++i) {
                statement.setInt(1, i);
                ResultSet result = statement.executeQuery();
                if (!result.next() || result.getInt(1) != i + 1) {
                    throw new AssertionError("wrong result for " + i);
                }
            }
        }
    }
}
