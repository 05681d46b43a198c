// SPDX-License-Identifier: Apache-2.0
#include "support/slow_sources.hpp"

#include <dsql/credentials.hpp>

#include "base/digest.hpp"
#include "base/file.hpp"
#include "support/test_key.hpp"
#include "support/whole_file.hpp"

#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <poll.h>
#include <sys/stat.h>

#include <array>
#include <mutex>
#include <stdexcept>
#include <utility>

slow_source::slow_source() {
    environment_.clear();
    environment_.set("HOME", home_.path().string());
}

void slow_source::write_config(const std::string& text) {
    write_whole_file(home_ / "config", text);
    environment_.set("AWS_CONFIG_FILE", home_ / "config");
}

namespace {

using dsql::config;
using nlohmann::json;

constexpr const char* cluster = "x.dsql.us-east-1.on.aws";
constexpr const char* role = "arn:aws:iam::123456789012:role/r";
constexpr const char* distant = "2999-01-01T00:00:00Z";
constexpr const char* past = "2020-01-01T00:00:00Z";

// A command that reports on a FIFO that it has started. It and a child of it keep the FIFO open.
class slow_process final : public slow_source {
public:
    slow_process() {
        const std::string fifo = home() / "fifo";
        if (mkfifo(fifo.c_str(), 0600) != 0) {
            throw std::runtime_error("mkfifo failed");
        }
        reading_ =
            dsql::detail::file_descriptor(open(fifo.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
        write_config("[profile slow]\ncredential_process = exec 3>'" + fifo +
                     "'; echo x >&3; sleep 100000 & wait\n");
    }
    config settings() override { return {.host = cluster, .profile = "slow"}; }
    void await_asked() override { await(POLLIN); }
    void await_left() override {
        pollfd entry{.fd = reading_.get(), .events = POLLIN, .revents = 0};
        if (poll(&entry, 1, 0) == 0 && !was_seen_) {
            return;  // the command was killed before it opened the FIFO
        }
        await(POLLHUP);
    }
    std::string activity() const override { return "credential_process of profile \"slow\""; }

private:
    void await(int what) {
        for (;;) {
            pollfd entry{.fd = reading_.get(), .events = POLLIN, .revents = 0};
            poll(&entry, 1, -1);
            if ((entry.revents & POLLIN) != 0) {
                std::array<char, 16> ignored{};
                was_seen_ = read(reading_.get(), ignored.data(), ignored.size()) > 0 || was_seen_;
            }
            if ((entry.revents & what) != 0) {
                return;
            }
        }
    }

    dsql::detail::file_descriptor reading_;
    bool was_seen_ = false;
};

// A server that accepts connections and reads, but sends nothing.
class mute_server {
public:
    [[nodiscard]] std::string url() const {
        return "http://127.0.0.1:" + std::to_string(server_.port());
    }
    void await_asked() { asked_.wait(); }
    void await_left() {
        if (asked_.is_set()) {
            left_.wait();
        }
    }

private:
    void serve(int connection) {
        std::array<char, 4096> ignored{};
        while (recv(connection, ignored.data(), ignored.size(), 0) > 0) {
            asked_.set();
        }
        if (asked_.is_set()) {
            left_.set();
        }
    }

    event asked_;
    event left_;
    loopback_server server_{[this](int connection) {
        serve(connection);
    }};
};

// A source that is an HTTP endpoint. Each kind configures it in its own way.
class slow_endpoint final : public slow_source {
public:
    struct setup {
        const mute_server& server;
        const temporary_directory& home;
        scoped_environment& environment;
        config settings{.host = cluster};
        std::string files{};
    };
    slow_endpoint(std::string activity, const std::function<void(setup&)>& prepare)
        : activity_(std::move(activity)) {
        setup made{.server = server_, .home = home(), .environment = environment()};
        prepare(made);
        write_config(made.files);
        settings_ = made.settings;
    }
    config settings() override { return settings_; }
    void await_asked() override { server_.await_asked(); }
    void await_left() override { server_.await_left(); }
    std::string activity() const override { return activity_; }

private:
    const std::string activity_;
    config settings_;
    mute_server server_;
};

void set_up_container(slow_endpoint::setup& made) {
    made.environment.set("AWS_EC2_METADATA_DISABLED", "true");
    made.environment.set("AWS_CONTAINER_CREDENTIALS_FULL_URI", made.server.url() + "/credentials");
}

void set_up_metadata(slow_endpoint::setup& made) {
    made.environment.set("AWS_EC2_METADATA_SERVICE_ENDPOINT", made.server.url());
    made.environment.set("AWS_METADATA_SERVICE_TIMEOUT", "100");
}

void set_up_role(slow_endpoint::setup& made) {
    made.environment.set("AWS_ENDPOINT_URL_STS", made.server.url());
    made.settings.profile = "slow";
    made.files =
        "[profile base]\naws_access_key_id = a\naws_secret_access_key = s\n"
        "[profile slow]\nsource_profile = base\nrole_arn = " +
        std::string(role) + "\n";
}

void set_up_web_identity(slow_endpoint::setup& made) {
    made.environment.set("AWS_ENDPOINT_URL_STS", made.server.url());
    made.environment.set("AWS_ROLE_ARN", role);
    made.environment.set("AWS_WEB_IDENTITY_TOKEN_FILE", made.home / "token");
    write_whole_file(made.home / "token", "token");
}

void set_up_sso(slow_endpoint::setup& made, const char* token_ends) {
    made.environment.set("AWS_ENDPOINT_URL_SSO", made.server.url());
    made.environment.set("AWS_ENDPOINT_URL_SSO_OIDC", made.server.url());
    made.settings.profile = "slow";
    made.files =
        "[sso-session dev]\nsso_region = us-east-1\nsso_start_url = https://d-1.awsapps.com/start\n"
        "[profile slow]\nsso_session = dev\nsso_account_id = 123456789012\nsso_role_name = r\n";
    write_whole_file(made.home / (".aws/sso/cache/" + dsql::detail::sha1_hex("dev") + ".json"),
                     json{{"accessToken", "t"},
                          {"expiresAt", token_ends},
                          {"clientId", "c"},
                          {"clientSecret", "s"},
                          {"refreshToken", "r"},
                          {"registrationExpiresAt", distant},
                          {"region", "us-east-1"},
                          {"startUrl", "https://d-1.awsapps.com/start"}}
                         .dump());
}

void set_up_login(slow_endpoint::setup& made) {
    const std::string session = "arn:aws:iam::123456789012:user/dev";
    made.environment.set("AWS_ENDPOINT_URL_SIGNIN", made.server.url());
    made.settings.profile = "slow";
    made.files = "[profile slow]\nregion = us-east-1\nlogin_session = " + session + "\n";
    write_whole_file(
        made.home / (".aws/login/cache/" + dsql::detail::sha256_hex(session) + ".json"),
        json{{"accessToken",
              {{"accessKeyId", "a"},
               {"secretAccessKey", "s"},
               {"sessionToken", "t"},
               {"accountId", "123456789012"},
               {"expiresAt", past}}},
             {"clientId", "c"},
             {"refreshToken", "r"},
             {"idToken", "i"},
             {"dpopKey", test_key("P-256").pem()}}
            .dump());
}

// The state that a credentials function shares with the test. The function may outlive the test.
struct gate {
    event asked{};
    event released{};

    void pass() {
        asked.set();
        released.wait();
    }
};

class own_class final : public dsql::credentials_provider {
public:
    explicit own_class(std::shared_ptr<gate> shared) : gate_(std::move(shared)) {}
    dsql::credentials get() override {
        gate_->pass();
        return {.access_key_id = "a", .secret_access_key = "s"};
    }

private:
    const std::shared_ptr<gate> gate_;
};

// A source that is a function of the program.
class slow_function final : public slow_source {
public:
    using prepare_function = std::function<void(config&, std::shared_ptr<gate>)>;

    slow_function(std::string activity, prepare_function prepare)
        : activity_(std::move(activity)), prepare_(std::move(prepare)) {
        write_config(
            "[profile base]\naws_access_key_id = a\naws_secret_access_key = s\n"
            "[profile mfa]\nsource_profile = base\nmfa_serial = 123\nrole_arn = " +
            std::string(role) + "\n");
    }
    ~slow_function() override { gate_->released.set(); }
    // The config that is returned owns the provider.
    config settings() override {
        config made{.host = cluster};
        prepare_(made, gate_);
        return made;
    }
    void await_asked() override { gate_->asked.wait(); }
    void await_left() override {}
    std::string activity() const override { return activity_; }

private:
    const std::string activity_;
    const prepare_function prepare_;
    const std::shared_ptr<gate> gate_ = std::make_shared<gate>();
};

void use_function(config& settings, const std::shared_ptr<gate>& shared) {
    settings.credentials = dsql::make_credentials_provider([shared]() -> dsql::credentials {
        shared->pass();
        return {.access_key_id = "a", .secret_access_key = "s"};
    });
}

void use_class(config& settings, const std::shared_ptr<gate>& shared) {
    settings.credentials = std::make_shared<own_class>(shared);
}

void use_source_of_role(config& settings, const std::shared_ptr<gate>& shared) {
    settings.credentials = dsql::assume_role_credentials(
        role, {.region = "us-east-1", .source = std::make_shared<own_class>(shared)});
}

void use_mfa_code(config& settings, const std::shared_ptr<gate>& shared) {
    settings.profile = "mfa";
    settings.mfa_code = [shared](const std::string&) {
        shared->pass();
        return std::string("123456");
    };
}

template <class Prepare>
slow_source_kind endpoint_kind(const char* name, std::string activity, Prepare prepare) {
    return {name, [activity = std::move(activity), prepare] {
                return std::make_unique<slow_endpoint>(activity, prepare);
            }};
}

slow_source_kind function_kind(const char* name, std::string activity,
                               slow_function::prepare_function prepare) {
    return {name, [activity = std::move(activity), prepare = std::move(prepare)] {
                return std::make_unique<slow_function>(activity, prepare);
            }};
}

}  // namespace

const std::vector<slow_source_kind>& slow_source_kinds() {
    static const std::vector<slow_source_kind> all{
        {"Process",
         [] {
             return std::make_unique<slow_process>();
         }},
        endpoint_kind("Container", "container endpoint", &set_up_container),
        endpoint_kind("Metadata", "EC2 instance metadata", &set_up_metadata),
        endpoint_kind("AssumeRole", "STS, for role", &set_up_role),
        endpoint_kind("WebIdentity", "web identity", &set_up_web_identity),
        endpoint_kind("SsoPortal", "SSO session",
                      [](slow_endpoint::setup& made) { set_up_sso(made, distant); }),
        endpoint_kind("SsoRefresh", "SSO session",
                      [](slow_endpoint::setup& made) { set_up_sso(made, past); }),
        endpoint_kind("Login", "login session", &set_up_login),
        function_kind("OwnFunction", "the program's own provider", &use_function),
        function_kind("OwnClass", "the program's own provider", &use_class),
        function_kind("SourceOfRole", "the program's own provider", &use_source_of_role),
        function_kind("MfaCode", "the function mfa_code", &use_mfa_code),
    };
    return all;
}
