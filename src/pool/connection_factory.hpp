// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/config.hpp>
#include <dsql/pool_options.hpp>

#include "connector/connector.hpp"
#include "pool/connection_rate.hpp"
#include "pool/connection_slot.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>

namespace dsql::detail {

/// Opens the connections of a pool: waits for the connection rate of the cluster and calls the
/// hooks. Thread-safe.
class connection_factory {
public:
    /// Throws `config_error`.
    connection_factory(const config& settings, const pool_options& options);

    /// Opens a connection. Throws what `dsql::connect` and the hooks throw, and sets `in_hook` when
    /// the exception comes from a hook.
    [[nodiscard]] std::unique_ptr<connection_slot> make(const std::stop_token& stop, bool& in_hook);

    [[nodiscard]] std::int64_t token_refreshes() const { return source_.token_refreshes(); }

private:
    [[nodiscard]] connect_settings settings_for_connect(bool& in_hook) const;
    [[nodiscard]] connection open(const connect_settings& as, const std::stop_token& stop);
    void call_after_connect(connection& opened, const std::stop_token& stop, bool& in_hook) const;

    connector source_;
    const std::function<void(connect_settings&)> before_connect_;
    const std::function<void(connection&)> after_connect_;
    const std::shared_ptr<const pool_hooks> hooks_;
    const std::shared_ptr<connection_rate> rate_;  // null when the rate is not limited
};

}  // namespace dsql::detail
