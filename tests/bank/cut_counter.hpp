// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/dsql.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <string>

/// Counts at which stage connections were cut. Thread-safe.
class cut_counter final : public dsql::observer {
public:
    void connect_ended(span, const std::exception* failure) noexcept override {
        if (const auto* const broken = dynamic_cast<const dsql::connection_error*>(failure)) {
            ++connects_[static_cast<std::size_t>(broken->phase())];
        }
    }
    span query_started(const dsql::query_event& event) noexcept override {
        return event.sql.starts_with("COMMIT") ? commit : statement;
    }
    void query_ended(span kind, const dsql::query_end_event& ended) noexcept override {
        const bool is_cut = dynamic_cast<const dsql::connection_error*>(ended.error) != nullptr ||
                            dynamic_cast<const dsql::commit_unknown_error*>(ended.error) != nullptr;
        if (is_cut) {
            ++(kind == commit ? commits_ : statements_);
        }
    }

    /// Prints the counts. Returns whether there was a cut at each stage: in a TLS handshake, in a
    /// login, in a statement, and in a COMMIT or its result.
    [[nodiscard]] bool print() const {
        std::int64_t logins = 0;
        for (const auto phase : {dsql::connection_phase::tcp, dsql::connection_phase::tls,
                                 dsql::connection_phase::auth, dsql::connection_phase::startup}) {
            const std::int64_t count = connects_[static_cast<std::size_t>(phase)];
            std::printf("cut in a connect, phase %s: %lld\n",
                        std::string(dsql::to_string(phase)).c_str(), static_cast<long long>(count));
            logins +=
                phase == dsql::connection_phase::auth || phase == dsql::connection_phase::startup
                    ? count
                    : 0;
        }
        std::printf("cut in a statement: %lld, in a COMMIT: %lld\n",
                    static_cast<long long>(statements_), static_cast<long long>(commits_));
        return connects_[static_cast<std::size_t>(dsql::connection_phase::tls)] > 0 && logins > 0 &&
               statements_ > 0 && commits_ > 0;
    }

private:
    static constexpr span statement = 1;
    static constexpr span commit = 2;
    static constexpr std::size_t phases =
        static_cast<std::size_t>(dsql::connection_phase::established) + 1;

    std::array<std::atomic<std::int64_t>, phases> connects_{};
    std::atomic<std::int64_t> statements_{0};
    std::atomic<std::int64_t> commits_{0};
};
