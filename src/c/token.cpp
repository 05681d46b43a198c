// SPDX-License-Identifier: Apache-2.0
#include <dsql/token.hpp>

#include "base/secret.hpp"
#include "base/text.hpp"
#include "base/utc_time.hpp"
#include "c/config.hpp"
#include "c/error.hpp"
#include "c/text.hpp"

#include <dsql.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct dsql_token_generator {
    explicit dsql_token_generator(const dsql::config& settings) : tokens(settings) {}
    dsql::token_generator tokens;
};

namespace dsql::detail {

namespace {

// Returns the value of a parameter of a token, which is a URL without its scheme; empty if it has
// none.
std::string_view parameter_of(std::string_view token, std::string_view name) {
    std::size_t at = token.find('?');
    while (at != std::string_view::npos) {
        token.remove_prefix(at + 1);
        const std::string_view pair = token.substr(0, token.find('&'));
        if (pair.starts_with(name) && pair.substr(name.size()).starts_with('=')) {
            return pair.substr(name.size() + 1);
        }
        at = token.find('&');
    }
    return {};
}

// Reads a time as SigV4 writes it, "20260102T030405Z".
std::optional<std::chrono::system_clock::time_point> parse_amz_date(std::string_view text) {
    if (text.size() != 16) {
        return std::nullopt;
    }
    std::string longer(text);
    for (const std::size_t at : {13U, 11U}) {
        longer.insert(at, 1, ':');
    }
    for (const std::size_t at : {6U, 4U}) {
        longer.insert(at, 1, '-');
    }
    return parse_utc_time(longer);
}

std::int64_t expiration_of(std::string_view token) {
    const auto begin = parse_amz_date(parameter_of(token, "X-Amz-Date"));
    const auto seconds = parse_number<std::int32_t>(parameter_of(token, "X-Amz-Expires"));
    if (!begin || !seconds) {
        throw invalid_argument(
            "the text is no token: it has no valid parameters X-Amz-Date and X-Amz-Expires");
    }
    return std::chrono::duration_cast<std::chrono::seconds>(begin->time_since_epoch()).count() +
           *seconds;
}

}  // namespace

}  // namespace dsql::detail

using dsql::detail::copy_for_c;
using dsql::detail::limits_of;
using dsql::detail::require;
using dsql::detail::require_result;
using dsql::detail::run_for_c;

extern "C" {

dsql_status dsql_token_create(const dsql_config* config, int timeout_ms, char** token,
                              dsql_error** error) noexcept {
    return run_for_c(error, [&] {
        char*& result = require_result(token, "token");
        std::string made =
            dsql::generate_token(require(config, "config").settings,
                                 std::chrono::system_clock::now(), limits_of(timeout_ms));
        const std::unique_ptr<std::string, void (*)(std::string*)> wiped(
            &made, [](std::string* secret) { dsql::detail::cleanse(*secret); });
        result = copy_for_c(made);
    });
}

dsql_status dsql_token_expiration(const char* token, int64_t* expiration,
                                  dsql_error** error) noexcept {
    return run_for_c(error, [&] {
        int64_t& result = require_result(expiration, "expiration");
        result = dsql::detail::expiration_of(&require(token, "token"));
    });
}

dsql_status dsql_token_generator_create(const dsql_config* config, dsql_token_generator** generator,
                                        dsql_error** error) noexcept {
    return run_for_c(error, [&] {
        dsql_token_generator*& result = require_result(generator, "generator");
        const dsql::config& settings = require(config, "config").settings;
        result = std::make_unique<dsql_token_generator>(settings).release();
    });
}

dsql_status dsql_token_generator_get(dsql_token_generator* generator, int timeout_ms, char** token,
                                     dsql_error** error) noexcept {
    return run_for_c(error, [&] {
        char*& result = require_result(token, "token");
        dsql::token_generator& tokens = require(generator, "generator").tokens;
        result = copy_for_c(*tokens.get(limits_of(timeout_ms)));
    });
}

void dsql_token_generator_invalidate(dsql_token_generator* generator) noexcept {
    if (generator != nullptr) {
        generator->tokens.invalidate();
    }
}

void dsql_token_generator_free(dsql_token_generator* generator) noexcept {
    const std::unique_ptr<dsql_token_generator> last(generator);
}
}
