// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace dsql_local_test {

/// Behaves like PostgreSQL at the level of messages: names, skipping after an error, COPY, the
/// state of the transaction. It knows a few statements. Prepared statements and portals are only
/// their texts.
class model_server {
public:
    /// Takes bytes from the client and returns what PostgreSQL has sent after them. Like
    /// PostgreSQL, it keeps responses until an error, ReadyForQuery or CopyInResponse.
    std::string serve(std::string_view bytes);

    /// From now on, a portal is gone once it was executed.
    void drop_executed_portals() noexcept { drops_executed_portals_ = true; }

    bool is_closed() const noexcept { return is_closed_; }

    /// How often `SET lock_timeout` was executed.
    int settings() const noexcept { return settings_; }
    /// How many transactions that had written were committed.
    int commits() const noexcept { return commits_; }

private:
    struct failure {
        const char* sqlstate;
        std::string message;
    };

    void on_message(char type, std::string_view body);
    void on_extended(char type, std::string_view body);
    void on_query(std::string_view sql);
    void continue_query();
    void on_copy_message(char type);
    void parse(std::string_view body);
    void bind(std::string_view body);
    void close(std::string_view body);
    void describe(std::string_view body);
    void execute(std::string_view body);
    void check_abort(const std::string& sql) const;
    void run(const std::string& sql);
    void run_copy(const std::string& sql);
    void commit();
    void fail(const failure& error);
    void ready();
    void end_transaction();

    void put(char type, std::string_view body = {});
    void complete(const std::string& tag) { put('C', tag + '\0'); }

    std::string input_;
    std::string rest_of_query_;
    std::string kept_;
    std::string output_;
    std::map<std::string, std::string, std::less<>> statements_;
    std::map<std::string, std::string, std::less<>> portals_;
    char status_ = 'I';
    bool has_written_ = false;
    bool is_skipping_ = false;
    bool is_extended_ = false;  // the message that is processed
    bool is_copying_ = false;
    bool is_closed_ = false;
    bool drops_executed_portals_ = false;
    int settings_ = 0;
    int commits_ = 0;
};

}  // namespace dsql_local_test
