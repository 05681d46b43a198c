// SPDX-License-Identifier: Apache-2.0
#include <dsql/connection.hpp>
#include <dsql/error.hpp>

#include "doctor/caller_identity.hpp"
#include "doctor/checks.hpp"
#include "doctor/error_advice.hpp"
#include "doctor/sts_endpoint.hpp"
#include "format.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dsql_cli::doctor {

namespace {

// The identity of the credentials, as far as it is known.
struct caller {
    std::string arn{};     ///< empty: not known
    std::string source{};  ///< who says so, or why nobody does
};

caller find_caller(const doctor_context& context) {
    if (!context.denied_arn.empty()) {
        return {.arn = context.denied_arn, .source = "the HINT of the login"};
    }
    if (!context.sts_responds) {
        return {.source = "STS does not respond"};
    }
    const caller_identity found = fetch_caller_identity(
        *context.keys, context.endpoint.region, std::min(sts_limit, context.options.timeout));
    return {.arn = found.arn, .source = found.arn.empty() ? "STS: " + found.error : "STS"};
}

std::string describe_caller(const caller& who) {
    return who.arn.empty() ? "the identity is not known (" + who.source + ")"
                           : "the identity is " + who.arn + " (by " + who.source + ")";
}

std::string placeholder_or(const std::string& arn) {
    return arn.empty() ? "<its ARN>" : arn_to_grant_to(arn);
}

// Quotes a text as an SQL literal.
std::string quoted_text(std::string_view text) {
    std::string quoted = "'";
    for (const char c : text) {
        quoted.append(c == '\'' ? 2 : 1, c);
    }
    return quoted + '\'';
}

// What a session of admin can see about a role.
struct role_state {
    bool exists = false;
    bool may_log_in = false;
    std::vector<std::string> granted_to{};
};

role_state look_at_role(dsql::connection& as_admin, const std::string& role) {
    role_state state;
    const std::optional<bool> login = as_admin.query_optional<bool>(
        "SELECT rolcanlogin FROM pg_catalog.pg_roles WHERE rolname = $1", role);
    state.exists = login.has_value();
    state.may_log_in = login.value_or(false);
    state.granted_to = as_admin.query_all<std::string>(
        "SELECT arn FROM sys.iam_pg_role_mappings WHERE pg_role_name = $1 ORDER BY arn", role);
    return state;
}

bool is_granted(const role_state& state, const std::string& arn) {
    return std::any_of(state.granted_to.begin(), state.granted_to.end(),
                       [&arn](const std::string& one) { return is_granted_to(one, arn); });
}

finding missing_part(std::string summary, std::string advice) {
    return {.result = outcome::failed, .summary = std::move(summary), .advice = std::move(advice)};
}

// The first thing that is missing.
finding describe_missing(const role_state& state, const caller& who,
                         const doctor_context& context) {
    const std::string& user = context.options.settings.user;
    const std::string role = quoted_role(user);
    const std::string grant = "AWS IAM GRANT " + role + " TO '" + placeholder_or(who.arn) + "'";
    if (!state.exists) {
        return missing_part("the role " + user + " does not exist",
                            "as admin: CREATE ROLE " + role + " WITH LOGIN; " + grant);
    }
    if (!state.may_log_in) {
        return missing_part("the role " + user + " may not log in",
                            "as admin: ALTER ROLE " + role + " WITH LOGIN");
    }
    if (state.granted_to.empty()) {
        return missing_part("the role " + user + " is granted to no IAM identity",
                            "as admin: " + grant);
    }
    const std::string granted = "the role " + user + " is granted to " + join(state.granted_to);
    if (who.arn.empty()) {
        return missing_part(granted + "; " + describe_caller(who),
                            "compare with what \"aws sts get-caller-identity\" shows; if it is not "
                            "among them, as admin: " +
                                grant);
    }
    if (!is_granted(state, who.arn)) {
        return missing_part(granted + ", and the identity is " + who.arn, "as admin: " + grant);
    }
    return missing_part(
        granted + ", which is right",
        "so IAM is what is missing: " + policy_for(user, who.arn, context.endpoint));
}

finding look_as_admin(const doctor_context& context, const caller& who) {
    const std::string& user = context.options.settings.user;
    dsql::config settings = context.login;
    settings.user = "admin";
    try {
        dsql::connection as_admin = dsql::connect(settings);
        return describe_missing(look_at_role(as_admin, user), who, context);
    } catch (const dsql::error&) {
        const std::string role = quoted_role(user);
        return {.result = outcome::skipped,
                .summary = "cannot be looked up, for these credentials cannot log in as admin; " +
                           describe_caller(who),
                .advice =
                    "as admin, see: SELECT arn FROM sys.iam_pg_role_mappings WHERE "
                    "pg_role_name = " +
                    quoted_text(user) + "; if it is missing: AWS IAM GRANT " + role + " TO '" +
                    placeholder_or(who.arn) + "'"};
    }
}

// The grants of all roles, for somebody who has logged in as admin.
finding list_grants(dsql::connection& as_admin) {
    constexpr std::size_t most_shown = 10;
    const auto grants = as_admin.query_all<std::string>(
        "SELECT pg_role_name || ' to ' || arn FROM sys.iam_pg_role_mappings ORDER BY 1");
    std::vector<std::string> shown(
        grants.begin(),
        grants.begin() + static_cast<std::ptrdiff_t>(std::min(most_shown, grants.size())));
    if (shown.size() < grants.size()) {
        shown.push_back("...");
    }
    return {.summary = "roles granted to IAM identities: " +
                       (grants.empty() ? std::string("none; admin needs no grant")
                                       : std::to_string(grants.size()) + ": " + join(shown)),
            .facts = {{"grants", grants}}};
}

finding describe_grants(doctor_context& context, const caller& who) {
    const std::string& user = context.options.settings.user;
    if (!context.session) {
        return look_as_admin(context, who);
    }
    if (user != "admin") {
        return {.summary =
                    "the role " + user + " is granted to this identity; " + describe_caller(who)};
    }
    try {
        finding found = list_grants(*context.session);
        found.summary += "; " + describe_caller(who);
        return found;
    } catch (const dsql::error& error) {
        return {
            .result = outcome::skipped,
            .summary = "sys.iam_pg_role_mappings cannot be read: " + to_single_line(error.what())};
    }
}

}  // namespace

findings check_grants(doctor_context& context) {
    const bool is_admin = context.options.settings.user == "admin";
    if (!context.session && (is_admin || !context.is_role_in_doubt)) {
        return {{.result = outcome::skipped,
                 .summary = is_admin ? "admin needs no grant, only the IAM action"
                                     : "the login failed for another reason"}};
    }
    const caller who = find_caller(context);
    finding found = describe_grants(context, who);
    found.facts.emplace_back("identity", who.arn);
    return {std::move(found)};
}

}  // namespace dsql_cli::doctor
