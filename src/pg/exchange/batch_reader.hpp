// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/batch.hpp>

#include "pg/exchange/statement_list.hpp"

#include <cstddef>
#include <optional>
#include <vector>

namespace dsql::pg {

/// Reads the statements of a batch, one at a time. The batch outlives it.
class batch_reader final : public statement_list {
public:
    explicit batch_reader(const batch& statements) noexcept : of_(statements) {}

    [[nodiscard]] std::size_t size() const noexcept override { return of_.size(); }
    [[nodiscard]] sql_text sql(std::size_t index) const override;
    [[nodiscard]] detail::argument_view values(std::size_t index) override;
    [[nodiscard]] std::size_t value_count(std::size_t index) const noexcept override;
    [[nodiscard]] const statement_traits& traits(std::size_t index) override;
    [[nodiscard]] bool is_batch() const noexcept override { return true; }

private:
    const batch& of_;
    std::vector<std::optional<statement_traits>> traits_{};  // of each text; batches repeat them
    std::vector<const char*> pointers_{};
};

}  // namespace dsql::pg
