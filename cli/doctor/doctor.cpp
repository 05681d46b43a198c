// SPDX-License-Identifier: Apache-2.0
#include "doctor/doctor.hpp"

#include "doctor/checks.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace dsql_cli::doctor {

namespace {

struct check {
    std::string_view name;
    int exit_status;
    const char* fails_for;  ///< null if the check cannot fail
    /// The checks that must have succeeded for this one to run.
    std::array<std::string_view, 2> needs;
    findings (*run)(doctor_context& context);
};

// Names and statuses are part of the interface, because scripts use them. docs/command.md lists
// them.
constexpr std::array<check, 12> checks = {{
    {"config", 10, "settings that cannot be used, or no region", {}, &check_config},
    {"credentials",
     11,
     "no AWS credentials, or a source that fails",
     {"config"},
     &check_credentials},
    {"clock", 12, "this machine's clock is wrong", {"config"}, &check_clock},
    {"dns", 13, "the host name has no address", {"config"}, &check_dns},
    {"tcp", 14, "no address takes a connection", {"dns"}, &check_tcp},
    {"tls", 15, "no TLS, or a certificate that cannot be trusted", {"tcp"}, &check_tls},
    {"login",
     16,
     "the endpoint refuses the token or the session",
     {"credentials", "tls"},
     &check_login},
    {"query", 17, "SELECT 1 or reading a table fails", {"login"}, &check_query},
    {"libpq", 18, nullptr, {"login"}, &check_libpq},
    {"round-trip", 19, "round trips fail or are slow", {"query"}, &check_round_trip},
    {"write", 20, "a commit of changes fails (--write-check)", {"query"}, &check_write},
    // Fails only where login has failed before.
    {"grants", 21, nullptr, {"credentials", "tls"}, &check_grants},
}};

findings run_check(const check& one, doctor_context& context) {
    try {
        return one.run(context);
    } catch (const std::exception& error) {
        return {{.result = outcome::failed, .summary = error.what()}};
    }
}

class check_runner {
public:
    check_runner(const check_options& options, const finding_callback& on_finding)
        : on_finding_(on_finding) {
        context_.options = options;
    }

    std::optional<failed_check> run() {
        for (const check& one : checks) {
            const std::string_view missing = missing_requirement(one);
            if (missing.empty()) {
                report(one, run_check(one, context_));
            } else {
                unavailable_.insert(one.name);
                on_finding_(one.name, {.result = outcome::skipped,
                                       .summary = "needs " + std::string(missing)});
            }
        }
        return std::move(first_);
    }

private:
    std::string_view missing_requirement(const check& one) const {
        for (const std::string_view need : one.needs) {
            if (unavailable_.count(need) != 0) {
                return need;
            }
        }
        return {};
    }

    void report(const check& one, const findings& all) {
        for (const finding& found : all) {
            on_finding_(one.name, found);
            if (found.result == outcome::failed) {
                record_failure(one, found);
            }
        }
    }

    void record_failure(const check& one, const finding& found) {
        unavailable_.insert(one.name);
        if (!first_) {
            first_ = {.check = std::string(one.name),
                      .exit_status = one.exit_status,
                      .summary = found.summary,
                      .advice = found.advice};
        }
    }

    doctor_context context_;
    const finding_callback& on_finding_;
    std::set<std::string_view> unavailable_;
    std::optional<failed_check> first_;
};

}  // namespace

std::optional<failed_check> run_checks(const check_options& options,
                                       const finding_callback& on_finding) {
    return check_runner(options, on_finding).run();
}

std::string format_exit_statuses() {
    std::string text = "0  no check failed\n1  the report cannot be written\n2  wrong usage";
    for (const check& one : checks) {
        if (one.fails_for == nullptr) {
            continue;
        }
        text += '\n';
        text.append(std::to_string(one.exit_status)).append("  ").append(one.name);
        text.append(": ").append(one.fails_for);
    }
    return text;
}

}  // namespace dsql_cli::doctor
