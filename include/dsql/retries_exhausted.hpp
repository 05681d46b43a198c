// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/export.hpp>

#include <chrono>

namespace dsql {

/// What the last failure also is when retries did not help: catch the failure by its own class (of
/// this library), for example `occ_conflict`, or any of them as this. Not tried again by a loop
/// around. Its text has both numbers as well.
class DSQL_EXPORT retries_exhausted {
public:
    /// After so many tries, the first included.
    retries_exhausted(int attempts, std::chrono::nanoseconds elapsed) noexcept
        : attempts_(attempts), elapsed_(elapsed) {}
    virtual ~retries_exhausted();

    /// How often it was tried: the first try and the retries.
    [[nodiscard]] int attempts() const noexcept { return attempts_; }
    /// From the first try to giving up, waits included.
    [[nodiscard]] std::chrono::nanoseconds elapsed() const noexcept { return elapsed_; }

protected:
    retries_exhausted(const retries_exhausted&) noexcept = default;
    retries_exhausted& operator=(const retries_exhausted&) noexcept = default;

private:
    int attempts_;
    std::chrono::nanoseconds elapsed_;
};

}  // namespace dsql
