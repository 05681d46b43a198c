// SPDX-License-Identifier: Apache-2.0
#include "login/token_signer.hpp"
#include "raw_client.hpp"
#include "served_keys.hpp"
#include "support/endpoint_process.hpp"
#include "system/files.hpp"
#include "wire/messages.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>

#include <chrono>
#include <cstdlib>
#include <memory>

namespace endpoint_test {

using namespace dsql_local;
using namespace dsql_local_test;
using namespace std::chrono_literals;

seconds_point now() {
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

// Starts one endpoint for all tests of the suite.
class endpoint : public testing::Test {
protected:
    static void SetUpTestSuite() { served_ = std::make_unique<endpoint_process>(); }
    static void TearDownTestSuite() { served_.reset(); }

    static std::string host() { return (*served_)["CLUSTER_ENDPOINT"]; }
    static std::string token() { return (*served_)["PGPASSWORD"]; }
    static tls_choice good_tls() {
        return {.server_name = host(), .alpn = true, .ca_file = (*served_)["DSQL_SSL_ROOT_CERT"]};
    }
    static std::string token_for(const std::string& user, seconds_point time = now()) {
        return sign_token(keys_of(*served_), host(), user, time, 900s);
    }

    // Returns the error of a login after an SSLRequest. The endpoint must then close the connection
    // properly.
    static message refused(const std::string& user, const std::string& password,
                           const wire::startup_parameters& more = {}) {
        raw_client client(served_->port());
        EXPECT_TRUE(client.request_tls(good_tls()));
        message response = client.log_in(user, password, more);
        EXPECT_EQ(response.type, 'E');
        EXPECT_EQ(response.field('S'), "FATAL");
        EXPECT_EQ(response.field('V'), "FATAL");
        EXPECT_TRUE(client.ended_cleanly());
        return response;
    }

    static void expect_denied(const std::string& user, const std::string& password,
                              const std::string& hint) {
        const message response = refused(user, password);
        EXPECT_EQ(response.field('C'), "08006");
        EXPECT_EQ(response.field('M'), "unable to accept connection, access denied");
        EXPECT_EQ(response.field('H').substr(0, hint.size()), hint);
    }

    static std::unique_ptr<endpoint_process> served_;
    raw_client client_{served_->port()};
};

std::unique_ptr<endpoint_process> endpoint::served_;

TEST_F(endpoint, direct_tls_logs_in) {
    ASSERT_TRUE(client_.start_tls(good_tls()));
    ASSERT_EQ(client_.log_in("admin", token()).type, 'Z');
    EXPECT_EQ(client_.query("SHOW dsql_local.ssl_negotiation"), "direct");
    EXPECT_EQ(client_.query("SHOW dsql_local.tls_version"), "TLSv1.3");
    EXPECT_EQ(client_.query("SHOW dsql_local.sni"), host());
    EXPECT_EQ(client_.query("SHOW dsql_local.alpn"), "postgresql");
    EXPECT_EQ(client_.query("SHOW dsql_local.rate_refusals"), "0");
}

TEST_F(endpoint, requested_tls_logs_in) {
    tls_choice old = good_tls();
    old.alpn = false;
    old.highest_version = TLS1_2_VERSION;
    ASSERT_TRUE(client_.request_tls(old));
    ASSERT_EQ(client_.log_in("admin", token()).type, 'Z');
    EXPECT_EQ(client_.query("SHOW dsql_local.ssl_negotiation"), "postgres");
    EXPECT_EQ(client_.query("SHOW dsql_local.tls_version"), "TLSv1.2");
    EXPECT_EQ(client_.query("SHOW dsql_local.alpn"), "");
}

TEST_F(endpoint, gss_is_turned_down_and_tls_may_follow) {
    client_.send(request_packet(wire::request_code::gss));
    ASSERT_EQ(client_.receive(1), "N");
    ASSERT_TRUE(client_.request_tls(good_tls()));
    EXPECT_EQ(client_.log_in("admin", token()).type, 'Z');
}

TEST_F(endpoint, sessions_are_like_those_of_dsql) {
    ASSERT_TRUE(client_.start_tls(good_tls()));
    ASSERT_EQ(client_.log_in("admin", token(), {{"application_name", "tests"}}).type, 'Z');
    EXPECT_EQ(client_.query("SHOW transaction_isolation"), "repeatable read");
    EXPECT_EQ(client_.query("SHOW timezone"), "UTC");
    EXPECT_EQ(client_.query("SHOW server_encoding"), "UTF8");
    EXPECT_EQ(client_.query("SHOW application_name"), "tests");
    EXPECT_EQ(client_.query("SHOW listen_addresses"), "");
    EXPECT_EQ(client_.query("SELECT current_user || '@' || current_database()"), "admin@postgres");
}

TEST_F(endpoint, plain_text_is_refused) {
    client_.send_startup({{"user", "admin"}});
    const message response = client_.receive_message();
    EXPECT_EQ(response.type, 'E');
    EXPECT_EQ(response.field('C'), "08P01");
    EXPECT_EQ(response.field('M'), "unable to accept connection, SSL is mandatory");
    EXPECT_TRUE(client_.ended_cleanly());
}

TEST_F(endpoint, a_missing_server_name_is_refused) {
    ASSERT_TRUE(client_.request_tls({}));
    client_.send_startup({{"user", "admin"}});
    const message response = client_.receive_message();
    EXPECT_EQ(response.type, 'E');
    EXPECT_EQ(response.field('C'), "08006");
    EXPECT_EQ(response.field('M'), "unable to accept connection, sni was not received");
    EXPECT_TRUE(client_.ended_cleanly());
}

TEST_F(endpoint, direct_tls_needs_alpn) {
    tls_choice without = good_tls();
    without.alpn = false;
    client_.start_tls(without);
    client_.send_startup({{"user", "admin"}});
    EXPECT_EQ(client_.receive_message().type, '\0');
    EXPECT_FALSE(client_.timed_out());
}

TEST_F(endpoint, tls_1_1_is_refused) {
    tls_choice old = good_tls();
    old.highest_version = TLS1_1_VERSION;
    EXPECT_FALSE(client_.request_tls(old));
    EXPECT_FALSE(client_.timed_out());
}

TEST_F(endpoint, a_cancel_request_is_dropped_without_an_answer) {
    std::string packet;
    wire::append_uint32(packet, 16);
    wire::append_uint32(packet, static_cast<std::uint32_t>(wire::request_code::cancel));
    packet += "pid!key!";
    client_.send(packet);
    EXPECT_TRUE(client_.ended_cleanly());
    for (const bool is_direct : {false, true}) {
        raw_client client(served_->port());
        ASSERT_TRUE(is_direct ? client.start_tls(good_tls()) : client.request_tls(good_tls()));
        client.send(packet);
        EXPECT_TRUE(client.ended_cleanly()) << is_direct;
    }
}

// As in PostgreSQL: each request once, and GSS encryption not after TLS was granted.
TEST_F(endpoint, a_second_request_for_encryption_is_an_unknown_version) {
    const std::string ssl = request_packet(wire::request_code::ssl);
    const std::string gss = request_packet(wire::request_code::gss);
    const std::string unknown_ssl =
        "unsupported frontend protocol 1234.5679: server supports 3.0 to 3.0";
    const std::string unknown_gss =
        "unsupported frontend protocol 1234.5680: server supports 3.0 to 3.0";
    struct conversation {
        bool is_direct;
        std::string requests;
        std::string answers;
        std::string error;
    };
    const std::vector<conversation> conversations = {
        {false, ssl, "", unknown_ssl},
        {false, gss, "", unknown_gss},
        {true, ssl + ssl, "N", unknown_ssl},
        {true, gss + gss, "N", unknown_gss},
        {true, ssl + gss + ssl + gss, "NNN", unknown_gss},
    };
    for (const conversation& each : conversations) {
        raw_client client(served_->port());
        ASSERT_TRUE(each.is_direct ? client.start_tls(good_tls()) : client.request_tls(good_tls()));
        client.send(each.requests);
        EXPECT_EQ(client.receive(each.answers.size()), each.answers);
        const message response = client.receive_message();
        EXPECT_EQ(response.field('C'), "0A000");
        EXPECT_EQ(response.field('M'), each.error);
        EXPECT_TRUE(client.ended_cleanly());
    }
}

TEST_F(endpoint, newer_versions_of_the_protocol_are_negotiated_first) {
    ASSERT_TRUE(client_.request_tls(good_tls()));
    client_.send(wire::encode_startup_message(
        {.protocol_version = 0x0003'0002,
         .parameters = {{"user", "admin"}, {"database", "postgres"}, {"_pq_.any", "1"}}}));
    const message negotiation = client_.receive_message();
    EXPECT_EQ(negotiation.type, 'v');
    EXPECT_EQ(negotiation.body, std::string("\0\3\0\0\0\0\0\1_pq_.any\0", 17));
    EXPECT_EQ(client_.receive_message().type, 'R');
    client_.send_password(token());
    message part = client_.receive_message();
    while (part.type != 'Z' && part.type != 'E' && part.type != '\0') {
        EXPECT_NE(part.type, 'v');
        part = client_.receive_message();
    }
    EXPECT_EQ(part.type, 'Z');
}

// PostgreSQL closes the connection without an answer, too.
TEST_F(endpoint, an_impossible_startup_packet_is_not_answered) {
    const std::string too_long = wire::encode_startup_message(
        {.protocol_version = wire::protocol_version_3_0,
         .parameters = {{"user", std::string(wire::max_startup_packet_size, 'x')}}});
    for (const std::string& packet :
         {too_long, std::string("\0\0\0\7\0\3\0", 7), std::string("GET / HTTP/1.1\r\n\r\n")}) {
        for (const bool has_tls : {false, true}) {
            raw_client client(served_->port());
            if (has_tls) {
                ASSERT_TRUE(client.request_tls(good_tls()));
            }
            client.send(packet);
            EXPECT_TRUE(client.ended_cleanly()) << has_tls;
        }
    }
}

TEST_F(endpoint, another_message_than_the_password_is_refused) {
    ASSERT_TRUE(client_.request_tls(good_tls()));
    client_.send_startup({{"user", "admin"}});
    ASSERT_EQ(client_.receive_message().type, 'R');
    client_.send(wire::encode_message('Q', "SELECT 1"));
    const message response = client_.receive_message();
    EXPECT_EQ(response.field('C'), "08P01");
    EXPECT_EQ(response.field('M'), "expected password response, got message type 81");
}

TEST_F(endpoint, bad_passwords_are_denied) {
    expect_denied("admin", "", "The password is empty");
    expect_denied("admin", "garbage", "The password is not an authentication token");
    expect_denied("admin", std::string("a\0b", 3), "The password message is malformed.");
    expect_denied("admin", std::string(60'000, 'x'), "The password is not");
}

TEST_F(endpoint, bad_tokens_are_denied) {
    expect_denied("admin", token_for("app"),
                  "Wrong user to action mapping. user: admin, action: DbConnect");
    expect_denied("app", token_for("admin"),
                  "Wrong user to action mapping. user: app, action: DbConnectAdmin");
    expect_denied("admin", token_for("admin", now() - 901s), "Signature expired: ");
    expect_denied("admin", token() + "0", "The signature does not match.");
}

TEST_F(endpoint, unsupported_settings_are_refused) {
    const message response = refused("admin", token(), {{"statement_timeout", "5"}});
    EXPECT_EQ(response.field('C'), "0A000");
    EXPECT_EQ(response.field('M'),
              "setting configuration parameter \"statement_timeout\" not supported");
}

TEST_F(endpoint, what_postgres_says_last_reaches_the_client) {
    ASSERT_TRUE(client_.start_tls(good_tls()));
    ASSERT_EQ(client_.log_in("admin", token()).type, 'Z');
    client_.query("CREATE ROLE no_login");
    client_.query("AWS IAM GRANT no_login TO 'arn'");
    const message response = refused("no_login", token_for("no_login"));
    EXPECT_EQ(response.field('C'), "28000");
    EXPECT_EQ(response.field('M'), "role \"no_login\" is not permitted to log in");
}

TEST_F(endpoint, other_roles_log_in_with_db_connect) {
    ASSERT_TRUE(client_.start_tls(good_tls()));
    ASSERT_EQ(client_.log_in("admin", token()).type, 'Z');
    client_.query("CREATE ROLE app LOGIN");
    client_.query("AWS IAM GRANT app TO 'arn:aws:iam::123456789012:role/app'");
    raw_client other(served_->port());
    ASSERT_TRUE(other.start_tls(good_tls()));
    ASSERT_EQ(other.log_in("app", token_for("app")).type, 'Z');
    EXPECT_EQ(other.query("SELECT current_user"), "app");
}

TEST_F(endpoint, a_large_result_arrives_whole) {
    ASSERT_TRUE(client_.start_tls(good_tls()));
    ASSERT_EQ(client_.log_in("admin", token()).type, 'Z');
    client_.send(wire::encode_message('Q', std::string("SELECT i, repeat(chr(97 + i % 26), 1000) "
                                                       "FROM generate_series(1, 20000) i") +
                                               '\0'));
    int rows = 0;
    message part = client_.receive_message();
    for (; part.type != 'Z' && part.type != '\0'; part = client_.receive_message()) {
        if (part.type != 'D') {
            continue;
        }
        ++rows;
        const auto letter = static_cast<char>('a' + rows % 26);
        const std::string number = std::to_string(rows);
        ASSERT_EQ(part.body.substr(6, number.size()), number);
        ASSERT_EQ(part.body.substr(10 + number.size()), std::string(1000, letter));
    }
    EXPECT_EQ(part.type, 'Z');
    EXPECT_EQ(rows, 20'000);
}

TEST_F(endpoint, a_large_request_arrives_whole) {
    ASSERT_TRUE(client_.start_tls(good_tls()));
    ASSERT_EQ(client_.log_in("admin", token()).type, 'Z');
    const std::string text(5'000'000, 'x');
    EXPECT_EQ(client_.query("SELECT length('" + text + "')"), "5000000");
}

TEST_F(endpoint, a_session_ends_with_its_backend) {
    ASSERT_TRUE(client_.start_tls(good_tls()));
    ASSERT_EQ(client_.log_in("admin", token()).type, 'Z');
    EXPECT_THROW(client_.query("SELECT pg_terminate_backend(pg_backend_pid())"),
                 std::runtime_error);
    EXPECT_TRUE(client_.ended_cleanly());
}

TEST_F(endpoint, a_backend_ends_with_its_client) {
    std::string backend;
    {
        raw_client other(served_->port());
        ASSERT_TRUE(other.start_tls(good_tls()));
        ASSERT_EQ(other.log_in("admin", token()).type, 'Z');
        backend = other.query("SELECT pg_backend_pid()");
    }
    EXPECT_TRUE(wait_until_gone(std::stoi(backend)));
}

TEST(endpoint_options, a_silent_client_is_dropped) {
    const endpoint_process served({"--login-timeout", "1"});
    raw_client silent(served.port());
    raw_client half_way(served.port());
    half_way.request_tls({.server_name = served["CLUSTER_ENDPOINT"]});
    EXPECT_TRUE(silent.ended_cleanly());
    EXPECT_EQ(half_way.receive(1), "");
    EXPECT_FALSE(half_way.timed_out());
}

TEST(endpoint_options, the_clock_can_be_moved) {
    const endpoint_process served({"--time-offset", "1000"});
    raw_client client(served.port());
    ASSERT_TRUE(client.request_tls({.server_name = served["CLUSTER_ENDPOINT"]}));
    const std::string token =
        sign_token(keys_of(served), served["CLUSTER_ENDPOINT"], "admin", now(), 900s);
    EXPECT_EQ(client.log_in("admin", token).field('H').substr(0, 19), "Signature expired: ");
}

TEST(endpoint_options, keys_and_region_can_be_chosen) {
    const endpoint_process served({"--access-key-id", "ID", "--secret-access-key", "it's+secret",
                                   "--no-session-token", "--region", "eu-west-1"});
    EXPECT_EQ(served["AWS_ACCESS_KEY_ID"], "ID");
    EXPECT_EQ(served["AWS_REGION"], "eu-west-1");
    EXPECT_FALSE(served.exports("AWS_SESSION_TOKEN"));
    raw_client client(served.port());
    ASSERT_TRUE(client.request_tls(
        {.server_name = served["CLUSTER_ENDPOINT"], .ca_file = served["DSQL_SSL_ROOT_CERT"]}));
    EXPECT_EQ(client.log_in("admin", served["PGPASSWORD"]).type, 'Z');
}

std::string query(const endpoint_process& served, const std::string& sql) {
    raw_client client(served.port());
    client.request_tls({.server_name = served["CLUSTER_ENDPOINT"]});
    EXPECT_EQ(client.log_in("admin", served["PGPASSWORD"]).type, 'Z');
    return client.query(sql);
}

TEST(endpoint_options, a_named_directory_is_kept_and_used_by_one_at_a_time) {
    const temporary_directory parent("/tmp");
    chmod(parent.path().c_str(), 0755);  // NOLINT: PostgreSQL's account needs access
    // The path is too long for a Unix socket.
    const std::string directory = parent.path() / std::string(100, 'd');
    {
        endpoint_process served({"--data-directory", directory});
        query(served, "CREATE TABLE kept (answer int)");
        query(served, "INSERT INTO kept VALUES (42)");
        program second({"serve", "--port", "0", "--data-directory", directory});
        EXPECT_EQ(second.wait(), 1);
        EXPECT_NE(second.output().find("is in use by another dsql-local"), std::string::npos);
        kill(served.child().id(), SIGTERM);
        EXPECT_EQ(served.child().wait(), 0);
    }
    const endpoint_process again({"--data-directory", directory});
    EXPECT_EQ(query(again, "SELECT answer FROM kept"), "42");
}

TEST(endpoint_options, a_directory_of_someone_else_is_left_alone) {
    program refused({"serve", "--data-directory", "/usr"});
    EXPECT_EQ(refused.wait(), 1);
    EXPECT_EQ(refused.output(),
              "dsql-local: /usr is neither empty nor a directory that dsql-local made\n");
}

TEST(endpoint_options, mistakes_on_the_command_line_exit_with_2) {
    for (const std::vector<std::string>& arguments :
         std::vector<std::vector<std::string>>{{},
                                               {"bogus"},
                                               {"run"},
                                               {"run", "--"},
                                               {"serve", "--", "true"},
                                               {"serve", "--port", "65536"},
                                               {"serve", "--listen-address", "0.0.0.0"},
                                               {"serve", "--region", "x,DNS:evil"},
                                               {"serve", "--dialect", "mysql"},
                                               {"serve", "--login-timeout", "0"},
                                               {"serve", "--connection-rate", "-1"},
                                               {"serve", "--connection-rate", "1000001"},
                                               {"serve", "--connection-burst", "0"}}) {
        program wrong(arguments);
        EXPECT_EQ(wrong.wait(), 2);
        EXPECT_EQ(wrong.output().substr(0, 12), "dsql-local: ") << wrong.output();
    }
}

TEST(endpoint_options, a_missing_server_says_so) {
    program wrong({"run", "--postgres-bindir", "/nowhere", "--", "true"});
    EXPECT_EQ(wrong.wait(), 1);
    EXPECT_EQ(wrong.output(), "dsql-local: there is no initdb and postgres in /nowhere\n");
}

}  // namespace endpoint_test
