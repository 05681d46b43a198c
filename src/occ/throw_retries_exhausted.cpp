// SPDX-License-Identifier: Apache-2.0
#include "occ/throw_retries_exhausted.hpp"

#include <dsql/error.hpp>
#include <dsql/limit_exceeded_error.hpp>
#include <dsql/occ_conflict.hpp>
#include <dsql/retry_policy.hpp>

#include <memory>
#include <string>
#include <utility>

namespace dsql::detail {

namespace {

// Has the class of the last error and a longer text. The text is shared, because copying an
// exception must not throw.
template <class Failure>
class exhausted final : public Failure, public retries_exhausted {
public:
    exhausted(const Failure& last, const retries_exhausted& totals, std::string text)
        : Failure(last),
          retries_exhausted(totals),
          text_(std::make_shared<const std::string>(std::move(text))) {}

    [[nodiscard]] const char* what() const noexcept override { return text_->c_str(); }

private:
    std::shared_ptr<const std::string> text_;
};

struct retry_summary : retries_exhausted {
    using retries_exhausted::retries_exhausted;
    const char* why = "";
};

template <class Failure>
[[noreturn]] void throw_exhausted(const Failure& last, const retry_summary& all) {
    const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(all.elapsed());
    throw exhausted<Failure>(last, all,
                             std::string(last.what()) + " [given up after " +
                                 std::to_string(all.attempts()) +
                                 (all.attempts() == 1 ? " attempt in " : " attempts in ") +
                                 std::to_string(milliseconds.count()) + " ms: " + all.why + "]");
}

}  // namespace

void rethrow_exhausted(int attempts, std::chrono::nanoseconds elapsed, const char* why) {
    retry_summary all(attempts, elapsed);
    all.why = why;
    try {
        throw;
    } catch (const occ_conflict& last) {
        throw_exhausted(last, all);
    } catch (const batch_error& last) {
        throw_exhausted(last, all);
    } catch (const limit_exceeded_error& last) {
        throw_exhausted(last, all);
    } catch (const server_error& last) {
        throw_exhausted(last, all);
    } catch (const connection_error& last) {
        throw_exhausted(last, all);
    } catch (const commit_unknown_error& last) {
        throw_exhausted(last, all);
    }
}

}  // namespace dsql::detail
