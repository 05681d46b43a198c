// SPDX-License-Identifier: Apache-2.0
#include "doctor/error_advice.hpp"

#include <dsql/error.hpp>
#include <dsql/occ_conflict.hpp>

#include "doctor/caller_identity.hpp"
#include "doctor/clock_skew.hpp"
#include "format.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace dsql_cli::doctor {

namespace {

using dsql::distrust_reason;
using dsql::rejection_reason;

const char* action_for(const std::string& user) {
    return user == "admin" ? "dsql:DbConnectAdmin" : "dsql:DbConnect";
}

// Returns the word after `label`, or `otherwise` if `text` does not contain `label`.
std::string word_after(std::string_view text, std::string_view label, const char* otherwise) {
    const std::size_t at = text.find(label);
    if (at == std::string_view::npos) {
        return otherwise;
    }
    const std::string_view rest = text.substr(at + label.size());
    return std::string(rest.substr(0, rest.find_first_of(" \t\n,;")));
}

std::string identity_in(std::string_view hint) {
    return word_after(hint, "User: ", "the identity that \"aws sts get-caller-identity\" shows");
}

// Returns the identity to grant a role to: a session of an IAM role is granted by the role.
std::string identity_to_grant_to(std::string_view hint) {
    return arn_to_grant_to(word_after(hint, "User: ", "<its ARN>"));
}

// The statements that let a role other than admin log in. The role admin needs none.
std::string grant_for(const std::string& user, std::string_view hint) {
    const std::string role = quoted_role(user);
    return "as admin: CREATE ROLE " + role + " WITH LOGIN; AWS IAM GRANT " + role + " TO '" +
           identity_to_grant_to(hint) + "'";
}

std::string cluster_arn(const dsql::endpoint& endpoint) {
    return "arn:aws:dsql:" + endpoint.region + ":<account>:cluster/" +
           endpoint.host.substr(0, endpoint.host.find('.'));
}

std::string policy_in(const std::string& user, std::string_view hint,
                      const dsql::endpoint& endpoint) {
    const std::string cluster = cluster_arn(endpoint);
    return "allow " + identity_in(hint) + " the IAM action " +
           word_after(hint, "to perform: ", action_for(user)) + " on " +
           word_after(hint, "on resource: ", cluster.c_str());
}

// If IAM denied an action, the hint names it. Otherwise the role may lack its mapping to IAM.
std::string advice_for_missing_right(const std::string& user, std::string_view hint,
                                     const dsql::endpoint& endpoint) {
    std::string policy = policy_in(user, hint, endpoint);
    if (user == "admin" || contains(hint, "to perform: ")) {
        return policy;
    }
    return grant_for(user, hint) + "; and " + policy;
}

struct hint_meaning {
    std::string_view part;
    const char* advice;
};

constexpr const char* wrong_keys =
    "wrong keys: they are not, or no longer, those of an identity that the endpoint knows; see in "
    "the lines of credentials which source they come from, and renew them there";
constexpr const char* no_session_token =
    "the session token is missing: temporary keys, of a role, of SSO or of STS, come with one; set "
    "AWS_SESSION_TOKEN, or aws_session_token in the profile, beside them";
constexpr const char* wrong_region =
    "wrong region: the token was signed for another one than the cluster's; correct --region, "
    "AWS_REGION or the host name";

// Parts of HINTs that `rejection_reason` does not distinguish. dsql-local sends all of them. AWS
// does not publish which of them DSQL sends.
constexpr std::array<hint_meaning, 10> meanings = {{
    {"not yet current", clock_advice},
    {"access key id is unknown", wrong_keys},
    {"security token", wrong_keys},
    {"session token", wrong_keys},
    {"has no X-Amz-Security-Token", no_session_token},
    {"X-Amz-Security-Token", wrong_keys},
    {"signature does not match", wrong_keys},
    {"credential scope", wrong_region},
    {"another host", "give as --host the name of the cluster itself"},
    {"The keys file", "the endpoint cannot read its own keys: see what the hint says"},
}};

std::string advice_for_denied(const std::string& user, std::string_view hint,
                              const dsql::endpoint& endpoint) {
    for (const hint_meaning& known : meanings) {
        if (contains(hint, known.part)) {
            return known.advice;
        }
    }
    return "check that the cluster exists, that the keys are those of its account, and " +
           policy_in(user, hint, endpoint) + (user == "admin" ? "" : "; " + grant_for(user, hint));
}

std::string advice_for_other(std::string_view message, const std::string& user) {
    if (contains(message, "role \"") && contains(message, "does not exist")) {
        return "unknown role: give another --user, or " + grant_for(user, {});
    }
    if (contains(message, "database \"") && contains(message, "does not exist")) {
        return "a cluster has one database: --database postgres";
    }
    return "see the message";
}

const char* advice_without_rejection(distrust_reason reason) {
    switch (reason) {
        case distrust_reason::none:
            break;
        case distrust_reason::certificate_expired:
            return "set this machine's clock, if it is ahead; else a proxy may intercept TLS "
                   "between this machine and the endpoint";
        case distrust_reason::certificate_not_yet_valid:
            return "set this machine's clock, if it is behind";
        case distrust_reason::certificate_wrong_host:
            return "give as --host the cluster's own name, <id>.dsql.<region>.on.aws; through a "
                   "tunnel or a private endpoint, keep that name and give the address by "
                   "--host-address";
        case distrust_reason::certificate_unknown_authority:
            return "a real cluster's certificate is from Amazon Root CA 1 (package "
                   "ca-certificates); for another authority, such as that of dsql-local or a proxy "
                   "that intercepts TLS, give --ssl-root-cert";
        case distrust_reason::certificate_invalid:
            return invalid_certificate_advice;
        case distrust_reason::authentication:
            return "this is a PostgreSQL server or a proxy, not Aurora DSQL: check --host and "
                   "--host-address";
    }
    return "the network, a proxy or the endpoint closed the connection: try again, and check "
           "proxies and firewalls if it persists";
}

std::string advice_for(const dsql::connection_error& error, const std::string& user,
                       const dsql::endpoint& endpoint) {
    switch (error.rejection()) {
        case rejection_reason::none:
            return advice_without_rejection(error.distrust());
        case rejection_reason::token_expired:
            return std::string("expired token, though it was just made: ") + clock_advice;
        case rejection_reason::wrong_action:
            return "the token is for another kind of role: admin logs in by dsql:DbConnectAdmin, "
                   "every other role by dsql:DbConnect; check --user";
        case rejection_reason::not_authorized:
            return advice_for_missing_right(user, error.hint(), endpoint);
        case rejection_reason::access_denied:
            return advice_for_denied(user, error.hint(), endpoint);
        case rejection_reason::server_name_missing:
            return "a proxy removes the server's name (SNI) from TLS: bypass it";
        case rejection_reason::waking_up:
            return "the cluster was asleep: try again in a few seconds; dsql::pool does by itself";
        case rejection_reason::too_many_connections:
            return "close connections, make pools smaller (max_connections), or have the quota of "
                   "10000 per cluster raised";
        case rejection_reason::rate_exceeded:
            return "more than 100 new connections a second: share them by a dsql::pool, which "
                   "keeps to this rate, and try again in a moment";
        case rejection_reason::server_unavailable:
            return "this is temporary: try again in a moment; if it persists, see the AWS Health "
                   "Dashboard of the region";
        case rejection_reason::parameter_not_supported:
            return "the endpoint does not accept this setting at a login";
        case rejection_reason::other:
            break;
    }
    return advice_for_other(error.server_message(), user);
}

// Whether libpq reports that the peer closed the connection. The text depends on libpq's version
// and on the layer that notices it.
bool was_closed(std::string_view text) {
    constexpr std::array<std::string_view, 5> signs = {"unexpected eof", "EOF detected",
                                                       "closed the connection",
                                                       "closed unexpectedly", "reset by peer"};
    return std::any_of(signs.begin(), signs.end(),
                       [text](std::string_view sign) { return contains(text, sign); });
}

std::string summary_of(const dsql::connection_error& error) {
    if (error.server_message().empty()) {
        const bool closed = error.distrust() == distrust_reason::none && was_closed(error.what());
        return (closed ? "the connection was closed during the login: " : "") +
               std::string(error.what());
    }
    return "refused: " + error.server_message() +
           (error.hint().empty() ? "" : " (HINT: " + error.hint() + ")");
}

finding failed(std::string summary, std::string advice) {
    return {.result = outcome::failed, .summary = std::move(summary), .advice = std::move(advice)};
}

finding describe_server_error(const std::string& step, const dsql::server_error& error) {
    const std::string said = step + ": " + error.sqlstate() + " " + error.fields().message;
    if (error.fields().message.find("server unavailable") != std::string::npos) {
        return failed(
            said,
            "this is temporary: try again in a moment, in programs with dsql::transact; if "
            "it persists, see the AWS Health Dashboard of the region");
    }
    if (error.sqlstate() == "42501") {
        return failed(said, "as admin, grant this role what it needs: GRANT ... TO the role");
    }
    const std::string& hint = error.fields().hint;
    return failed(said, hint.empty() ? "see the message" : hint);
}

finding describe_conflict(const std::string& step, const dsql::occ_conflict& conflict) {
    const std::string said = step + ": 40001 " + conflict.fields().message;
    return conflict.kind() == dsql::conflict_kind::schema
               ? failed(said,
                        "another session is changing the schema: run it again, in programs with "
                        "dsql::transact")
               : failed(said,
                        "another transaction wrote the same rows and was first: run it again, "
                        "in programs with dsql::transact");
}

}  // namespace

std::string quoted_role(std::string_view name) {
    std::string text = "\"";
    for (const char c : name) {
        text.append(c == '"' ? 2 : 1, c);
    }
    return text + '"';
}

std::string arn_in(std::string_view hint) {
    const std::string word = word_after(hint, "User: ", "");
    return word.starts_with("arn:") ? word : std::string();
}

std::string policy_for(const std::string& user, const std::string& arn,
                       const dsql::endpoint& endpoint) {
    return policy_in(user, arn.empty() ? "" : "User: " + arn, endpoint);
}

finding describe_login_error(const dsql::connection_error& error, const std::string& user,
                             const dsql::endpoint& endpoint) {
    return {.result = outcome::failed,
            .summary = summary_of(error),
            .advice = advice_for(error, user, endpoint),
            .facts = {{"phase", std::string(dsql::to_string(error.phase()))},
                      {"server_message", error.server_message()},
                      {"hint", error.hint()},
                      {"distrust", std::string(dsql::to_string(error.distrust()))},
                      {"action", action_for(user)}}};
}

finding describe_statement_error(const std::string& step, const std::exception& error) {
    if (const auto* const conflict = dynamic_cast<const dsql::occ_conflict*>(&error)) {
        return describe_conflict(step, *conflict);
    }
    if (const auto* const rejected = dynamic_cast<const dsql::server_error*>(&error)) {
        return describe_server_error(step, *rejected);
    }
    if (dynamic_cast<const dsql::connection_error*>(&error) != nullptr) {
        return failed(step + ": the connection was closed",
                      "an endpoint closes sessions after an hour, a proxy or firewall possibly "
                      "earlier; dsql::pool replaces them before that");
    }
    if (dynamic_cast<const dsql::timeout_error*>(&error) != nullptr) {
        return failed(step + ": no answer in time",
                      "the network drops packets or the cluster hangs: try again, with a longer "
                      "--timeout");
    }
    return failed(step + ": " + error.what(), "");
}

}  // namespace dsql_cli::doctor
