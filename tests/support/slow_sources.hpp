// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/config.hpp>

#include "support/event.hpp"
#include "support/loopback_server.hpp"
#include "support/scoped_environment.hpp"
#include "support/temporary_directory.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

/// A source of credentials that is asked and never answers.
class slow_source {
public:
    slow_source();
    slow_source(const slow_source&) = delete;
    slow_source& operator=(const slow_source&) = delete;
    virtual ~slow_source() = default;

    /// A config that asks this source.
    [[nodiscard]] virtual dsql::config settings() = 0;
    /// Waits until the source has been asked.
    virtual void await_asked() = 0;
    /// Waits until nobody asks any more: the process is dead, or the connection closed. Returns at
    /// once for a source that was not asked, and for a function of the program's.
    virtual void await_left() = 0;
    /// What an error says that it waited for.
    [[nodiscard]] virtual std::string activity() const = 0;

protected:
    /// The config files hold this text, and nothing else is configured.
    void write_config(const std::string& text);
    [[nodiscard]] const temporary_directory& home() const noexcept { return home_; }
    [[nodiscard]] scoped_environment& environment() noexcept { return environment_; }

private:
    temporary_directory home_;
    scoped_environment environment_;
};

/// One kind of slow source, with its name.
struct slow_source_kind {
    const char* name = "";
    std::function<std::unique_ptr<slow_source>()> make{};
};

/// All kinds of sources that there are.
[[nodiscard]] const std::vector<slow_source_kind>& slow_source_kinds();
