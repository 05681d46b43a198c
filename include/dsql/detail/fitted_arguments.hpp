// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/byte_writer.hpp>
#include <dsql/detail/arguments.hpp>
#include <dsql/export.hpp>
#include <dsql/oid.hpp>

#include <cstddef>
#include <span>
#include <vector>

namespace dsql::detail {

/// Where the types of a statement's parameters come from.
enum class standing_types {
    /// The server inferred them for a statement that was sent without types, and each parameter is
    /// prepared with its `settled_type`. A value without a rule is sent as declared.
    inferred,
    /// They are the types of a prepared statement, whatever the types of the values. A binary value
    /// of another type for which there is no rule is a `conversion_error`.
    prepared,
};

/// A call's values, converted to the types of its parameters. Borrows the values that need no
/// conversion, so it must not outlive the view that it was made from.
class DSQL_EXPORT fitted_arguments {
public:
    /// `types` has an element for each value. Throws `conversion_error` that names the parameter
    /// for a value that does not fit.
    fitted_arguments(const argument_view& values, std::span<const oid> types, standing_types how);
    fitted_arguments(const fitted_arguments&) = delete;
    fitted_arguments& operator=(const fitted_arguments&) = delete;
    ~fitted_arguments() = default;

    /// The values as libpq takes them, with the types that their parameters are prepared with.
    [[nodiscard]] argument_view view() const noexcept;

private:
    void fit(std::size_t index, oid standing, standing_types how);
    void check_text(std::size_t index, oid standing) const;
    void fit_binary(std::size_t index, oid standing, standing_types how);

    std::vector<oid> types_{};
    std::vector<const char*> values_{};
    std::vector<int> lengths_{};
    std::vector<int> formats_{};
    std::vector<std::size_t> offsets_{};  // in the buffer, or `not_in_buffer`
    byte_writer buffer_{};
};

}  // namespace dsql::detail
