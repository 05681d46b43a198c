// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "proxy/compat_rules.hpp"
#include "proxy/statement_words.hpp"
#include "wire/messages.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dsql_cli::proxy {

/// Rewrites the statements of one session that tools send out of habit and that Aurora DSQL
/// refuses, as compat_rules.inc says. It sends other statements in their place rather than making
/// up responses, so that responses stay in order and the state of the transaction is the cluster's.
/// Not thread-safe.
class compat_filter {
public:
    /// Called once for each kind of statement that is answered, with what to write to the log.
    using report_function = std::function<void(const std::string& answered)>;

    explicit compat_filter(report_function report) : report_(std::move(report)) {}

    /// Returns what to send in place of `sql`; empty if it stays as it is.
    [[nodiscard]] std::string rewrite(std::string_view sql);

    /// Returns the version of the server to report to an application, given that of the cluster.
    [[nodiscard]] std::string reported_version(std::string_view application,
                                               std::string_view version);

    /// Removes the settings that are answered from those of a login.
    void remove_answered(wire::startup_parameters& settings);

private:
    using tokens = token_list;

    // A part of the text, and what takes its place.
    struct edit {
        std::size_t begin = 0;
        std::size_t end = 0;
        std::string text{};
    };

    // The tokens of a call of a function.
    struct call {
        std::size_t begin = 0;  // with the name of its schema
        std::size_t name = 0;
        std::size_t close = 0;  // its last parenthesis
    };

    // A statement of PREPARE.
    struct prepared {
        std::vector<std::string> types{};
        std::string sql{};
    };

    void rewrite_statement(std::string_view sql, const tokens& words);
    [[nodiscard]] bool rewrite_set(const tokens& words);
    [[nodiscard]] bool rewrite_set_transaction(const tokens& words);
    [[nodiscard]] bool rewrite_begin(const tokens& words);
    [[nodiscard]] bool rewrite_listed(const tokens& words);
    [[nodiscard]] bool rewrite_prepare(std::string_view sql, const tokens& words);
    [[nodiscard]] bool rewrite_execute(std::string_view sql, const tokens& words);
    [[nodiscard]] bool rewrite_deallocate(const tokens& words);
    void rewrite_calls(std::string_view sql, const tokens& words);
    void rewrite_call(std::string_view sql, const tokens& words, std::size_t name);
    void replace_call(const tokens& words, const call& which,
                      const std::vector<std::string>& arguments, const compat_rule& rule);
    void replace_all(const tokens& words, std::string text);
    void report(const std::string& answered, const compat_rule& rule);

    const report_function report_;
    std::set<std::string> reported_;
    std::map<std::string, prepared> prepared_;
    std::vector<edit> edits_;  // of the text that is being rewritten, in its order
};

}  // namespace dsql_cli::proxy
