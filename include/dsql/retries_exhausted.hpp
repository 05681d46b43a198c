// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/export.hpp>

#include <chrono>

namespace dsql {

/// A second base class of the error that is thrown when retries did not help. Catch that error by
/// its own class, for example `occ_conflict`, or any such error as `retries_exhausted`. A retry
/// loop around it does not try it again. The error's text has both numbers too.
class DSQL_EXPORT retries_exhausted {
public:
    /// `attempts` includes the first one.
    retries_exhausted(int attempts, std::chrono::nanoseconds elapsed) noexcept
        : attempts_(attempts), elapsed_(elapsed) {}
    virtual ~retries_exhausted();

    /// The number of attempts: the first one and the retries.
    [[nodiscard]] int attempts() const noexcept { return attempts_; }
    /// The time from the first attempt to giving up, waits included.
    [[nodiscard]] std::chrono::nanoseconds elapsed() const noexcept { return elapsed_; }

protected:
    retries_exhausted(const retries_exhausted&) noexcept = default;
    retries_exhausted& operator=(const retries_exhausted&) noexcept = default;

private:
    int attempts_;
    std::chrono::nanoseconds elapsed_;
};

}  // namespace dsql
