// SPDX-License-Identifier: Apache-2.0
#include <dsql/connection.hpp>
#include <dsql/error.hpp>

#include "doctor/checks.hpp"
#include "doctor/login_failure.hpp"
#include "doctor/milliseconds.hpp"

#include <libpq-fe.h>

namespace dsql_cli::doctor {

namespace {

using std::chrono::steady_clock;

// With the credentials that were found before: whoever typed an MFA code is not asked again.
dsql::config login_settings(const doctor_context& seen) {
    dsql::config settings = seen.asked.settings;
    settings.credentials = dsql::make_credentials_provider([keys = *seen.keys] { return keys; });
    settings.profile.clear();
    settings.mfa_code = nullptr;
    settings.region = seen.place.region;  // which the profile may have named
    settings.connect_timeout = seen.asked.timeout;
    settings.command_timeout = seen.asked.timeout;
    return settings;
}

std::string attribute(dsql::connection& session, const char* name) {
    const char* const value = PQsslAttribute(session.native_handle(), name);
    return value == nullptr ? std::string() : value;
}

}  // namespace

findings check_login(doctor_context& seen) {
    const std::string& user = seen.asked.settings.user;
    const steady_clock::time_point start = steady_clock::now();
    try {
        seen.login = login_settings(seen);
        seen.session = dsql::connect(seen.login);
        // A connection that is lost forgets them.
        seen.tls_version = attribute(*seen.session, "protocol");
        seen.cipher = attribute(*seen.session, "cipher");
    } catch (const dsql::connection_error& failure) {
        return {of_login_failure(failure, user, seen.place)};
    } catch (const dsql::timeout_error& failure) {
        return {{.result = outcome::failed,
                 .summary = failure.what(),
                 .advice = "the endpoint takes TLS and then says nothing: try again, with a longer "
                           "--timeout"}};
    }
    const auto time =
        std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now() - start);
    return {{.summary = "token accepted for " + user + ", connected in " + in_milliseconds(time),
             .facts = {{"user", user}, {"connect_ms", milliseconds_of(time)}}}};
}

}  // namespace dsql_cli::doctor
