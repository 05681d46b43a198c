// SPDX-License-Identifier: Apache-2.0
#include "aws/providers/web_identity_source.hpp"

#include "aws/read_file.hpp"
#include "aws/wipe_guard.hpp"
#include "config/text.hpp"

#include <cstddef>
#include <utility>

namespace dsql::detail {

namespace {

constexpr std::size_t max_token_size = 65'536;

}  // namespace

web_identity_source::web_identity_source(std::string role_arn, std::string token_file,
                                         std::string role_session_name, sts_client client)
    : role_arn_(std::move(role_arn)),
      token_file_(std::move(token_file)),
      role_session_name_(std::move(role_session_name)),
      client_(std::move(client)) {}

fetched_credentials web_identity_source::fetch(const fetch_context& context) {
    web_identity_request request{
        .role_arn = role_arn_,
        .role_session_name = role_session_name_,
        .token = read_secret_file(token_file_, max_token_size, context.stop)};
    const wipe_guard token_guard(request.token);
    if (trim(request.token).empty()) {
        throw credentials_error("the token file " + in_quotes(token_file_) +
                                " is empty; the identity provider's token must be in it");
    }
    return {.keys = client_.assume_role_with_web_identity(request, context)};
}

}  // namespace dsql::detail
