// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/call_limits.hpp>
#include <dsql/detail/session_pin.hpp>
#include <dsql/export.hpp>
#include <dsql/transaction.hpp>

#include <cstdint>

namespace dsql::detail {

/// Puts limits on every statement of a transaction while it lives, on top of the limits of each.
/// Pins the session, so that it goes back to its pool without these limits.
class DSQL_EXPORT limited_transaction {
public:
    /// Throws `error` for a transaction that is over.
    limited_transaction(transaction& limited, const call_limits& limits);
    ~limited_transaction();
    limited_transaction(const limited_transaction&) = delete;
    limited_transaction& operator=(const limited_transaction&) = delete;

    /// Whether the transaction has failed or lost its connection.
    [[nodiscard]] bool has_failed() const noexcept;
    /// Whether it was committed, as far as can be told: nothing of it may be repeated.
    [[nodiscard]] bool may_be_committed() const noexcept;
    /// Throws `error` when the transaction goes on in another object than the one it was in, where
    /// nobody would commit it.
    void require_kept() const;

private:
    const transaction& transaction_;
    session_pin session_;
    std::uint64_t number_;
    call_limits before_;  // of a pool's hook that this runs in
};

}  // namespace dsql::detail
