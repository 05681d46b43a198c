// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/detail/arguments.hpp>

#include <cstddef>

namespace dsql::pg {

/// One message group of a pipeline. Texts are borrowed until the command has been queued.
struct pipeline_command {
    enum class kind {
        close,     ///< forget the prepared statement `name`
        prepare,   ///< prepare `sql` as `name`, with the types of `values`
        describe,  ///< say what the prepared statement `name` takes and returns
        execute,   ///< run the prepared statement `name`, or `sql` where `name` is empty
    };

    kind what = kind::execute;
    const char* name = "";
    const char* sql = "";
    detail::argument_view values{};
    /// Which statement of the batch it is for.
    std::size_t statement = 0;
};

/// Supplies the commands of a pipeline, one at a time, while it is being sent.
class command_source {
public:
    command_source() = default;
    command_source(const command_source&) = delete;
    command_source& operator=(const command_source&) = delete;
    virtual ~command_source() = default;

    /// Sets the next command; false when there are no more.
    [[nodiscard]] virtual bool next(pipeline_command& command) = 0;
};

}  // namespace dsql::pg
