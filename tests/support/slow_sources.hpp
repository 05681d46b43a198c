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

/// A source of credentials that never responds.
class slow_source {
public:
    slow_source();
    slow_source(const slow_source&) = delete;
    slow_source& operator=(const slow_source&) = delete;
    virtual ~slow_source() = default;

    /// Returns a config that uses this source.
    [[nodiscard]] virtual dsql::config settings() = 0;
    /// Waits until the source has got a request.
    virtual void await_asked() = 0;
    /// Waits until the request is abandoned: the process is dead, or the connection is closed.
    /// Returns at once for a source without a request and for a function of the program.
    virtual void await_left() = 0;
    /// The text in an error that names what it waited for.
    [[nodiscard]] virtual std::string activity() const = 0;

protected:
    /// Writes the AWS config file with this text.
    void write_config(const std::string& text);
    [[nodiscard]] const temporary_directory& home() const noexcept { return home_; }
    [[nodiscard]] scoped_environment& environment() noexcept { return environment_; }

private:
    temporary_directory home_;
    scoped_environment environment_;
};

/// A kind of slow source and its name.
struct slow_source_kind {
    const char* name = "";
    std::function<std::unique_ptr<slow_source>()> make{};
};

/// All kinds of slow sources.
[[nodiscard]] const std::vector<slow_source_kind>& slow_source_kinds();
