// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/export.hpp>

#include <cstdint>

namespace dsql {

/// A place in the source of the program: what `std::source_location` is, for compilers whose
/// standard library lacks it (clang 14 with libstdc++), and the same type for all of them. Its
/// texts are literals: they live as long as the program. A plain value.
class source_location {
public:
    constexpr source_location() noexcept = default;

    /// Where it is called from; as a default argument, where the function is called from that has
    /// it.
    [[nodiscard]] static constexpr source_location current(
        const char* file = __builtin_FILE(), const char* function = __builtin_FUNCTION(),
        std::uint_least32_t line = __builtin_LINE()) noexcept {
        source_location here;
        here.file_ = file;
        here.function_ = function;
        here.line_ = line;
        return here;
    }

    /// As the compiler was given it; empty where the place is not known.
    [[nodiscard]] constexpr const char* file_name() const noexcept { return file_; }
    /// Its name alone.
    [[nodiscard]] constexpr const char* function_name() const noexcept { return function_; }
    /// Counted from 1; 0 where the place is not known.
    [[nodiscard]] constexpr std::uint_least32_t line() const noexcept { return line_; }

    /// Whether it is the same call, as far as the addresses of the names tell: false also for the
    /// same line seen by two files that the compiler did not merge.
    [[nodiscard]] constexpr bool operator==(const source_location&) const noexcept = default;

private:
    const char* file_ = "";
    const char* function_ = "";
    std::uint_least32_t line_ = 0;
};

}  // namespace dsql
