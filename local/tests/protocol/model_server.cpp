// SPDX-License-Identifier: Apache-2.0
#include "protocol/model_server.hpp"

#include "wire/messages.hpp"

#include <algorithm>
#include <utility>

namespace dsql_local_test {

namespace {

bool starts_with(std::string_view text, std::string_view beginning) {
    return text.substr(0, beginning.size()) == beginning;
}

std::string without_blanks(const std::string& sql) {
    const std::size_t begin = std::min(sql.find_first_not_of(" \n"), sql.size());
    return sql.substr(begin, sql.find_last_not_of(" \n") + 1 - begin);
}

bool ends_transaction(std::string_view sql) {
    return sql == "COMMIT" || sql == "ROLLBACK" || starts_with(sql, "PREPARE TRANSACTION");
}

}  // namespace

std::string model_server::serve(std::string_view bytes) {
    input_ += bytes;
    while (!is_closed_ && input_.size() >= 5) {
        const std::size_t size =
            std::size_t{1} + wire::read_uint32(std::string_view(input_).substr(1));
        if (input_.size() < size) {
            break;
        }
        const std::string message = input_.substr(0, size);
        input_.erase(0, size);
        on_message(message[0], std::string_view(message).substr(5));
    }
    return std::exchange(output_, {});
}

void model_server::put(char type, std::string_view body) {
    kept_ += wire::encode_message(type, body);
    if (type == 'E' || type == 'Z' || type == 'G') {
        output_ += std::exchange(kept_, {});
    }
}

void model_server::on_message(char type, std::string_view body) {
    try {
        if (is_copying_) {
            on_copy_message(type);
        } else if (type == 'S') {
            is_skipping_ = false;
            is_extended_ = false;
            ready();
        } else if (is_skipping_ || type == 'd' || type == 'c' || type == 'f') {
            return;
        } else if (type == 'Q') {
            is_extended_ = false;
            on_query(body.substr(0, body.size() - 1));
        } else {
            is_extended_ = true;
            on_extended(type, body);
        }
    } catch (const failure& error) {
        fail(error);
    }
}

void model_server::on_extended(char type, std::string_view body) {
    if (type == 'P') {
        parse(body);
    } else if (type == 'B') {
        bind(body);
    } else if (type == 'C') {
        close(body);
    } else if (type == 'D') {
        describe(body);
    } else if (type == 'E') {
        execute(body);
    }
}

void model_server::on_copy_message(char type) {
    if (type == 'c') {
        is_copying_ = false;
        complete("COPY 1");
        if (!is_extended_) {
            continue_query();
        }
    } else if (type == 'f') {
        throw failure{"57014", "COPY from stdin failed: given up"};
    } else if (type != 'd' && type != 'S') {
        put('E', "FATAL");
        is_closed_ = true;
    }
}

void model_server::on_query(std::string_view sql) {
    statements_.erase("");
    rest_of_query_ = std::string(sql) + ';';
    // PostgreSQL parses the whole text before it executes a statement of it.
    if ((';' + rest_of_query_).find(";SELEC;") != std::string::npos) {
        rest_of_query_ = "SELEC;";
    }
    continue_query();
}

void model_server::continue_query() {
    while (!rest_of_query_.empty() && !is_copying_) {
        const std::size_t end = rest_of_query_.find(';');
        const std::string statement = without_blanks(rest_of_query_.substr(0, end));
        rest_of_query_.erase(0, end + 1);
        check_abort(statement);
        run(statement);
    }
    if (!is_copying_) {
        ready();
    }
}

void model_server::parse(std::string_view body) {
    const std::string name(wire::take_c_string(body));
    const std::string sql(wire::take_c_string(body));
    if (name.empty()) {
        statements_.erase("");
    }
    if (sql == "SELEC") {
        throw failure{"42601", "syntax error"};
    }
    check_abort(sql);
    if (starts_with(sql, "SELECT dsql_local_refusal_")) {
        throw failure{"42703", "column \"" + sql.substr(7) + "\" does not exist"};
    }
    if (!statements_.emplace(name, sql).second) {
        throw failure{"42P05", "already exists"};
    }
    put('1');
}

void model_server::bind(std::string_view body) {
    const std::string portal(wire::take_c_string(body));
    const auto statement = statements_.find(wire::take_c_string(body));
    if (statement == statements_.end()) {
        throw failure{"26000", "does not exist"};
    }
    check_abort(statement->second);
    if (!portal.empty() && portals_.count(portal) != 0) {
        throw failure{"42P03", "already exists"};
    }
    portals_[portal] = statement->second;
    put('2');
}

void model_server::close(std::string_view body) {
    auto& names = body.front() == 'S' ? statements_ : portals_;
    body.remove_prefix(1);
    names.erase(std::string(wire::take_c_string(body)));
    put('3');
}

void model_server::describe(std::string_view body) {
    const auto& names = body.front() == 'S' ? statements_ : portals_;
    const bool is_statement = body.front() == 'S';
    body.remove_prefix(1);
    const auto found = names.find(wire::take_c_string(body));
    if (found == names.end()) {
        throw failure{"26000", "does not exist"};
    }
    check_abort(found->second);
    if (is_statement) {
        put('t', std::string(2, '\0'));
    }
    put(starts_with(found->second, "SELECT") ? 'T' : 'n');
}

void model_server::execute(std::string_view body) {
    const std::string_view name = wire::take_c_string(body);
    const auto portal = portals_.find(name);
    if (portal == portals_.end()) {
        throw failure{"34000", "portal \"" + std::string(name) + "\" does not exist"};
    }
    const std::string sql = portal->second;
    check_abort(sql);
    if (sql == "done") {
        throw failure{"55000", "cannot be run"};
    }
    if (drops_executed_portals_) {
        portals_.erase(portal);
    } else {
        portal->second = "done";
    }
    run(sql);
}

void model_server::check_abort(const std::string& sql) const {
    if (status_ == 'E' && !ends_transaction(sql)) {
        throw failure{"25P02", "current transaction is aborted"};
    }
}

void model_server::run(const std::string& sql) {
    if (sql == "SELEC") {
        throw failure{"42601", "syntax error"};
    }
    if (starts_with(sql, "COPY")) {
        run_copy(sql);
    } else if (starts_with(sql, "SELECT 1/0")) {
        throw failure{"22012", "division by zero"};
    } else if (starts_with(sql, "INSERT")) {
        if (status_ == 'I') {
            ++commits_;
        } else {
            has_written_ = true;
        }
        complete("INSERT 0 1");
    } else if (starts_with(sql, "SET lock_timeout")) {
        ++settings_;
        complete("SET");
    } else if (sql == "BEGIN") {
        status_ = 'T';
        complete(sql);
    } else if (sql == "ROLLBACK TO SAVEPOINT dsql_local_begin") {
        has_written_ = false;
        portals_.clear();
        complete("ROLLBACK");
    } else if (ends_transaction(sql)) {
        if (starts_with(sql, "PREPARE") && status_ == 'T') {
            end_transaction();
            throw failure{"22023", "transaction identifier \"" + sql.substr(21) + " is too long"};
        }
        if (sql == "COMMIT" && status_ == 'T') {
            commit();
        } else {
            end_transaction();
            complete(sql == "COMMIT" && status_ == 'I' ? "COMMIT" : "ROLLBACK");
        }
        status_ = 'I';
    } else if (sql == "DEALLOCATE ALL") {
        statements_.clear();
        complete(sql);
    } else if (starts_with(sql, "DEALLOCATE ")) {
        if (statements_.erase(sql.substr(11)) == 0) {
            throw failure{"26000", "does not exist"};
        }
        complete("DEALLOCATE");
    } else if (starts_with(sql, "PREPARE a AS ")) {
        if (!statements_.emplace("a", sql.substr(13)).second) {
            throw failure{"42P05", "already exists"};
        }
        complete("PREPARE");
    } else if (starts_with(sql, "EXECUTE ")) {
        const auto statement = statements_.find(sql.substr(8));
        if (statement == statements_.end()) {
            throw failure{"26000", "prepared statement " + sql.substr(8) + " does not exist"};
        }
        if (starts_with(statement->second, "SELECT") || starts_with(statement->second, "INSERT")) {
            run(std::string(statement->second));
        } else {
            throw failure{"0A000", "not a plan"};
        }
    } else {
        complete("SELECT 1");
    }
}

// COPY into a view fails after CopyInResponse, without reading anything.
void model_server::run_copy(const std::string& sql) {
    put('G', std::string(3, '\0'));
    if (sql == "COPY v FROM STDIN") {
        throw failure{"42809", "cannot copy to view"};
    }
    is_copying_ = true;
}

void model_server::commit() {
    commits_ += has_written_ ? 1 : 0;
    end_transaction();
    complete("COMMIT");
}

void model_server::end_transaction() {
    has_written_ = false;
    portals_.clear();
}

void model_server::fail(const failure& error) {
    put('E', std::string("SERROR") + '\0' + "VERROR" + '\0' + 'C' + error.sqlstate + '\0' + 'M' +
                 error.message + '\0' + '\0');
    is_copying_ = false;
    if (starts_with(error.message, "transaction identifier")) {
        status_ = 'I';
    } else if (status_ == 'T') {
        status_ = 'E';
    }
    end_transaction();
    is_skipping_ = is_extended_;
    if (!is_extended_) {
        ready();
    }
}

void model_server::ready() {
    if (status_ == 'I') {
        end_transaction();
    }
    put('Z', std::string(1, status_));
}

}  // namespace dsql_local_test
