// SPDX-License-Identifier: Apache-2.0
// Fuzzes the sources of credentials that ask a service, from the socket on. The first byte selects
// the source, the rest is what the service answers: lines of "---" separate the answers, and the
// first line of each is the status, with a Date or another header behind it if there is one. For
// any answers a source must return complete keys, or throw a credentials_error whose text is
// harmless.
#include <dsql/error.hpp>

#include "aws/providers/login/login_source.hpp"
#include "aws/providers/login/sso_source.hpp"
#include "aws/providers/metadata/container_source.hpp"
#include "aws/providers/metadata/imds_source.hpp"
#include "aws/providers/sts/sts_client.hpp"
#include "base/digest.hpp"
#include "require.hpp"
#include "support/http_server.hpp"
#include "support/temporary_directory.hpp"
#include "support/test_key.hpp"
#include "support/whole_file.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace dsql::aws;

// A "200" that cannot be read is one too, so that most inputs get far.
canned_response answer_of(std::string_view text) {
    const std::size_t end = text.find('\n');
    const std::string line(text.substr(0, end));
    canned_response answer{
        .body = std::string(end == std::string_view::npos ? "" : text.substr(end + 1))};
    const int status = std::atoi(line.c_str());
    answer.status = status >= 200 && status < 600 ? status : 200;
    const std::size_t space = line.find(' ');
    const std::size_t colon = line.find(": ", space);
    if (space != std::string::npos && colon != std::string::npos) {
        answer.headers.emplace_back(line.substr(space + 1, colon - space - 1),
                                    line.substr(colon + 2));
    }
    return answer;
}

http_server::handler script_of(std::string_view text) {
    constexpr std::string_view separator = "\n---\n";
    std::vector<canned_response> answers;
    for (bool is_last = false; !is_last && answers.size() < 4;) {
        const std::size_t end = text.find(separator);
        is_last = end == std::string_view::npos;
        answers.push_back(answer_of(text.substr(0, end)));
        text.remove_prefix(is_last ? text.size() : end + separator.size());
    }
    return [answers, next = std::size_t{0}](const received_request&) mutable {
        return answers[std::min(next++, answers.size() - 1)];
    };
}

// The files of logins, which a source reads, and rewrites after a renewal.
class login_files {
public:
    login_files() {
        setenv("HOME", home_.path().c_str(), 1);
        setenv("AWS_LOGIN_CACHE_DIRECTORY", home_.path().c_str(), 1);
        setenv("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/keys", 1);
        std::filesystem::create_directories(home_ / ".aws/sso/cache");
    }

    void restore(bool is_expired) const {
        const std::string time = is_expired ? "2001-01-01T00:00:00Z" : "2099-01-01T00:00:00Z";
        write_whole_file(home_ / (".aws/sso/cache/" + dsql::detail::sha1_hex("dev") + ".json"),
                         R"({"accessToken": "token", "expiresAt": ")" + time +
                             R"(", "clientId": "id", "clientSecret": "secret",
                             "refreshToken": "refresh",
                             "registrationExpiresAt": "2099-01-01T00:00:00Z"})");
        write_whole_file(home_ / (dsql::detail::sha256_hex("arn") + ".json"),
                         R"({"accessToken": {"accessKeyId": "AK", "secretAccessKey": "secret",
                             "sessionToken": "token", "accountId": "1", "expiresAt": ")" +
                             time + R"("}, "clientId": "id", "refreshToken": "refresh",
                             "dpopKey": ")" +
                             escaped_key_ + R"("})");
    }

private:
    static std::string escaped(const std::string& pem) {
        std::string text;
        for (const char c : pem) {
            text += c == '\n' ? std::string("\\n") : std::string(1, c);
        }
        return text;
    }

    temporary_directory home_;
    std::string escaped_key_ = escaped(test_key("P-256").pem());
};

client_settings client_of(const std::string& url) {
    return {.region = "us-east-1",
            .max_attempts = 2,
            .endpoints = {{aws_service::sts, url},
                          {aws_service::sso, url},
                          {aws_service::sso_oidc, url},
                          {aws_service::signin, url}}};
}

dsql::credentials fetch(unsigned source, const std::string& url, const fetch_context& context) {
    switch (source % 6) {
        case 0:
            return imds_source({.endpoint = url, .max_attempts = 2}).fetch(context).keys;
        case 1:
            return container_source({.relative_base = url}).fetch(context).keys;
        case 2:
            return sts_client(client_of(url))
                .assume_role({"AK", "secret", "", {}}, {.role_arn = "arn"}, context);
        case 3:
            return sts_client(client_of(url))
                .assume_role_with_web_identity({.role_arn = "arn", .token = "jwt"}, context);
        case 4:
            return login_source({.session = "arn"}, client_of(url)).fetch(context).keys;
        default:
            return sso_source({.session_name = "dev",
                               .region = "us-east-1",
                               .account_id = "1",
                               .role_name = "role"},
                              client_of(url))
                .fetch(context)
                .keys;
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    static const login_files files;
    files.restore((data[0] & 0x80U) != 0);
    const http_server service(script_of({reinterpret_cast<const char*>(data) + 1, size - 1}));
    const fetch_context at_once{.pause = [](std::chrono::milliseconds, const std::stop_token&) {
    }};
    try {
        const dsql::credentials keys = fetch(data[0] & 0x7fU, service.url(), at_once);
        require(!keys.access_key_id.empty() && !keys.secret_access_key.empty());
    } catch (const dsql::credentials_error& failure) {
        require_harmless(failure.what(), 6'000);
    }
    return 0;
}
