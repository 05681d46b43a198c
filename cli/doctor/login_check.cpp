// SPDX-License-Identifier: Apache-2.0
#include <dsql/connection.hpp>
#include <dsql/error.hpp>

#include "doctor/checks.hpp"
#include "doctor/error_advice.hpp"
#include "format.hpp"

#include <libpq-fe.h>

namespace dsql_cli::doctor {

namespace {

using std::chrono::steady_clock;

// Uses the credentials of the credentials check, so that nobody has to type an MFA code twice.
dsql::config login_settings(const doctor_context& context) {
    dsql::config settings = context.options.settings;
    settings.credentials = dsql::make_credentials_provider([keys = *context.keys] { return keys; });
    settings.profile.clear();
    settings.mfa_code = nullptr;
    settings.region = context.endpoint.region;  // the profile, cleared above, may have named it
    settings.connect_timeout = context.options.timeout;
    settings.command_timeout = context.options.timeout;
    return settings;
}

std::string attribute(dsql::connection& session, const char* name) {
    const char* const value = PQsslAttribute(session.native_handle(), name);
    return value == nullptr ? std::string() : value;
}

// Whether the role may be missing, or not granted to the identity.
bool is_role_in_doubt(const dsql::connection_error& error) {
    const dsql::rejection_reason why = error.rejection();
    return why == dsql::rejection_reason::access_denied ||
           why == dsql::rejection_reason::not_authorized || why == dsql::rejection_reason::other;
}

}  // namespace

findings check_login(doctor_context& context) {
    const std::string& user = context.options.settings.user;
    const steady_clock::time_point start = steady_clock::now();
    try {
        context.login = login_settings(context);
        context.session = dsql::connect(context.login);
        // Read them now: libpq forgets them when the connection is lost.
        context.tls_version = attribute(*context.session, "protocol");
        context.cipher = attribute(*context.session, "cipher");
    } catch (const dsql::connection_error& error) {
        context.is_role_in_doubt = is_role_in_doubt(error);
        context.denied_arn = arn_in(error.hint());
        return {describe_login_error(error, user, context.endpoint)};
    } catch (const dsql::timeout_error& error) {
        return {{.result = outcome::failed,
                 .summary = error.what(),
                 .advice =
                     "the endpoint accepts TLS and then does not respond: try again, with a longer "
                     "--timeout"}};
    }
    const auto time =
        std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now() - start);
    return {
        {.summary = "token accepted for " + user + ", connected in " + format_milliseconds(time),
         .facts = {{"user", user}, {"connect_ms", to_milliseconds(time)}}}};
}

}  // namespace dsql_cli::doctor
