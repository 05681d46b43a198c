// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "aws/wipe.hpp"

#include <string>

namespace dsql::detail {

/// Wipes a text that someone else owns at the end of a scope, whichever way that is left.
class wipe_guard {
public:
    /// `text` outlives the guard.
    explicit wipe_guard(std::string& text) noexcept : text_(text) {}
    ~wipe_guard() { wipe(text_); }
    wipe_guard(const wipe_guard&) = delete;
    wipe_guard& operator=(const wipe_guard&) = delete;

private:
    std::string& text_;
};

}  // namespace dsql::detail
