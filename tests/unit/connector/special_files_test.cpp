// SPDX-License-Identifier: Apache-2.0
// Every file that the configuration or the environment can name, combined with everything that may
// exist at its path. Every use must end in bounded time and memory.
#include <dsql/connection.hpp>
#include <dsql/credentials.hpp>
#include <dsql/endpoint.hpp>
#include <dsql/error.hpp>

#include "base/digest.hpp"
#include "base/file.hpp"
#include "support/http_server.hpp"
#include "support/scoped_environment.hpp"
#include "support/sts_answers.hpp"
#include "support/temporary_directory.hpp"
#include "support/test_certificate.hpp"
#include "support/test_key.hpp"
#include "support/whole_file.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <functional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace special_files_test {

using dsql::call_limits;
using dsql::config;
using dsql::within;
using dsql::detail::file_descriptor;
using nlohmann::json;
using namespace std::chrono_literals;

constexpr const char* cluster = "x.dsql.us-east-1.on.aws";
constexpr const char* role = "arn:aws:iam::123456789012:role/r";
constexpr const char* distant = "2999-01-01T00:00:00Z";
constexpr const char* login_session = "arn:aws:iam::123456789012:user/dev";

// The environment, home directory and server that a test needs.
struct test_environment {
    scoped_environment environment{};
    temporary_directory home{};
    http_server server{[](const received_request& request) {
        return answer(request);
    }};

    test_environment() {
        environment.clear();
        environment.set("HOME", home.path().string());
        environment.set("AWS_EC2_METADATA_DISABLED", "true");
        for (const char* service : {"STS", "SSO", "SIGNIN"}) {
            environment.set(std::string("AWS_ENDPOINT_URL_") + service, server.url());
        }
    }

    void write_config(const std::string& text) {
        write_whole_file(home / "config", text);
        environment.set("AWS_CONFIG_FILE", home / "config");
    }

    static canned_response answer(const received_request& request) {
        if (request.target == "/container") {
            return {.body = json{{"AccessKeyId", "a"},
                                 {"SecretAccessKey", "s"},
                                 {"Token", request.headers.at("authorization")},
                                 {"Expiration", distant}}
                                .dump()};
        }
        if (request.target.starts_with("/federation")) {
            return {.body = json{{"roleCredentials",
                                  {{"accessKeyId", "a"},
                                   {"secretAccessKey", "s"},
                                   {"sessionToken", "t"},
                                   {"expiration", 4'000'000'000'000}}}}
                                .dump()};
        }
        return {.body = sts_answer("AssumeRoleWithWebIdentity",
                                   {.expiration = "2099-01-02T03:19:05Z"})};
    }
};

// A setting that names a file.
struct file_setting {
    const char* name;
    /// A valid content of the file.
    std::string content;
    /// Sets the path of the file and makes the library read it.
    std::function<void(test_environment&, const std::string& path, const call_limits&)> use;
    /// The fixed path in the home directory, for a file whose path cannot be set.
    std::string fixed_path{};
    /// False for certificate files, which other libraries open by their path and read more than
    /// once.
    bool takes_pipes = true;
};

void fetch(const std::string& profile, const call_limits& limits) {
    const dsql::credentials found =
        dsql::fetch_credentials({.host = cluster, .profile = profile}, nullptr, limits);
    EXPECT_FALSE(found.secret_access_key.empty());
}

std::chrono::milliseconds time_left(const call_limits& limits) {
    return limits.deadline() ? std::chrono::ceil<std::chrono::milliseconds>(
                                   *limits.deadline() - call_limits::clock::now())
                             : std::chrono::milliseconds(1h);
}

// Connects with static credentials to a port without a listener, and expects that error.
void connect_nowhere(const std::string& ssl_root_cert, const call_limits& limits) {
    try {
        static_cast<void>(dsql::connect({.host = cluster,
                                         .port = 1,
                                         .credentials = dsql::static_credentials(
                                             {.access_key_id = "a", .secret_access_key = "s"}),
                                         .connect_timeout = time_left(limits),
                                         .host_address = "127.0.0.1",
                                         .ssl_root_cert = ssl_root_cert}));
    } catch (const dsql::connection_error& failure) {
        EXPECT_EQ(failure.phase(), dsql::connection_phase::tcp) << failure.what();
    }
}

std::string keys(const char* section) {
    return std::string("[") + section + "]\naws_access_key_id = a\naws_secret_access_key = s\n";
}

std::string sso_token() {
    return json{{"accessToken", "t"}, {"expiresAt", distant}}.dump();
}

std::string login_token() {
    return json{{"accessToken",
                 {{"accessKeyId", "a"},
                  {"secretAccessKey", "s"},
                  {"sessionToken", "t"},
                  {"accountId", "123456789012"},
                  {"expiresAt", distant}}},
                {"clientId", "c"},
                {"refreshToken", "r"},
                {"idToken", "i"},
                {"dpopKey", test_key("P-256").pem()}}
        .dump();
}

std::vector<file_setting> shared_file_places() {
    return {
        {"ConfigFile", keys("profile p"),
         [](test_environment& around, const std::string& path, const call_limits& limits) {
             around.environment.set("AWS_CONFIG_FILE", path);
             fetch("p", limits);
         }},
        {"CredentialsFile", keys("p"),
         [](test_environment& around, const std::string& path, const call_limits& limits) {
             around.environment.set("AWS_SHARED_CREDENTIALS_FILE", path);
             fetch("p", limits);
         }},
        {"ConfigFileAtHome", keys("profile p"),
         [](test_environment& around, const std::string&, const call_limits& limits) {
             around.environment.unset("AWS_CONFIG_FILE");
             fetch("p", limits);
         },
         ".aws/config"},
        {"CredentialsFileAtHome", keys("p"),
         [](test_environment& around, const std::string&, const call_limits& limits) {
             around.environment.unset("AWS_SHARED_CREDENTIALS_FILE");
             fetch("p", limits);
         },
         ".aws/credentials"},
        {"RegionOfProfile", "[default]\nregion = eu-west-1\n",
         [](test_environment& around, const std::string& path, const call_limits& limits) {
             around.environment.set("AWS_CONFIG_FILE", path);
             EXPECT_EQ(dsql::resolve_endpoint({.host = std::string(26, 'a')}, limits).region,
                       "eu-west-1");
         }},
    };
}

std::vector<file_setting> token_file_places() {
    return {
        {"WebIdentityOfEnvironment", "token",
         [](test_environment& around, const std::string& path, const call_limits& limits) {
             around.environment.set("AWS_ROLE_ARN", role);
             around.environment.set("AWS_WEB_IDENTITY_TOKEN_FILE", path);
             fetch("", limits);
         }},
        {"WebIdentityOfProfile", "token",
         [](test_environment& around, const std::string& path, const call_limits& limits) {
             around.write_config("[profile p]\nrole_arn = " + std::string(role) +
                                 "\nweb_identity_token_file = " + path + "\n");
             fetch("p", limits);
         }},
        {"ContainerToken", "token",
         [](test_environment& around, const std::string& path, const call_limits& limits) {
             around.environment.set("AWS_CONTAINER_CREDENTIALS_FULL_URI",
                                    around.server.url() + "/container");
             around.environment.set("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", path);
             fetch("", limits);
         }},
        {"SsoCache", sso_token(),
         [](test_environment& around, const std::string&, const call_limits& limits) {
             around.write_config(
                 "[sso-session dev]\nsso_region = us-east-1\nsso_start_url = https://d\n"
                 "[profile p]\nsso_session = dev\nsso_account_id = 1\nsso_role_name = r\n");
             fetch("p", limits);
         },
         ".aws/sso/cache/" + dsql::detail::sha1_hex("dev") + ".json"},
        {"LoginCache", login_token(),
         [](test_environment& around, const std::string&, const call_limits& limits) {
             around.write_config("[profile p]\nregion = us-east-1\nlogin_session = " +
                                 std::string(login_session) + "\n");
             fetch("p", limits);
         },
         ".aws/login/cache/" + dsql::detail::sha256_hex(login_session) + ".json"},
    };
}

std::vector<file_setting> certificate_places() {
    return {
        {"RootCertificate", test_certificate,
         [](test_environment&, const std::string& path, const call_limits& limits) {
             connect_nowhere(path, limits);
         }},
        {"RootCertificateOfEnvironment", test_certificate,
         [](test_environment& around, const std::string& path, const call_limits& limits) {
             around.environment.set("DSQL_SSL_ROOT_CERT", path);
             connect_nowhere({}, limits);
         }},
        {"SystemsRootCertificate",
         test_certificate,
         [](test_environment& around, const std::string& path, const call_limits& limits) {
             around.environment.set("SSL_CERT_FILE", path);
             connect_nowhere({}, limits);
         },
         {},
         false},
        {"CaBundle",
         "no certificate",
         [](test_environment& around, const std::string& path, const call_limits& limits) {
             around.environment.set("AWS_CA_BUNDLE", path);
             around.environment.set("AWS_ROLE_ARN", role);
             write_whole_file(around.home / "token", "token");
             around.environment.set("AWS_WEB_IDENTITY_TOKEN_FILE", around.home / "token");
             fetch("", limits);
         },
         {},
         false},
    };
}

std::vector<file_setting> file_settings() {
    std::vector<file_setting> all = shared_file_places();
    for (auto* more : {&token_file_places, &certificate_places}) {
        const std::vector<file_setting> added = more();
        all.insert(all.end(), added.begin(), added.end());
    }
    return all;
}

// Something other than a regular file, and how to create it at a path.
struct special_file {
    const char* name;
    std::function<void(const std::string& path)> make;
    const char* reason;
    /// The limit of the call. Only a pipe needs one: the use of everything else must end without
    /// it.
    within limit{1h};
};

// Binds the socket by a short path and then moves it, because the path in a socket address is
// limited.
void make_socket(const std::string& path) {
    const temporary_directory directory;
    const std::string name = directory / "s";
    const file_descriptor made(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::copy(name.begin(), name.end(), std::begin(address.sun_path));
    ASSERT_EQ(bind(made.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    std::filesystem::rename(name, path);
}

const std::vector<special_file>& special_files() {
    static const std::vector<special_file> all{
        {"PipeWithoutAWriter",
         [](const std::string& path) { ASSERT_EQ(mkfifo(path.c_str(), 0600), 0); }, "",
         within{200ms}},
        {"Directory", [](const std::string& path) { std::filesystem::create_directory(path); },
         "not a regular file"},
        {"EndlessDevice",
         [](const std::string& path) { std::filesystem::create_symlink("/dev/zero", path); }, ""},
        {"Socket", &make_socket, "not a regular file"},
        {"HugeFile",
         [](const std::string& path) {
             write_whole_file(path, "");
             // A sparse file, which occupies no disk space.
             std::filesystem::resize_file(path, std::uintmax_t{1} << 40U);
         },
         "longer than"},
    };
    return all;
}

class SpecialFiles : public testing::TestWithParam<file_setting> {
protected:
    SpecialFiles() {
        if (!GetParam().fixed_path.empty()) {
            std::filesystem::create_directories(std::filesystem::path(path()).parent_path());
        }
    }

    [[nodiscard]] std::string path() const {
        return scene_.home / (GetParam().fixed_path.empty() ? "file" : GetParam().fixed_path);
    }

    // Uses the reading end of a pipe as the file, as with a shell's <(command).
    void use_pipe_with(const std::function<void(file_descriptor)>& write) {
        int ends[2] = {-1, -1};
        ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
        const file_descriptor reading(ends[0]);
        std::jthread writer(
            [&write, end = file_descriptor(ends[1])]() mutable { write(std::move(end)); });
        std::string named = "/proc/self/fd/" + std::to_string(reading.get());
        if (!GetParam().fixed_path.empty()) {
            std::filesystem::create_symlink(named, path());
            named = path();
        }
        GetParam().use(scene_, named, within{1h});
    }

    test_environment scene_;
};

TEST_P(SpecialFiles, ARegularFileWorks) {
    write_whole_file(path(), GetParam().content);
    GetParam().use(scene_, path(), {});
}

TEST_P(SpecialFiles, AnythingElseIsAnErrorInBoundedTime) {
    for (const special_file& instead : special_files()) {
        SCOPED_TRACE(instead.name);
        instead.make(path());
        try {
            GetParam().use(scene_, path(), instead.limit);
            ADD_FAILURE() << "no error";
        } catch (const dsql::error& failure) {
            const std::string message = failure.what();
            EXPECT_NE(message.find(instead.reason), std::string::npos) << message;
            EXPECT_TRUE(message.find(path()) != std::string::npos ||
                        message.starts_with("timed out while waiting for credentials"))
                << message;
        }
        std::filesystem::remove(path());
    }
}

TEST_P(SpecialFiles, APipeIsReadHoweverSlowlyItIsWritten) {
    const auto in_pieces = [](const file_descriptor& end) {
        const std::string& content = GetParam().content;
        for (std::size_t at = 0; at < content.size(); at += 7) {
            std::this_thread::sleep_for(1ms);
            const std::string piece = content.substr(at, 7);
            EXPECT_EQ(write(end.get(), piece.data(), piece.size()),
                      static_cast<ssize_t>(piece.size()));
        }
    };
    if (GetParam().takes_pipes) {
        use_pipe_with(in_pieces);
    } else {
        EXPECT_THROW(use_pipe_with([](const file_descriptor&) {}), dsql::error);
    }
}

INSTANTIATE_TEST_SUITE_P(Places, SpecialFiles, testing::ValuesIn(file_settings()),
                         [](const auto& one) { return std::string(one.param.name); });

}  // namespace special_files_test
