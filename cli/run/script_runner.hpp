// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/async_job.hpp>
#include <dsql/config.hpp>
#include <dsql/error.hpp>

#include "cluster_session.hpp"
#include "run/applied_steps.hpp"
#include "run/script_plan.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace dsql_cli::run {

/// What to run, and how.
struct run_options {
    dsql::config settings{};
    std::string table = "dsql_run";  ///< that records what was applied; empty: nothing is recorded
    /// Only print what would be run. Without a table, this connects to nothing.
    bool is_dry_run = false;
    std::function<void(const std::string& line)> print{};
};

/// Runs scripts step by step, each as DSQL wants it. A step that has been applied is not run again.
/// Belongs to one thread.
class script_runner {
public:
    explicit script_runner(run_options options);

    /// Checks all scripts, then runs what has not been applied yet. Throws `script_failure`.
    void run(const std::vector<script_plan>& scripts);

private:
    /// What the current step needs while it runs.
    struct running_step {
        const script_plan* script = nullptr;
        const script_step* step = nullptr;
        const sql::sql_statement* statement = nullptr;  // that runs, for its error
        bool may_be_applied = false;  // an attempt whose outcome is not known was made before
        std::string job_id{};
    };

    [[nodiscard]] std::vector<std::map<int, applied_step>> load_applied(
        const std::vector<script_plan>& scripts);
    void run_script(const script_plan& script, const std::map<int, applied_step>& applied);
    void print_script(const script_plan& script, const std::map<int, applied_step>& applied) const;
    void run_step(running_step& running);
    [[nodiscard]] std::string run_by_kind(running_step& running);
    [[nodiscard]] std::string run_setting(running_step& running);
    [[nodiscard]] std::string run_transaction(running_step& running);
    [[nodiscard]] std::string run_schema(running_step& running);
    [[nodiscard]] std::string execute_alone(running_step& running);
    [[nodiscard]] std::string wait_for(running_step& running);
    [[nodiscard]] std::string find_job_of_index(const std::string& message);
    void require_valid_index(const std::string& index);
    void require_valid_index(const sql::sql_statement& statement);
    void keep_settings(const script_step& step, bool was_run);
    [[nodiscard]] std::string advice_for(const running_step& running, const dsql::error& thrown);
    [[nodiscard]] bool is_recorded(const running_step& running) const noexcept;
    void print(const running_step& running, const std::string& what) const;

    run_options options_;
    std::optional<cluster_session> session_{};  // none for a dry run that needs no table
    std::optional<applied_steps> applied_{};
    int applied_now_ = 0;  // steps of this run that are recorded
};

}  // namespace dsql_cli::run
