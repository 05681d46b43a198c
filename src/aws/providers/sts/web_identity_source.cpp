// SPDX-License-Identifier: Apache-2.0
#include "aws/providers/sts/web_identity_source.hpp"

#include "aws/http/client_settings.hpp"
#include "aws/shared_files/shared_files.hpp"
#include "base/environment.hpp"
#include "base/file.hpp"
#include "base/text.hpp"

#include <cstddef>
#include <utility>

namespace dsql::aws {

namespace {

constexpr std::size_t max_token_size = 65'536;

std::string trimmed_variable(const char* name) {
    return std::string(detail::trim(detail::environment_variable(name)));
}

}  // namespace

web_identity_source::web_identity_source(std::string role_arn, std::string token_file,
                                         std::string role_session_name, sts_client client)
    : role_arn_(std::move(role_arn)),
      token_file_(std::move(token_file)),
      role_session_name_(std::move(role_session_name)),
      client_(std::move(client)) {}

fetched_credentials web_identity_source::fetch(const fetch_context& context) {
    const web_identity_request request{
        .role_arn = role_arn_,
        .role_session_name = role_session_name_,
        .token = detail::read_secret_file(token_file_, max_token_size, context.stop)};
    if (detail::trim(request.token).empty()) {
        throw credentials_error("the token file " + detail::in_quotes(token_file_) +
                                " is empty; the identity provider's token must be in it");
    }
    return {.keys = client_.assume_role_with_web_identity(request, context)};
}

fetched_credentials web_identity_environment_source::fetch(const fetch_context& context) {
    const std::string token_file = trimmed_variable("AWS_WEB_IDENTITY_TOKEN_FILE");
    if (token_file.empty()) {
        throw source_not_configured("AWS_WEB_IDENTITY_TOKEN_FILE is not set");
    }
    const std::string role_arn = trimmed_variable("AWS_ROLE_ARN");
    if (role_arn.empty()) {
        throw credentials_error(
            "AWS_WEB_IDENTITY_TOKEN_FILE is set, but AWS_ROLE_ARN, the role to assume with it, is "
            "not");
    }
    web_identity_source source(
        role_arn, token_file, trimmed_variable("AWS_ROLE_SESSION_NAME"),
        read_client_settings(load_shared_files(context.stop), selected_profile(), region_));
    fetched_credentials fetched = source.fetch(context);
    fetched.description = "role " + detail::in_quotes(role_arn);
    return fetched;
}

}  // namespace dsql::aws
