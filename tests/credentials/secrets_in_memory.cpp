// SPDX-License-Identifier: Apache-2.0
// Gets credentials from the source that the environment names, makes a token with them, and
// releases both. Then searches its memory for the given secrets.
//
//   dsql_secrets_in_memory static|chain NAME=MASKED...
//
// Prints a line for each secret: NAME, and how often it was in memory before, while everything was
// in use, and afterwards. With `static`, the first secret is the secret key and the second is the
// session token.
#include <dsql/credentials.hpp>
#include <dsql/error.hpp>
#include <dsql/token.hpp>

#include "support/memory_scan.hpp"

#include <exception>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace {

struct mark {
    std::string name{};
    masked_text text;
    int before = 0;
    int held = 0;
};

dsql::secret_string revealed(const masked_text& text) {
    dsql::secret_string plain;
    plain.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        plain.append({&c, 1});
    }
    return plain;
}

dsql::config settings_for(std::string_view source, const std::vector<mark>& marks) {
    dsql::config settings{.host = "a1b2c3d4e5f6g7h8i9j0klmnop.dsql.us-east-1.on.aws",
                          .user = "app"};
    if (source == "static") {
        settings.credentials =
            dsql::static_credentials({.access_key_id = "AKIA",
                                      .secret_access_key = revealed(marks.at(0).text),
                                      .session_token = revealed(marks.at(1).text)});
    }
    return settings;
}

void hold_and_let_go(std::string_view source, std::vector<mark>& marks) {
    const dsql::config settings = settings_for(source, marks);
    dsql::token_generator tokens(settings);
    const std::shared_ptr<const std::string> token = tokens.get();
    const dsql::credentials keys = dsql::fetch_credentials(settings);
    for (mark& each : marks) {
        each.held = count_in_memory(each.text);
    }
}

}  // namespace

int main(int argc, char** argv) {
    try {
        std::vector<mark> marks;
        for (int i = 2; i < argc; ++i) {
            const std::string_view argument = argv[i];
            const std::size_t equals = argument.find('=');
            marks.push_back({.name = std::string(argument.substr(0, equals)),
                             .text = masked_text(argument.substr(equals + 1))});
        }
        for (mark& each : marks) {
            each.before = count_in_memory(each.text);
        }
        hold_and_let_go(argv[1], marks);
        for (const mark& each : marks) {
            std::cout << each.name << ' ' << each.before << ' ' << each.held << ' '
                      << count_in_memory(each.text) << '\n';
        }
        return 0;
    } catch (const std::exception& failure) {
        std::cerr << failure.what() << '\n';
        return 1;
    }
}
