// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/observer.hpp>

#include <exception>
#include <memory>

namespace dsql::detail {

/// An error as an observer sees it: of the same class, without values of parameters.
///
/// PostgreSQL quotes values in the DETAIL and CONTEXT of an error, and in messages such as `invalid
/// input syntax for type integer: "x"`. DETAIL, CONTEXT and queries of the server itself are left
/// out; in messages and hints, what is in quotes is replaced, unless the statement has it or the
/// server says that it is a name. Of a `conversion_error`, numbers and what is in quotes are
/// replaced after the parameter or column.
class value_free_error {
public:
    /// Keeps a reference to `failure` if it holds no values.
    explicit value_free_error(const std::exception& failure) noexcept;
    [[nodiscard]] const std::exception& get() const noexcept {
        return copy_ == nullptr ? original_ : *copy_;
    }

private:
    const std::exception& original_;
    std::shared_ptr<const std::exception> copy_{};
};

/// Calls `tell` with an error, which may be null, as `told` wants to see it.
template <class F>
void tell_failure(const observer& told, const std::exception* failure, F tell) noexcept {
    if (failure == nullptr || told.wants_values()) {
        tell(failure);
    } else {
        tell(&value_free_error(*failure).get());
    }
}

}  // namespace dsql::detail
