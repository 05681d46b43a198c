// SPDX-License-Identifier: Apache-2.0
#include "doctor/login_failure.hpp"

#include "doctor/format_clock_skew.hpp"
#include "format.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace dsql_cli::doctor {

namespace {

using dsql::rejection_reason;

const char* action_for(const std::string& user) {
    return user == "admin" ? "dsql:DbConnectAdmin" : "dsql:DbConnect";
}

// The word behind `label`, or `otherwise`.
std::string word_behind(std::string_view text, std::string_view label, const char* otherwise) {
    const std::size_t at = text.find(label);
    if (at == std::string_view::npos) {
        return otherwise;
    }
    const std::string_view rest = text.substr(at + label.size());
    return std::string(rest.substr(0, rest.find_first_of(" \t\n,;")));
}

std::string identity_in(std::string_view hint) {
    return word_behind(hint, "User: ", "the identity that \"aws sts get-caller-identity\" shows");
}

std::string quoted_identity_in(std::string_view hint) {
    return word_behind(hint, "User: ", "<its ARN>");
}

// As an SQL identifier.
std::string quoted_role(std::string_view name) {
    std::string text = "\"";
    for (const char c : name) {
        text.append(c == '"' ? 2 : 1, c);
    }
    return text + '"';
}

// The grant that a role other than admin needs; admin needs none.
std::string grant_for(const std::string& user, std::string_view hint) {
    const std::string role = quoted_role(user);
    return "as admin: CREATE ROLE " + role + " WITH LOGIN; AWS IAM GRANT " + role + " TO '" +
           quoted_identity_in(hint) + "'";
}

std::string policy_for(const std::string& user, std::string_view hint,
                       const dsql::endpoint& place) {
    const std::string cluster = "arn:aws:dsql:" + place.region + ":<account>:cluster/" +
                                place.host.substr(0, place.host.find('.'));
    return "allow " + identity_in(hint) + " the IAM action " +
           word_behind(hint, "to perform: ", action_for(user)) + " on " +
           word_behind(hint, "on resource: ", cluster.c_str());
}

// IAM says what it misses where an action is; without one it may be the mapping of the role.
std::string advice_for_missing_right(const std::string& user, std::string_view hint,
                                     const dsql::endpoint& place) {
    std::string policy = policy_for(user, hint, place);
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

// Parts of HINTs that `rejection_reason` does not tell apart. dsql-local gives all of them; what
// of this DSQL says in the same words is not published.
constexpr std::array<hint_meaning, 10> meanings = {{
    {"not yet current", set_the_clock},
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
                              const dsql::endpoint& place) {
    for (const hint_meaning& known : meanings) {
        if (contains(hint, known.part)) {
            return known.advice;
        }
    }
    return "check that the cluster exists, that the keys are those of its account, and " +
           policy_for(user, hint, place) + (user == "admin" ? "" : "; " + grant_for(user, hint));
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

std::string advice_for(const dsql::connection_error& failure, const std::string& user,
                       const dsql::endpoint& place) {
    switch (failure.rejection()) {
        case rejection_reason::none:
            return "the network or something on the way broke the connection, or the endpoint "
                   "did: try again, and look at proxies and firewalls if it stays";
        case rejection_reason::token_expired:
            return std::string("expired token, though it was just made: ") + set_the_clock;
        case rejection_reason::wrong_action:
            return "the token is for another kind of role: admin logs in by dsql:DbConnectAdmin, "
                   "every other role by dsql:DbConnect; check --user";
        case rejection_reason::not_authorized:
            return advice_for_missing_right(user, failure.hint(), place);
        case rejection_reason::access_denied:
            return advice_for_denied(user, failure.hint(), place);
        case rejection_reason::server_name_missing:
            return "something on the way takes the server's name (SNI) out of TLS: go around it";
        case rejection_reason::waking_up:
            return "the cluster was asleep: try again in a few seconds; dsql::pool does by itself";
        case rejection_reason::too_many_connections:
            return "close connections, make pools smaller (max_connections), or have the quota of "
                   "10000 per cluster raised";
        case rejection_reason::rate_exceeded:
            return "more than 100 new connections a second: share them by a dsql::pool, which "
                   "keeps to this rate, and try again in a moment";
        case rejection_reason::server_unavailable:
            return "this passes: try again in a moment; if it stays, see the AWS Health Dashboard "
                   "of the region";
        case rejection_reason::parameter_not_supported:
            return "the endpoint does not take this setting at a login";
        case rejection_reason::other:
            break;
    }
    return advice_for_other(failure.server_message(), user);
}

// What libpq says when the other side is gone, whatever the version and the layer that notices.
bool was_closed(std::string_view text) {
    constexpr std::array<std::string_view, 5> signs = {"unexpected eof", "EOF detected",
                                                       "closed the connection",
                                                       "closed unexpectedly", "reset by peer"};
    return std::any_of(signs.begin(), signs.end(),
                       [text](std::string_view sign) { return contains(text, sign); });
}

std::string summary_of(const dsql::connection_error& failure) {
    if (failure.server_message().empty()) {
        return (was_closed(failure.what()) ? "the connection was closed in the middle of it: "
                                           : "") +
               std::string(failure.what());
    }
    return "refused: " + failure.server_message() +
           (failure.hint().empty() ? "" : " (HINT: " + failure.hint() + ")");
}

}  // namespace

finding of_login_failure(const dsql::connection_error& failure, const std::string& user,
                         const dsql::endpoint& place) {
    return {.result = outcome::failed,
            .summary = summary_of(failure),
            .advice = advice_for(failure, user, place),
            .facts = {{"phase", std::string(dsql::to_string(failure.phase()))},
                      {"server_message", failure.server_message()},
                      {"hint", failure.hint()},
                      {"action", action_for(user)}}};
}

}  // namespace dsql_cli::doctor
