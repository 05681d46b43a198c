// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace dsql_cli::exports {

/// The file that an export writes. It gets its name when it is whole, and replaces a file of that
/// name then. Before, it has no name at all where the file system allows that (O_TMPFILE), so that
/// nothing is left even after SIGKILL; elsewhere it has the name of a hidden file beside it, which
/// the destructor removes. A pipe or device is written to directly. Belongs to one thread. The
/// functions throw std::system_error, which names the file.
class output_file {
public:
    /// "-" is standard output.
    explicit output_file(const std::string& path);
    ~output_file();
    output_file(const output_file&) = delete;
    output_file& operator=(const output_file&) = delete;

    /// Writes all of it.
    void write(std::string_view data);
    /// Makes sure that all is on the disk, and gives the file its name.
    void finish();

private:
    enum class file_kind { direct, unnamed, hidden };

    void open_new();
    void name_unnamed();
    [[noreturn]] void fail(const char* what) const;

    std::string path_;    // for messages, and the name that it gets
    std::string hidden_;  // the name that it has until then; empty: none
    file_kind kind_ = file_kind::direct;
    int descriptor_ = -1;
    bool owns_descriptor_ = true;
};

}  // namespace dsql_cli::exports
