// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/export.hpp>

#include <cstdint>

namespace dsql {

/// A place in the source code of the program. It replaces `std::source_location`, which clang 14
/// with libstdc++ lacks, so that the type is the same with all compilers. Its texts are literals:
/// they live as long as the program. A plain value.
class source_location {
public:
    constexpr source_location() noexcept = default;

    /// Returns the place of the call. As a default argument of a function, returns the place where
    /// that function is called.
    [[nodiscard]] static constexpr source_location current(
        const char* file = __builtin_FILE(), const char* function = __builtin_FUNCTION(),
        std::uint_least32_t line = __builtin_LINE()) noexcept {
        source_location here;
        here.file_ = file;
        here.function_ = function;
        here.line_ = line;
        return here;
    }

    /// The file, as it was given to the compiler; empty if the place is not known.
    [[nodiscard]] constexpr const char* file_name() const noexcept { return file_; }
    /// The name of the function, without its parameters.
    [[nodiscard]] constexpr const char* function_name() const noexcept { return function_; }
    /// The line, counted from 1; 0 if the place is not known.
    [[nodiscard]] constexpr std::uint_least32_t line() const noexcept { return line_; }

    /// Whether the places are the same. Compares the addresses of the names, so it may be false for
    /// the same line of a header that was compiled into two object files.
    [[nodiscard]] constexpr bool operator==(const source_location&) const noexcept = default;

private:
    const char* file_ = "";
    const char* function_ = "";
    std::uint_least32_t line_ = 0;
};

}  // namespace dsql
