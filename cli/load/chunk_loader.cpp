// SPDX-License-Identifier: Apache-2.0
#include "load/chunk_loader.hpp"

#include <dsql/limit_exceeded_error.hpp>
#include <dsql/transact.hpp>

#include "load/run_repeatable.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

namespace dsql_cli::load {

namespace {

// The ledger says that another transaction has made this step, or a longer one.
struct superseded {};

// Why rows could not be written.
struct row_failure {
    std::string sqlstate{};
    std::string reason{};
    std::optional<std::size_t> row{};  ///< which one, as the server says
};

// Whether fewer rows, or other ones, can be written although these could not be.
bool is_about_rows(const dsql::server_error& thrown) {
    if (const auto* const limit = dynamic_cast<const dsql::limit_exceeded_error*>(&thrown)) {
        switch (limit->limit()) {
            case dsql::exceeded_limit::schema_objects:
            case dsql::exceeded_limit::storage:
            case dsql::exceeded_limit::other:
                return false;
            default:
                return true;
        }
    }
    const std::string_view sqlstate = thrown.sqlstate();
    return sqlstate.starts_with("22") || sqlstate.starts_with("23");
}

std::string reason_of(const dsql::server_error& thrown) {
    const dsql::server_error_fields& fields = thrown.fields();
    std::string reason = fields.message;
    if (!fields.detail.empty()) {
        reason += ": " + fields.detail;
    }
    constexpr std::string_view column = ", column ";
    // "COPY orders, line 3, column price: "abc"": the value is in the row.
    if (const std::size_t at = fields.context.find(column); at != std::string::npos) {
        const std::string_view name = std::string_view(fields.context).substr(at + column.size());
        reason += " (column " + std::string(name.substr(0, name.find(": "))) + ")";
    }
    return reason;
}

std::string_view without_end(std::string_view row) {
    while (row.ends_with('\n') || row.ends_with('\r')) {
        row.remove_suffix(1);
    }
    return row;
}

// What the server's error does not say: without quotes, a carriage return ends a row for it.
std::string advice_for(std::string_view row) {
    return row.find('\r') == std::string_view::npos ? "" : "; the row has a carriage return in it";
}

}  // namespace

std::optional<std::size_t> blamed_row(const dsql::server_error& thrown, const chunk& sent,
                                      std::size_t first, std::size_t last) {
    constexpr std::string_view marker = ", line ";
    const std::string& context = thrown.fields().context;
    const std::size_t at = context.find(marker);
    std::size_t line = 0;
    if (!context.starts_with("COPY ") || at == std::string::npos ||
        std::from_chars(context.data() + at + marker.size(), context.data() + context.size(), line)
                .ec != std::errc()) {
        return std::nullopt;
    }
    // Lines of the COPY: rows with line breaks have several, bad rows were not sent.
    std::size_t lines = 0;
    for (const std::size_t row : sent_rows(sent, first, last)) {
        const std::string_view text = sent.text(row, row + 1);
        lines += std::max<std::size_t>(
            1, static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')));
        if (lines >= line) {
            return row;
        }
    }
    return std::nullopt;
}

// The load of one chunk.
class chunk_loader::run {
public:
    run(const chunk_loader& loader, const chunk& loaded, const chunk_state& state)
        : parts_(loader.parts_),
          load_(loader.load_),
          file_(loader.file_),
          chunk_(loaded),
          state_(state),
          suspect_end_(static_cast<std::size_t>(state.done)),
          announced_(static_cast<std::size_t>(state.done)) {}

    chunk_state finish() {
        while (done() < chunk_.rows()) {
            const std::size_t end = next_end();
            announce_bad_rows(end);
            if (const std::optional<row_failure> failure = try_rows(end)) {
                after_failure(*failure, end);
            }
        }
        return state_;
    }

private:
    [[nodiscard]] std::size_t done() const noexcept {
        return static_cast<std::size_t>(state_.done);
    }

    // Up to where the next transaction loads. If rows up to `suspect_end_` failed together, half of
    // them, and so on until one row is left.
    [[nodiscard]] std::size_t next_end() const noexcept {
        if (suspect_end_ <= done()) {
            return chunk_.rows();
        }
        if (blamed_ && *blamed_ > done() && *blamed_ < suspect_end_) {
            return *blamed_;
        }
        return done() + std::max<std::size_t>(1, (suspect_end_ - done()) / 2);
    }

    void after_failure(const row_failure& failure, std::size_t end) {
        if (end - done() == 1) {
            reject_row(failure);
            return;
        }
        // The server's word speeds the search up. It is not relied on: a row is rejected only if it
        // fails alone.
        const bool is_within = failure.row && *failure.row >= done() && *failure.row < end;
        blamed_ = is_within ? failure.row : std::nullopt;
        suspect_end_ = is_within ? *failure.row + 1 : end;
    }

    // Rejects the first row that is not done.
    void reject_row(const row_failure& failure) {
        // A transaction with an unknown outcome may have loaded the row after all. Then it is
        // that row which this one collides with.
        if (reload_state()) {
            return;
        }
        announce(done(), failure.sqlstate, failure.reason + advice_for(row_text(done())));
        chunk_state next = state_;
        ++next.done;
        ++next.rejected;
        commit(next, [](dsql::transaction&) { return std::int64_t{0}; });
    }

    std::optional<row_failure> try_rows(std::size_t end) {
        const std::size_t first = done();
        const std::size_t sent = sent_rows(chunk_, first, end).size();
        chunk_state next = state_;
        next.done = static_cast<std::int64_t>(end);
        next.rejected += static_cast<std::int64_t>(end - first - sent);
        try {
            commit(next, [&](dsql::transaction& running) {
                return sent == 0 ? 0 : parts_.writer.write(running, chunk_, first, end);
            });
        } catch (const dsql::server_error& thrown) {
            if (!is_about_rows(thrown)) {
                throw;
            }
            return row_failure{.sqlstate = thrown.sqlstate(),
                               .reason = reason_of(thrown),
                               .row = blamed_row(thrown, chunk_, first, end)};
        } catch (const row_count_mismatch& thrown) {
            return row_failure{.reason = thrown.what()};
        }
        return std::nullopt;
    }

    // Gets to the state in one transaction, in which `write` writes rows and returns how many it
    // skipped. Whatever becomes of the transaction, `state_` is afterwards what the ledger says.
    template <class F>
    void commit(const chunk_state& next, const F& write) {
        for (int attempt = 1;; ++attempt) {
            try {
                state_ = commit_once(next, write);
                return;
            } catch (const superseded&) {
                if (reload_state()) {
                    return;
                }
                if (attempt == most_unknown_outcomes) {
                    throw std::runtime_error("the records of this load contradict themselves");
                }
                continue;
            } catch (const dsql::commit_unknown_error&) {
                end_after(attempt);
            } catch (const dsql::timeout_error&) {
                end_after(attempt);
            }
            parts_.unknown_outcomes.fetch_add(1);
            wait_after_unknown_outcome(attempt);
            if (reload_state()) {
                return;
            }
        }
    }

    // In the handler of an exception, which it throws again after too many attempts.
    static void end_after(int attempt) {
        if (attempt == most_unknown_outcomes) {
            throw;
        }
    }

    template <class F>
    chunk_state commit_once(const chunk_state& next, const F& write) {
        return dsql::transact(parts_.pool, load_retry_policy(), [&](dsql::transaction& running) {
            // First, so that the rows of a transaction that was committed after all are not
            // written, or compared with themselves.
            if (!parts_.ledger.advance(running, load_, chunk_, state_, next)) {
                throw superseded{};
            }
            chunk_state reached = next;
            if (const std::int64_t skipped = write(running); skipped != 0) {
                reached.skipped += skipped;
                parts_.ledger.set_skipped(running, load_, chunk_.number, reached.skipped);
            }
            return reached;
        });
    }

    // Returns whether the ledger has another state than was known.
    [[nodiscard]] bool reload_state() {
        if (!parts_.ledger.has_same_table()) {
            throw std::runtime_error(
                file_ +
                ": the table was dropped or renamed while the file was loaded. Run the "
                "same command again to load it into the table that has this name now");
        }
        const std::optional<chunk_state> recorded = parts_.ledger.state_of(load_, chunk_.number);
        if (!recorded) {
            throw ended_elsewhere{};
        }
        return std::exchange(state_, *recorded) != *recorded;
    }

    // Rows that the loader itself rejects are announced before the transaction that counts them.
    void announce_bad_rows(std::size_t end) {
        for (const bad_row& each : chunk_.bad) {
            if (each.row >= announced_ && each.row < end) {
                announce(each.row, {}, each.reason);
            }
        }
        announced_ = std::max(announced_, end);
    }

    void announce(std::size_t row, const std::string& sqlstate, const std::string& reason) {
        parts_.rejected.add({.file = file_,
                             .line = chunk_.line_of(row),
                             .sqlstate = sqlstate,
                             .reason = reason,
                             .row = std::string(row_text(row))});
    }

    [[nodiscard]] std::string_view row_text(std::size_t row) const noexcept {
        return without_end(chunk_.text(row, row + 1));
    }

    const parts& parts_;
    const load_key& load_;
    const std::string& file_;
    const chunk& chunk_;
    chunk_state state_;
    std::size_t suspect_end_;              // rows up to here failed together; done(): none did
    std::optional<std::size_t> blamed_{};  // the one of them that the server names
    std::size_t announced_;                // bad rows before this one are counted
};

chunk_loader::chunk_loader(const parts& used, load_key load, std::string file)
    : parts_(used), load_(std::move(load)), file_(std::move(file)) {}

chunk_state chunk_loader::load(const chunk& loaded, chunk_state state) const {
    return run(*this, loaded, state).finish();
}

}  // namespace dsql_cli::load
