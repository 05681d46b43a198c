// SPDX-License-Identifier: Apache-2.0
// What else can be wrong than what an endpoint's faults bring: settings, keys, clocks, names,
// certificates, the network.
#include "doctor/checks.hpp"
#include "doctor_run.hpp"
#include "support/certificates.hpp"
#include "support/endpoint_process.hpp"
#include "support/hostile_server.hpp"
#include "support/http_server.hpp"
#include "support/scoped_environment.hpp"
#include "support/temporary_directory.hpp"
#include "support/temporary_file.hpp"
#include "support/tls_server.hpp"

#include <sys/stat.h>

#include <array>
#include <chrono>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <thread>

namespace doctor_command_test {

using dsql_local_test::endpoint_process;

constexpr const char* cluster = "a1b2c3d4e5f6g7h8i9j0klmnop.dsql.us-east-1.on.aws";

class DoctorCommand : public testing::Test {
protected:
    DoctorCommand() {
        environment_.clear();
        environment_.unset("CLUSTER_ENDPOINT");
        environment_.set("AWS_EC2_METADATA_DISABLED", "true");
        environment_.set("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:1");
        environment_.unset("NO_COLOR");
        set_keys();
    }

    void set_keys() {
        environment_.set("AWS_ACCESS_KEY_ID", "AKIAENVIRONMENT1");
        environment_.set("AWS_SECRET_ACCESS_KEY", "environment-secret");
    }
    void unset_keys() {
        environment_.unset("AWS_ACCESS_KEY_ID");
        environment_.unset("AWS_SECRET_ACCESS_KEY");
    }

    // Everything set to reach an endpoint, but for its region.
    void use(const endpoint_process& served) {
        for (const char* name : {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
                                 "DSQL_HOST_ADDRESS", "DSQL_PORT", "DSQL_SSL_ROOT_CERT"}) {
            environment_.set(name, served[name]);
        }
    }

    static std::string host(const endpoint_process& served) {
        return "--host " + served["CLUSTER_ENDPOINT"];
    }

    scoped_environment environment_;
};

std::string http_date(std::chrono::seconds ahead) {
    const std::time_t at =
        std::chrono::system_clock::to_time_t(std::chrono::system_clock::now() + ahead);
    std::tm parts{};
    gmtime_r(&at, &parts);
    char text[64];
    static_cast<void>(std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts));
    return text;
}

TEST_F(DoctorCommand, SettingsThatCannotBeUsed) {
    expect_verdict("--host example.com", {"config", 10, "no region"});
    expect_verdict("--host example.com", {"config", 10, "-> give --region"});
    expect_verdict("--region eu-west-1 --host " + std::string(cluster),
                   {"config", 10, "contradicts the region \"us-east-1\""});
    expect_verdict("--host 127.0.0.1", {"config", 10, "is an IP address"});
    environment_.set("DSQL_PORT", "many");
    expect_verdict("--host " + std::string(cluster), {"config", 10, "DSQL_PORT"});
    EXPECT_EQ(run_doctor("--host " + std::string(cluster)).output.find("AWS console"),
              std::string::npos);
}

TEST_F(DoctorCommand, RootCertificatesThatCannotBeUsed) {
    const std::string host = "--host " + std::string(cluster);
    const temporary_file no_pem("no certificate\n");
    for (const std::string& roots : {std::string("/nonexistent/roots.pem"), no_pem.path()}) {
        std::string arguments = host;
        arguments.append(" --ssl-root-cert ").append(roots);
        expect_verdict(arguments, {"config", 10, roots.c_str()});
        expect_verdict(arguments, {"config", 10, "a PEM file"});
        environment_.set("DSQL_SSL_ROOT_CERT", roots);
        expect_verdict(host, {"config", 10, "DSQL_SSL_ROOT_CERT"});
        environment_.unset("DSQL_SSL_ROOT_CERT");
    }
}

TEST_F(DoctorCommand, APasswordInTheHostIsNotShown) {
    for (const std::string& arguments :
         {std::string("--host postgres://admin:hunter2@foo.dsql.us-east-1.on.aws/postgres"),
          std::string("--host admin:hunter2@foo:5432")}) {
        expect_verdict(arguments, {"config", 10, "give one name"});
        EXPECT_EQ(run_doctor(arguments).output.find("hunter2"), std::string::npos);
        const command_result token = run_command(DSQL_COMMAND " token " + arguments);
        EXPECT_EQ(token.status, 1);
        EXPECT_NE(token.errors.find("give one name"), std::string::npos) << token.errors;
        EXPECT_EQ(token.errors.find("hunter2"), std::string::npos) << token.errors;
    }
    expect_verdict("--host 2001:db8::1", {"config", 10, "\"2001:db8::1\" is an IP address"});
}

TEST_F(DoctorCommand, SaysWhereTheRegionComesFrom) {
    const std::string id = "--host a1b2c3d4e5f6g7h8i9j0klmnop --host-address 127.0.0.1 --port 1";
    const auto source = [](const std::string& arguments) {
        const auto document = nlohmann::json::parse(run_doctor_for_json(arguments).output);
        return document.at("checks").at(0).at("facts").at("region_source").get<std::string>();
    };
    EXPECT_EQ(source("--host-address 127.0.0.1 --port 1 --host " + std::string(cluster)),
              "the host name");
    EXPECT_EQ(source(id + " --region eu-west-1"), "--region");
    const temporary_file config("[default]\nregion = eu-west-1\n");
    environment_.set("AWS_CONFIG_FILE", config.path());
    EXPECT_EQ(source(id), "the profile");
    environment_.set("AWS_DEFAULT_REGION", "eu-west-1");
    EXPECT_EQ(source(id), "AWS_DEFAULT_REGION");
    environment_.set("AWS_REGION", "eu-west-1");
    EXPECT_EQ(source(id), "AWS_REGION");
}

TEST_F(DoctorCommand, WithoutCredentials) {
    unset_keys();
    const std::string arguments = "--host-address 127.0.0.1 --host " + std::string(cluster);
    expect_verdict(arguments, {"credentials", 11, "no source is configured"});
    const std::string output = run_doctor(arguments).output;
    for (const char* line :
         {"skipped  credentials  environment: not configured: ",
          "skipped  credentials  web identity: not configured: ",
          "skipped  credentials  container endpoint: not configured: ", "login        needs"}) {
        EXPECT_NE(output.find(line), std::string::npos) << line << '\n' << output;
    }
}

TEST_F(DoctorCommand, WithHalfOfTheCredentials) {
    environment_.unset("AWS_SECRET_ACCESS_KEY");
    expect_verdict("--host-address 127.0.0.1 --host " + std::string(cluster),
                   {"credentials", 11, "AWS_SECRET_ACCESS_KEY"});
}

TEST_F(DoctorCommand, WithCredentialsThatDoNotCome) {
    const temporary_file config("[default]\ncredential_process = exec sleep 100000\n");
    environment_.unset("AWS_ACCESS_KEY_ID");
    environment_.unset("AWS_SECRET_ACCESS_KEY");
    environment_.set("AWS_CONFIG_FILE", config.path());
    expect_verdict("--timeout 0.3 --host " + std::string(cluster),
                   {"credentials", 11,
                    "timed out while waiting for credentials (credential_process of profile "
                    "\"default\") -> find out why"});
}

TEST_F(DoctorCommand, WithAPipeInPlaceOfTheCredentialsFile) {
    const temporary_directory home;
    std::filesystem::create_directory(home / ".aws");
    ASSERT_EQ(mkfifo((home / ".aws/credentials").c_str(), 0600), 0);
    environment_.unset("AWS_ACCESS_KEY_ID");
    environment_.unset("AWS_SECRET_ACCESS_KEY");
    environment_.unset("AWS_SHARED_CREDENTIALS_FILE");
    environment_.set("HOME", home.path().string());
    const doctor_verdict verdict = run_doctor("--host " + std::string(cluster));
    EXPECT_EQ(verdict.check(), "credentials");
    EXPECT_NE(verdict.line.find("a pipe that nobody writes to"), std::string::npos)
        << verdict.output;
}

TEST_F(DoctorCommand, WithCredentialsThatAreOver) {
    unset_keys();
    const http_server server{{.body = R"({"AccessKeyId":"a","SecretAccessKey":"s","Token":"t",
                     "Expiration":"2020-01-02T03:04:05Z"})"}};
    environment_.set("AWS_CONTAINER_CREDENTIALS_FULL_URI", server.url());
    const doctor_verdict verdict =
        run_doctor("--host-address 127.0.0.1 --port 1 --host " + std::string(cluster));
    EXPECT_EQ(verdict.check(), "tcp") << verdict.output;
    EXPECT_NE(verdict.output.find("warning  credentials  container endpoint: these credentials "
                                  "expired at 2020-01-02T03:04:05Z"),
              std::string::npos)
        << verdict.output;
}

// Whatever "dsql token" refuses, the doctor refuses.
TEST_F(DoctorCommand, WithKeysThatNoTokenCanBeSignedWith) {
    environment_.set("AWS_SECRET_ACCESS_KEY", "secret\n");
    const std::string host = "--host " + std::string(cluster);
    const command_result token = run_command(DSQL_COMMAND " token " + host);
    EXPECT_EQ(token.status, 1);
    expect_verdict(host, {"credentials", 11, "the secret access key has a line break in it"});
    EXPECT_NE(token.errors.find("the secret access key has a line break in it"), std::string::npos);
}

TEST_F(DoctorCommand, AClockThatIsWrong) {
    const std::string arguments = "--host-address 127.0.0.1 --host " + std::string(cluster);
    const http_server ahead([](const auto&) -> canned_response {
        return {.headers = {{"Date", http_date(-std::chrono::minutes(12))}}};
    });
    environment_.set("AWS_ENDPOINT_URL_STS", ahead.url());
    expect_verdict(arguments, {"clock", 12, "this machine's clock is 12 minutes ahead"});
    const http_server behind([](const auto&) -> canned_response {
        return {.headers = {{"Date", http_date(std::chrono::hours(1))}}};
    });
    environment_.set("AWS_ENDPOINT_URL_STS", behind.url());
    expect_verdict(arguments, {"clock", 12, "this machine's clock is 60 minutes behind"});
}

TEST_F(DoctorCommand, AClockThatIsRightOrCannotBeChecked) {
    const std::string arguments =
        "--host-address 127.0.0.1 --port 1 --host " + std::string(cluster);
    const http_server right([](const auto&) -> canned_response {
        return {.status = 403, .headers = {{"Date", http_date(std::chrono::seconds(0))}}};
    });
    environment_.set("AWS_ENDPOINT_URL_STS", right.url());
    EXPECT_NE(run_doctor(arguments).output.find("ok       clock        this machine's clock is"),
              std::string::npos);
    const http_server dateless{{.status = 200}};
    environment_.set("AWS_ENDPOINT_URL_STS", dateless.url());
    EXPECT_NE(run_doctor(arguments).output.find("skipped  clock        not checked: "),
              std::string::npos);
    // What stands in a URL beside the server's name may be a secret.
    environment_.set("AWS_ENDPOINT_URL_STS", "http://user:hunter2@127.0.0.1:1/hunter2");
    const std::string output = run_doctor(arguments).output;
    EXPECT_NE(output.find("not checked: 127.0.0.1:1: "), std::string::npos) << output;
    EXPECT_EQ(output.find("hunter2"), std::string::npos) << output;
}

TEST_F(DoctorCommand, FormsOfPrivateLink) {
    const std::string vpce = "vpce-04-d8.dsql-fnh4.us-east-1.vpce.amazonaws.invalid";
    expect_verdict("--host vpce-04-d8.dsql-fnh4.us-east-1.vpce.amazonaws.com",
                   {"config", 10,
                    "give --host <id>.dsql-fnh4.us-east-1.on.aws --host-address "
                    "vpce-04-d8.dsql-fnh4.us-east-1.vpce.amazonaws.com"});
    expect_verdict("--host-address 127.0.0.1:5432 --host " + std::string(cluster),
                   {"config", 10, "give as --host-address an address or a name alone"});
    expect_verdict("--host-address " + vpce + " --host " + std::string(cluster),
                   {"dns", 13, "aws ec2 describe-vpc-endpoints"});
    // No name service has a name that is so long.
    const std::string label(64, 'a');
    expect_verdict("--host " + label + ".dsql-fnh4.us-east-1.on.aws",
                   {"dns", 13, "elsewhere give --host-address with the endpoint's own name"});
}

// Its certificate is for the private names, so the public name of the cluster does not fit.
TEST_F(DoctorCommand, ACertificateOfAPrivateLinkEndpoint) {
    const certified_key shown({.dns_names = {"*.dsql-fnh4.us-east-1.on.aws"}});
    hostile_server server({.shown = shown});
    const temporary_file roots(shown.pem());
    expect_verdict("--host-address localhost --host " + std::string(cluster) + " --port " +
                       std::to_string(server.port()) + " --ssl-root-cert " + roots.path(),
                   {"tls", 15,
                    "this is a PrivateLink endpoint: give --host "
                    "a1b2c3d4e5f6g7h8i9j0klmnop.dsql-fnh4.us-east-1.on.aws and keep the address"});
}

TEST_F(DoctorCommand, AHostWithoutAnAddress) {
    expect_verdict("--host nobody.dsql.us-east-1.invalid --region us-east-1",
                   {"dns", 13, "nobody.dsql.us-east-1.invalid"});
}

TEST_F(DoctorCommand, AClosedPort) {
    expect_verdict("--host-address 127.0.0.1 --port 1 --host " + std::string(cluster),
                   {"tcp", 14, "Connection refused"});
}

TEST_F(DoctorCommand, ANameIsLookedUpWhereNoAddressIsGiven) {
    const std::string output = run_doctor("--host localhost --region us-east-1 --port 1").output;
    EXPECT_NE(output.find("ok       dns          1 IPv4 and "), std::string::npos) << output;
    EXPECT_NE(output.find("127.0.0.1, port 1: Connection refused"), std::string::npos) << output;
}

TEST_F(DoctorCommand, AServerThatDoesNotSpeakTls) {
    const loopback_server other([](int connection) {
        constexpr std::string_view answer = "HTTP/1.1 400 Bad Request\r\n\r\n";
        std::array<char, 4096> chunk{};
        if (recv(connection, chunk.data(), chunk.size(), 0) > 0) {
            send(connection, answer.data(), answer.size(), MSG_NOSIGNAL);
        }
    });
    expect_verdict("--host-address 127.0.0.1 --port " + std::to_string(other.port()) + " --host " +
                       std::string(cluster),
                   {"tls", 15, "the handshake failed"});
}

TEST_F(DoctorCommand, AServerThatSaysNothing) {
    const loopback_server silent([](int connection) {
        std::array<char, 4096> chunk{};
        while (recv(connection, chunk.data(), chunk.size(), 0) > 0) {
        }
    });
    expect_verdict("--timeout 0.2 --host-address 127.0.0.1 --port " +
                       std::to_string(silent.port()) + " --host " + std::string(cluster),
                   {"tls", 15, "no answer in time"});
}

// A record that says it is 16 KiB long and then comes byte by byte.
TEST_F(DoctorCommand, AServerThatTricklesBytes) {
    const loopback_server slow([](int connection) {
        std::array<char, 4096> chunk{};
        const ssize_t asked = recv(connection, chunk.data(), chunk.size(), 0);
        if (asked == 8) {  // SSLRequest
            send(connection, "S", 1, MSG_NOSIGNAL);
            recv(connection, chunk.data(), chunk.size(), 0);
        }
        constexpr std::string_view header("\x16\x03\x03\x3f\xff", 5);
        ssize_t sent = send(connection, header.data(), header.size(), MSG_NOSIGNAL);
        for (int i = 0; sent > 0 && i < 2000; ++i) {
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
            sent = send(connection, "x", 1, MSG_NOSIGNAL);
        }
    });
    expect_verdict("--timeout 0.2 --host-address 127.0.0.1 --port " + std::to_string(slow.port()) +
                       " --host " + std::string(cluster),
                   {"tls", 15, "no answer in time"});
}

TEST_F(DoctorCommand, ACertificateOfAnotherTime) {
    const auto arguments = [](const tls_server& server, const temporary_file& roots) {
        return "--host localhost --region us-east-1 --host-address 127.0.0.1 --port " +
               std::to_string(server.port()) + " --ssl-root-cert " + roots.path();
    };
    const tls_server old({.valid_until = std::chrono::seconds(-60)});
    const temporary_file old_roots(old.certificate_pem());
    expect_verdict(arguments(old, old_roots), {"tls", 15, "the certificate is expired since"});
    const tls_server early({.valid_from = std::chrono::hours(1)});
    const temporary_file early_roots(early.certificate_pem());
    expect_verdict(arguments(early, early_roots),
                   {"tls", 15, "the certificate is not valid before"});
    const tls_server soon_old{{}};
    const temporary_file soon_roots(soon_old.certificate_pem());
    const doctor_verdict soon = run_doctor(arguments(soon_old, soon_roots));
    EXPECT_NE(soon.output.find("warning  tls          TLSv1.3"), std::string::npos) << soon.output;
    EXPECT_NE(soon.output.find("the chain expires in 0 days"), std::string::npos) << soon.output;
}

// A terminal acts on neither, and the name in the subject alone does not count.
TEST_F(DoctorCommand, ACertificateWithNamesThatATerminalActsOn) {
    const certified_key shown(
        {.common_name = "localhost", .dns_names = {"a\x1b[31m\xc2\x9b\x33m"}});
    hostile_server server({.shown = shown});
    const temporary_file roots(shown.pem());
    const std::string arguments =
        "--host localhost --region us-east-1 --host-address 127.0.0.1 --port " +
        std::to_string(server.port()) + " --ssl-root-cert " + roots.path();
    expect_verdict(arguments,
                   {"tls", 15, "wrong name: the certificate is for a [31m 3m, not for localhost"});
}

TEST_F(DoctorCommand, ACertificateThatIsTooWeak) {
    const certified_key authority({.common_name = "CA", .is_authority = true});
    hostile_server server(
        {.shown = authority.issue({.dns_names = {"localhost"}, .digest = EVP_sha1()})});
    const temporary_file roots(authority.pem());
    expect_verdict("--host localhost --region us-east-1 --host-address 127.0.0.1 --port " +
                       std::to_string(server.port()) + " --ssl-root-cert " + roots.path(),
                   {"tls", 15, "the certificate cannot be used: CA signature digest"});
}

TEST_F(DoctorCommand, AServerThatDoesNotKnowPostgresql) {
    const tls_server server({.chooses_alpn = false});
    const temporary_file roots(server.certificate_pem());
    const std::string arguments =
        "--host localhost --region us-east-1 --host-address 127.0.0.1 --port " +
        std::to_string(server.port()) + " --ssl-root-cert " + roots.path();
    if (dsql_cli::doctor::libpq_has_direct_tls()) {
        expect_verdict(arguments, {"tls", 15, "did not choose the ALPN protocol postgresql"});
    } else {  // which does not insist on it
        EXPECT_NE(run_doctor(arguments).output.find("ALPN none"), std::string::npos);
    }
}

TEST_F(DoctorCommand, ACertificateOfAnUnknownAuthorityOrForAnotherName) {
    const endpoint_process served;
    use(served);
    environment_.unset("DSQL_SSL_ROOT_CERT");
    expect_verdict(host(served), {"tls", 15, "the certificate is not trusted"});
    environment_.set("DSQL_SSL_ROOT_CERT", served["DSQL_SSL_ROOT_CERT"]);
    expect_verdict("--host cluster.example.com --region us-east-1",
                   {"tls", 15, "wrong name: the certificate is for *.dsql.us-east-1.on.aws"});
}

TEST_F(DoctorCommand, AnotherRegionThanTheClusters) {
    const endpoint_process served;
    use(served);
    expect_verdict("--region eu-west-1 --host a1b2c3d4e5f6g7h8i9j0klmnop",
                   {"tls", 15, "this endpoint is in region us-east-1, not in eu-west-1"});
    // Past TLS, by a name that is right in every region.
    expect_verdict("--host localhost --region eu-west-1", {"login", 16, "wrong region"});
}

TEST_F(DoctorCommand, ARoleThatIsNotThere) {
    const endpoint_process served;
    use(served);
    expect_verdict(host(served) + " --user app", {"login", 16, "AWS IAM GRANT \"app\" TO "});
    expect_verdict(host(served) + " --database shop", {"login", 16, "--database postgres"});
}

TEST_F(DoctorCommand, AnEndpointWhoseClockIsAnother) {
    const endpoint_process later({"--time-offset", "7200"});
    use(later);
    expect_verdict(host(later), {"login", 16, "Signature expired"});
    expect_verdict(host(later), {"login", 16, "set this machine's clock"});
    const endpoint_process earlier({"--time-offset", "-7200"});
    use(earlier);
    expect_verdict(host(earlier), {"login", 16, "not yet current"});
    expect_verdict(host(earlier), {"login", 16, "set this machine's clock"});
}

TEST_F(DoctorCommand, KeysThatWereRotated) {
    const temporary_directory directory;
    const std::string file = directory / "keys";
    const auto write_keys = [&file](const char* secret) {
        std::ofstream(file + ".new")
            << "access_key_id=AKIADSQLLOCALEXAMPLE\nsecret_access_key=" << secret << '\n';
        std::filesystem::rename(file + ".new", file);
    };
    write_keys("the-old-secret");
    const endpoint_process served({"--keys-file", file});
    environment_.set("AWS_ACCESS_KEY_ID", served["AWS_ACCESS_KEY_ID"]);
    environment_.set("AWS_SECRET_ACCESS_KEY", "the-old-secret");
    for (const char* name : {"DSQL_HOST_ADDRESS", "DSQL_PORT", "DSQL_SSL_ROOT_CERT"}) {
        environment_.set(name, served[name]);
    }
    EXPECT_EQ(run_doctor("--round-trip-limit 60000 " + host(served)).status, 0);
    write_keys("the-new-secret");
    expect_verdict(host(served), {"login", 16, "wrong keys"});
    environment_.set("AWS_ACCESS_KEY_ID", "AKIAUNKNOWNTOTHEM");
    expect_verdict(host(served), {"login", 16, "wrong keys"});
}

TEST_F(DoctorCommand, ARateThatIsUsedUp) {
    const endpoint_process served({"--connection-rate", "1", "--connection-burst", "1"});
    use(served);
    // One more login a second is free: the two of a run are soon refused.
    for (int run = 0; run < 100; ++run) {
        const doctor_verdict verdict = run_doctor(host(served));
        if (verdict.status == 0) {
            continue;
        }
        EXPECT_EQ(verdict.status, 16) << verdict.output;
        EXPECT_EQ(verdict.check(), "login");
        EXPECT_NE(verdict.line.find("rate exceeded"), std::string::npos) << verdict.line;
        EXPECT_NE(verdict.line.find("100 new connections a second"), std::string::npos);
        return;
    }
    FAIL() << "was never refused";
}

TEST_F(DoctorCommand, WrongUsageHasStatus2) {
    for (const char* arguments : {"", "--host x --timeout 0", "--host x --timeout nan",
                                  "--host x --port 0", "--host x --nonsense", "--host x --table t",
                                  "--host x --write-check --table 'a; DROP TABLE b'"}) {
        const command_result result = run_command(DSQL_COMMAND " doctor " + std::string(arguments));
        EXPECT_EQ(result.status, 2) << arguments;
        EXPECT_EQ(result.output, "") << arguments;
        EXPECT_NE(result.errors, "") << arguments;
    }
}

TEST_F(DoctorCommand, HelpNamesEveryStatus) {
    const command_result help = run_command(DSQL_COMMAND " doctor --help");
    EXPECT_EQ(help.status, 0);
    for (const char* line :
         {"10  config: ", "11  credentials: ", "12  clock: ", "13  dns: ", "14  tcp: ", "15  tls: ",
          "16  login: ", "17  query: ", "19  round-trip: ", "20  write: "}) {
        EXPECT_NE(help.output.find(line), std::string::npos) << line << help.output;
    }
}

TEST_F(DoctorCommand, ColoursOnATerminalOnly) {
    const std::string command = DSQL_COMMAND " doctor --host x";
    const auto in_terminal = [&command](const std::string& variables) {
        return run_command(variables + " script -qc '" + command + "' /dev/null").output;
    };
    constexpr const char* escape = "\033[";
    EXPECT_NE(in_terminal("TERM=xterm").find(escape), std::string::npos);
    EXPECT_EQ(in_terminal("TERM=xterm NO_COLOR=1").find(escape), std::string::npos);
    EXPECT_EQ(in_terminal("TERM=dumb").find(escape), std::string::npos);
    EXPECT_EQ(run_command("TERM=xterm " + command).output.find(escape), std::string::npos);
}

}  // namespace doctor_command_test
