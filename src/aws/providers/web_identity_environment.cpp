// SPDX-License-Identifier: Apache-2.0
#include "aws/providers/web_identity_environment.hpp"

#include "aws/http/client_settings.hpp"
#include "aws/profiles/shared_files.hpp"
#include "aws/providers/web_identity_source.hpp"
#include "config/environment.hpp"
#include "config/text.hpp"

namespace dsql::detail {

namespace {

std::string trimmed_variable(const char* name) {
    return std::string(trim(environment_variable(name)));
}

}  // namespace

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
    fetched.description = "role " + in_quotes(role_arn);
    return fetched;
}

}  // namespace dsql::detail
