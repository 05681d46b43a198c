// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/transaction.hpp>

#include "cluster_session.hpp"
#include "run/script_plan.hpp"

#include <map>
#include <optional>
#include <string>

namespace dsql_cli::run {

/// What the table says of a step.
struct applied_step {
    std::string digest{};
    bool is_done = false;  ///< false: it was started, and may have been applied
    std::string job_id{};  ///< of the job that it has started; empty: none is known
    std::string time{};    ///< of the last change, in UTC
};

/// The table in the cluster that says which steps of which scripts have been applied.
class applied_steps {
public:
    /// `table` is "name" or "schema.name", of plain identifiers. `session` must stay alive.
    applied_steps(cluster_session& session, const std::string& table);

    /// The table's name with its schema, as it is written in SQL.
    [[nodiscard]] const std::string& table() const noexcept { return table_; }

    /// Makes the table if it is missing.
    void create();
    /// The steps of a script by their numbers; none if there is no table.
    [[nodiscard]] std::map<int, applied_step> load(const std::string& script);

    /// Records in the transaction of a step that it is done. Returns false if it has been recorded
    /// before. Two transactions that record one step cannot both commit.
    [[nodiscard]] bool record(dsql::transaction& running, const std::string& script,
                              const script_step& step) const;

    /// Notes that a step which has no transaction for its record begins. Returns false if it is
    /// recorded as done, which another process may have done meanwhile.
    [[nodiscard]] bool note_start(const std::string& script, const script_step& step);
    /// Notes the job that a step has started.
    void note_job(const std::string& script, const script_step& step, const std::string& job_id);
    /// Notes that a step is done.
    void note_end(const std::string& script, const script_step& step);
    /// Removes the note of a step that has certainly not been applied.
    void forget(const std::string& script, const script_step& step);

private:
    [[nodiscard]] bool exists();
    [[nodiscard]] bool put(const std::string& script, const script_step& step, const char* state,
                           const std::optional<std::string>& job_id);

    cluster_session& session_;
    std::string schema_;
    std::string name_;
    std::string table_;
};

}  // namespace dsql_cli::run
