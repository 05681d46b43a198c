// SPDX-License-Identifier: Apache-2.0
#include "aws/providers/sts/assume_role_source.hpp"

#include "base/text.hpp"

#include <utility>

namespace dsql::aws {

assume_role_source::assume_role_source(base_credentials_function base, assume_role_request request,
                                       sts_client client, foreign_function<std::string> mfa_code)
    : base_(std::move(base)),
      request_(std::move(request)),
      client_(std::move(client)),
      mfa_code_(std::move(mfa_code)) {}

void assume_role_source::ask_for_mfa_code(assume_role_request& request,
                                          const fetch_context& context) const {
    if (request.mfa_serial.empty() || !request.mfa_code.empty()) {
        return;
    }
    const std::string what = "role " + detail::in_quotes(request.role_arn) +
                             " needs a code of the MFA device " +
                             detail::in_quotes(request.mfa_serial);
    if (!mfa_code_) {
        throw unrecoverable_credentials_error(
            what +
            " and nothing supplies one; set config.mfa_code or assume_role_options.mfa_code to a "
            "function that returns it");
    }
    const std::string activity =
        "the function mfa_code, for " + detail::in_quotes(request.mfa_serial);
    context.begin(activity);
    request.mfa_code = mfa_code_.call(request.mfa_serial, context.stop,
                                      [&activity] { return std::string(activity); });
    if (detail::trim(request.mfa_code).empty()) {
        throw unrecoverable_credentials_error(what + "; the mfa_code function returned none");
    }
}

fetched_credentials assume_role_source::fetch(const fetch_context& context) {
    assume_role_request request = request_;
    // The code comes before the base credentials, because the user may take so long that these
    // expire.
    ask_for_mfa_code(request, context);
    const credentials base = base_(context);
    context.begin("STS, for role " + detail::in_quotes(request.role_arn));
    return {.keys = client_.assume_role(base, request, context)};
}

}  // namespace dsql::aws
