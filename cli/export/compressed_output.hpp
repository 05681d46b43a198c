// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "export/compression.hpp"
#include "export/output_file.hpp"

#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace dsql_cli::exports {

/// An output file that is compressed if its name asks for that. A thread of its own compresses and
/// writes, so that meanwhile more rows are received. Belongs to one thread.
class compressed_output {
public:
    /// Throws what `make_compressor` and `output_file` throw, and std::system_error if there cannot
    /// be another thread.
    explicit compressed_output(const std::string& path);
    ~compressed_output();
    compressed_output(const compressed_output&) = delete;
    compressed_output& operator=(const compressed_output&) = delete;

    /// Writes data, or lets the thread do it. Throws what has failed, also of earlier data.
    void write(std::string_view data);
    /// Writes the rest, and gives the file its name. Throws what has failed.
    void finish();

private:
    /// What the thread shall do when it has compressed `next_`.
    enum class after_next { wait, finish, leave };

    void compress_all();
    [[nodiscard]] bool take_next(std::string& taken);
    void end_thread(after_next how);

    std::unique_ptr<compressor> compressor_;  // null: there is no thread
    output_file file_;

    std::mutex mutex_{};
    std::condition_variable changed_{};
    std::string next_{};  // for the thread to take; guarded by mutex_, like what follows
    after_next then_ = after_next::wait;
    std::exception_ptr failure_{};  // of the thread, which has then ended

    std::thread thread_{};
};

}  // namespace dsql_cli::exports
