// SPDX-License-Identifier: Apache-2.0
// Each fault at each stage of a program's work, with each face of the library. Prints a table.
// Exits with 1 if a cell is not as matrix_table.cpp says, if a caller after it is not served, or if
// descriptors, threads or memory are not back.
//
//     dsql_fault_matrix [--filter TEXT] [--print-table]
//
// Runs itself as several processes, each of which runs some of the cells one after the other, so
// that it can count what each cell leaves behind.
#include <dsql/asio.hpp>
#include <dsql/dsql.hpp>

#include "base/sent_secrets.hpp"
#include "faults/live_memory.hpp"
#include "faults/matrix_table.hpp"
#include "faults/name_lookup.hpp"
#include "faults/scenarios.hpp"
#include "faults/struck_server.hpp"
#include "faults/struck_source.hpp"

#include <libpq-fe.h>
#include <openssl/evp.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;

// No divisor of the number of faults, so that those that take long are spread.
constexpr int workers = 7;
constexpr auto deadline = 150ms;
// A connect of a pool goes on when its caller has given up, and ends after this time.
constexpr auto longest_connect = 2s;
// A cell that takes longer hangs.
constexpr unsigned patience_s = 120;

enum class face { blocking, coroutine };
constexpr std::array<face, 2> faces = {face::blocking, face::coroutine};

std::string_view name_of(face of) {
    return of == face::blocking ? "blocking" : "coroutine";
}
const expectation& expected_of(const cell& one, face of) {
    return of == face::blocking ? one.blocking : one.coroutine;
}

// What happened in a cell.
struct outcome {
    std::string error{};  // empty: none
    std::string text{};   // of the error
    bool may_have_run = false;
};

std::string describe(const dsql::connection_error& failure) {
    return "connection_error " + std::string(to_string(failure.phase())) +
           (failure.phase() == dsql::connection_phase::established
                ? ""
                : (failure.is_transient() ? " transient" : " final"));
}
std::string class_of(const std::exception& failure) {
    if (const auto* const one = dynamic_cast<const dsql::connection_error*>(&failure)) {
        return describe(*one);
    }
    if (const auto* const one = dynamic_cast<const dsql::server_error*>(&failure)) {
        return (dynamic_cast<const dsql::batch_error*>(&failure) != nullptr ? "batch_error "
                                                                            : "server_error ") +
               one->sqlstate();
    }
    if (dynamic_cast<const dsql::timeout_error*>(&failure) != nullptr) {
        return "timeout_error";
    }
    if (dynamic_cast<const dsql::commit_unknown_error*>(&failure) != nullptr) {
        return "commit_unknown_error";
    }
    if (dynamic_cast<const dsql::credentials_error*>(&failure) != nullptr) {
        return "credentials_error";
    }
    if (dynamic_cast<const dsql::config_error*>(&failure) != nullptr) {
        return "config_error";
    }
    return dynamic_cast<const dsql::error*>(&failure) != nullptr ? "error" : "no error of ours";
}

template <class Work>
outcome outcome_of(Work work) {
    try {
        work();
        return {};
    } catch (const dsql::error& failure) {
        return {class_of(failure), failure.what(), failure.statement_may_have_run()};
    } catch (const std::exception& failure) {
        return {class_of(failure), failure.what(), false};
    }
}

// --- a cell

struct point_of_stage {
    strike_point at;
    scenarios::use how;
};
point_of_stage point_of(stage where) {
    using scenarios::use;
    switch (where) {
        case stage::tcp:
            return {strike_point::tcp, use::query};
        case stage::tls:
            return {strike_point::tls, use::query};
        case stage::auth:
            return {strike_point::password, use::query};
        case stage::startup:
            return {strike_point::startup, use::query};
        case stage::first_query:
            return {strike_point::first_query, use::query};
        case stage::mid_result:
            return {strike_point::mid_result, use::query};
        case stage::mid_stream:
            return {strike_point::mid_stream, use::stream};
        case stage::mid_batch:
            return {strike_point::mid_batch, use::batch};
        case stage::copy_in:
            return {strike_point::copy_in, use::copy_in};
        case stage::copy_out:
            return {strike_point::copy_out, use::copy_out};
        case stage::before_commit:
            return {strike_point::after_statement, use::commit_late};
        case stage::after_commit:
            return {strike_point::commit, use::commit};
        case stage::idle_in_pool:
            return {strike_point::after_statement, use::query};
        case stage::credentials:
        case stage::resolve:
            break;
    }
    return {strike_point::none, use::query};
}

// Each call has this time from its own beginning.
dsql::within limits_of(const expectation& expected) {
    return expected.by == bound::deadline ? dsql::within(deadline) : dsql::within(watchdog);
}

// A connection of its own each time, or one of a pool by a coroutine.
class client {
public:
    client(face as, dsql::config settings) : face_(as), settings_(std::move(settings)) {
        const dsql::pool_options options{
            .max_connections = 1, .liveness = dsql::liveness_check::ping, .ping_after_idle = 0ms};
        pool_ = std::make_unique<dsql::pool>(settings_, options);
        asynchronous_.emplace(*pool_);
    }

    // Connects and runs a statement.
    void connect(const dsql::within& limits) {
        if (face_ == face::blocking) {
            dsql::connection on = dsql::connect(settings_, limits);
            check(on.query_value<int>(limits, "SELECT mine"));
        } else {
            scenarios::wait(connect_in_coroutine(limits));
        }
    }
    // Runs a scenario on a connection that was made before.
    void run(scenarios::use how, const dsql::within& limits, protocol_server& server) {
        if (face_ == face::blocking) {
            dsql::pooled_connection on = pool_->acquire();
            scenarios::run(how, *on, limits, server);
        } else {
            scenarios::wait(run_in_coroutine(how, limits, server));
        }
    }
    // Gets a connection of the pool and runs a statement.
    void query(const dsql::within& limits) {
        if (face_ == face::blocking) {
            dsql::pooled_connection on = pool_->acquire(limits);
            check(on->query_value<int>(limits, "SELECT mine"));
        } else {
            scenarios::wait(connect_in_coroutine(limits));
        }
    }

private:
    static void check(int first) {
        if (first != 1) {
            throw std::runtime_error("a wrong result: " + std::to_string(first));
        }
    }
    boost::asio::awaitable<void> connect_in_coroutine(const dsql::within& limits) {
        auto on = co_await asynchronous_->acquire(limits);
        const int first = co_await on.query_value<int>(limits, "SELECT mine");
        check(first);
    }
    boost::asio::awaitable<void> run_in_coroutine(scenarios::use how, const dsql::within& limits,
                                                  protocol_server& server) {
        auto on = co_await asynchronous_->acquire();
        co_await scenarios::run(how, on, limits, server);
    }

    face face_;
    dsql::config settings_;
    std::unique_ptr<dsql::pool> pool_{};
    std::optional<dsql::async_pool> asynchronous_{};
};

constexpr int always = 1'000'000;

struct report {
    outcome seen{};
    std::string complaint{};
};

// Whether the error says that nothing has run although the server had got it all.
std::string lie_in(const outcome& seen, const cell& one, const protocol_server& server) {
    const bool is_rejection =
        seen.error.starts_with("server_error") || seen.error.starts_with("batch_error");
    if (seen.error.empty() || seen.may_have_run || is_rejection) {
        return {};
    }
    const bool is_commit = one.where == stage::before_commit || one.where == stage::after_commit;
    const bool has_run = is_commit ? server.commits() > 0 : server.has_got_statement();
    return has_run ? "the error says that it has not run, but it has" : "";
}

report run_cell(const cell& one, face as) {
    struck_server struck;
    const auto with = static_cast<strike_fault>(one.fault);
    const expectation& expected = expected_of(one, as);
    report made;
    dsql::config settings = struck.settings();
    std::optional<struck_source> source;
    if (one.where == stage::credentials) {
        source.emplace(with);
        settings.credentials = nullptr;
    } else if (one.where == stage::resolve) {
        settings.host_address = "";
        name_lookup::strike(protocol_server::host, with);
    }
    if (expected.by == bound::deadline) {
        settings.connect_timeout = longest_connect;
    }
    {
        client by(as, settings);
        const dsql::within generous(watchdog);
        const point_of_stage point = point_of(one.where);
        if (one.where >= stage::first_query) {
            by.query(generous);
            struck.server.strike(point.at, with);
        } else if (point.at != strike_point::none) {
            struck.server.strike(point.at, with, always);
        }
        const dsql::within limits = limits_of(expected);
        if (one.where == stage::idle_in_pool) {
            by.run(point.how, generous, struck.server);
            struck.server.wait_until_struck();
            made.seen = outcome_of([&] { by.query(limits); });
        } else if (one.where >= stage::first_query) {
            made.seen = outcome_of([&] { by.run(point.how, limits, struck.server); });
        } else {
            made.seen = outcome_of([&] { by.connect(limits); });
        }
        made.complaint = lie_in(made.seen, one, struck.server);
        struck.server.relent();
        name_lookup::relent();
        if (source) {
            source->relent();
        }
        const outcome next = outcome_of([&] { by.query(dsql::within(watchdog)); });
        if (!next.error.empty()) {
            made.complaint = "the next caller is not served: " + next.text;
        }
    }
    return made;
}

// --- what a cell leaves behind

std::size_t entries_of(const char* folder) {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder),
                                                  std::filesystem::directory_iterator()));
}

struct resources {
    std::size_t descriptors = entries_of("/proc/self/fd");
    std::size_t threads = entries_of("/proc/self/task");
};

// Waits for threads that are about to end. The alarm ends a wait that has no end.
void await_return_to(const resources& before) {
    for (;;) {
        const resources now;
        if (now.descriptors <= before.descriptors && now.threads <= before.threads) {
            return;
        }
        std::this_thread::sleep_for(1ms);
    }
}

// Otherwise no leak would be found. A shared library allocates, which no compiler optimizes away.
void require_counted_memory() {
    const long before = live_memory::blocks();
    const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> made(EVP_MD_CTX_new(),
                                                                  &EVP_MD_CTX_free);
    if (DSQL_SANITIZED == 0 && live_memory::blocks() == before) {
        throw std::runtime_error("blocks of memory are not counted");
    }
}

// A leak grows with each run; what is kept for the next use does not.
bool grows(const cell& one, face as) {
    for (int i = 0; i < 4; ++i) {
        const long before = live_memory::blocks();
        const resources counts;
        static_cast<void>(run_cell(one, as));
        await_return_to(counts);
        if (live_memory::blocks() <= before) {
            return false;
        }
    }
    return true;
}

std::string check(const report& made, const expectation& expected) {
    if (made.seen.error != expected.error) {
        return "\"" + made.seen.error + "\" in place of \"" + std::string(expected.error) +
               "\": " + made.seen.text;
    }
    if (made.seen.may_have_run != (expected.statement == ran::maybe)) {
        return std::string("the error says that the statement ") +
               (made.seen.may_have_run ? "may" : "cannot") + " have run: " + made.seen.text;
    }
    return made.complaint;
}

std::string run_and_check(const cell& one, face as, report& made) {
    const resources before;
    const long blocks = live_memory::blocks();
    made = run_cell(one, as);
    await_return_to(before);
    std::string complaint = check(made, expected_of(one, as));
    if (complaint.empty() && live_memory::blocks() > blocks && grows(one, as)) {
        complaint = "memory is lost each time";
    }
    return complaint;
}

// --- processes

std::string one_line(std::string text) {
    std::replace_if(
        text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < ' '; }, ' ');
    return text.substr(0, 300);
}

struct options {
    std::string filter{};
    bool prints_table = false;
};

std::string title_of(const cell& one, face as) {
    return std::string(stage_names[static_cast<std::size_t>(one.where)]) + "/" +
           std::string(fault_names[one.fault]) + "/" + std::string(name_of(as));
}

// The library remembers so many tokens at most. Then it forgets one for each new one.
void fill_memory_of_tokens() {
    for (int i = 0; i < 100; ++i) {
        const std::string text(32, static_cast<char>('a' + i % 26));
        dsql::detail::note_sent_secret("host/?X-Amz-Signature=" + text + std::to_string(i) + text);
    }
}

// The function of a worker. Writes a line when it begins a cell, and one when it has ended it:
// "INDEX ERROR MAY_HAVE_RUN MILLISECONDS COMPLAINT", with tabs.
void work(int number, int output, const options& how) {
    require_counted_memory();
    fill_memory_of_tokens();
    const cell warm_up{.where = stage::first_query, .fault = 0};
    for (const face as : faces) {
        static_cast<void>(run_cell(warm_up, as));
    }
    const std::vector<cell>& all = fault_matrix();
    for (std::size_t i = 0; i < all.size() * faces.size(); ++i) {
        const cell& one = all[i / faces.size()];
        const face as = faces[i % faces.size()];
        if (static_cast<int>(i % workers) != number ||
            title_of(one, as).find(how.filter) == std::string::npos) {
            continue;
        }
        dprintf(output, "begin\t%s\n", title_of(one, as).c_str());
        alarm(patience_s);
        report made;
        const auto began = std::chrono::steady_clock::now();
        const std::string complaint = run_and_check(one, as, made);
        const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(
            std::chrono::steady_clock::now() - began);
        alarm(0);
        dprintf(output, "%zu\t%s\t%d\t%ld\t%s\n", i, made.seen.error.c_str(),
                made.seen.may_have_run, static_cast<long>(took.count()),
                one_line(complaint).c_str());
    }
}

struct worker {
    pid_t id = 0;
    int output = -1;
    std::string text{};
};

worker start_worker(int number, const options& how) {
    std::array<int, 2> ends{};
    if (pipe(ends.data()) != 0) {
        throw std::runtime_error("no pipe");
    }
    const pid_t id = fork();
    if (id == 0) {
        close(ends[0]);
        try {
            work(number, ends[1], how);
        } catch (const std::exception& failure) {
            dprintf(ends[1], "begin\ta worker ended: %s\n", one_line(failure.what()).c_str());
            _exit(EXIT_FAILURE);
        }
        _exit(EXIT_SUCCESS);
    }
    close(ends[1]);
    return {.id = id, .output = ends[0]};
}

void read_all(worker& one) {
    std::array<char, 4096> part{};
    for (ssize_t size = 0; (size = read(one.output, part.data(), part.size())) > 0;) {
        one.text.append(part.data(), static_cast<std::size_t>(size));
    }
    close(one.output);
}

struct line_of_cell {
    std::string error{};
    bool may_have_run = false;
    std::string milliseconds{};
    std::string complaint{};
    bool was_run = false;
};

// Reads what a worker has written. Returns the cell that it has begun and not ended.
std::string read_lines(const worker& from, std::vector<line_of_cell>& to) {
    std::istringstream lines(from.text);
    std::string under_way;
    for (std::string line; std::getline(lines, line);) {
        std::istringstream fields(line);
        std::string first;
        std::getline(fields, first, '\t');
        if (first == "begin") {
            std::getline(fields, under_way);
            continue;
        }
        line_of_cell& read = to.at(std::stoul(first));
        std::string flag;
        std::getline(fields, read.error, '\t');
        std::getline(fields, flag, '\t');
        std::getline(fields, read.milliseconds, '\t');
        std::getline(fields, read.complaint);
        read.may_have_run = flag == "1";
        read.was_run = true;
        under_way.clear();
    }
    return under_way;
}

void print_expectation(const expectation& expected, const line_of_cell& seen) {
    std::cout << "{bound::" << (expected.by == bound::deadline ? "deadline" : "at_once") << ", \""
              << seen.error << "\", ran::" << (seen.may_have_run ? "maybe" : "no") << "}";
}
void print_table(const std::vector<line_of_cell>& lines) {
    for (std::size_t i = 0; i < fault_matrix().size(); ++i) {
        const cell& one = fault_matrix()[i];
        std::cout << "    {stage::" << static_cast<int>(one.where) << ", " << one.fault << ", ";
        print_expectation(one.blocking, lines[2 * i]);
        std::cout << ", ";
        print_expectation(one.coroutine, lines[2 * i + 1]);
        std::cout << "},\n";
    }
}

int print(const std::vector<line_of_cell>& lines) {
    int failures = 0;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const cell& one = fault_matrix()[i / faces.size()];
        const face as = faces[i % faces.size()];
        const line_of_cell& line = lines[i];
        if (!line.was_run) {
            continue;
        }
        const expectation& expected = expected_of(one, as);
        std::printf("%-14s %-10s %-9s %-8s %-36s %-12s %6s ms  %s\n",
                    std::string(stage_names[static_cast<std::size_t>(one.where)]).c_str(),
                    std::string(fault_names[one.fault]).c_str(), std::string(name_of(as)).c_str(),
                    expected.by == bound::deadline ? "deadline" : "at once",
                    line.error.empty() ? "success" : line.error.c_str(),
                    line.may_have_run ? "may have run" : "has not run", line.milliseconds.c_str(),
                    line.complaint.empty() ? "next served, nothing lost" : "WRONG");
        if (!line.complaint.empty()) {
            ++failures;
            std::printf("    %s\n", line.complaint.c_str());
        }
    }
    return failures;
}

options read_options(int count, char** values) {
    options read;
    for (int i = 1; i < count; ++i) {
        const std::string_view word = values[i];
        if (word == "--print-table") {
            read.prints_table = true;
        } else if (word == "--filter" && i + 1 < count) {
            read.filter = values[++i];
        } else {
            std::cerr << "unknown argument " << word << '\n';
            std::exit(2);
        }
    }
    return read;
}

}  // namespace

int main(int count, char** values) {
    const options how = read_options(count, values);
    std::vector<worker> running;
    for (int i = 0; i < workers; ++i) {
        running.push_back(start_worker(i, how));
    }
    std::vector<line_of_cell> lines(fault_matrix().size() * faces.size());
    int failures = 0;
    for (worker& one : running) {
        read_all(one);
        int status = 0;
        waitpid(one.id, &status, 0);
        const std::string under_way = read_lines(one, lines);
        if (status != 0) {
            ++failures;
            std::printf("%s: the process %s %d\n", under_way.c_str(),
                        WIFSIGNALED(status) ? "was ended by signal" : "ended with status",
                        WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
        }
    }
    failures += print(lines);
    if (how.prints_table) {
        print_table(lines);
    }
    const auto cells = std::count_if(lines.begin(), lines.end(),
                                     [](const line_of_cell& line) { return line.was_run; });
    std::printf("libpq %d: %ld of %zu cells, %d wrong\n", PQlibVersion(), static_cast<long>(cells),
                lines.size(), failures);
    if (cells == 0) {
        std::cerr << "no cell has \"" << how.filter
                  << "\" in its name, which is stage/fault/face\n";
    }
    return failures == 0 && cells > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
