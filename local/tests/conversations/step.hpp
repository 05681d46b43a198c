// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace dsql_local_test {

/// What a client does after a message.
enum class afterwards {
    write_more,        ///< writes the next message into the same buffer
    send,              ///< sends what it has written
    read_until_idle,   ///< sends, and reads everything up to the response to finish()
    read_until_result  ///< sends, and reads up to the end of an Execute, which a Flush follows
};

/// A message of a client.
struct step {
    std::string text;  ///< what it is, for people
    std::string bytes;
    afterwards then = afterwards::write_more;
};

/// A parameter of Bind: its bytes, or std::nullopt for NULL, and its format (0: text, 1: binary).
struct bound_parameter {
    std::optional<std::string> value;
    std::uint16_t format = 0;
};

/// The messages of the frontend. Source:
/// https://www.postgresql.org/docs/15/protocol-message-formats.html
step query(const std::string& sql);
step parse(const std::string& name, const std::string& sql,
           const std::vector<std::uint32_t>& types = {});
step bind(const std::string& portal, const std::string& statement,
          const std::vector<bound_parameter>& parameters,
          const std::vector<std::uint16_t>& result_formats);
step describe(char kind, const std::string& name);  ///< kind: 'S' for a statement, 'P' for a portal
step execute(const std::string& portal, std::uint32_t max_rows);
step close(char kind, const std::string& name);
step sync();
step flush();
step copy_data(const std::string& data);
step copy_done();
step copy_fail(const std::string& reason);

/// Ends whatever the session is doing, but not its transaction: CopyFail, which the server ignores
/// outside of COPY, Sync, and an empty query. Only an empty query is answered by EmptyQueryResponse
/// and then ReadyForQuery, so that a reader knows where the responses end.
step finish();

}  // namespace dsql_local_test
