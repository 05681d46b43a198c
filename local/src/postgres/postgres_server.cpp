// SPDX-License-Identifier: Apache-2.0
#include "postgres/postgres_server.hpp"

#include "postgres/cluster_schema.hpp"
#include "postgres/cluster_template.hpp"
#include "postgres/control_connection.hpp"
#include "postgres/postgres_probe.hpp"
#include "system/process.hpp"
#include "system/process_activity.hpp"

#include <pwd.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <initializer_list>
#include <iterator>
#include <limits>
#include <stdexcept>
#include <system_error>

namespace dsql_local {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

constexpr std::string_view socket_name = ".s.PGSQL.5432";
constexpr auto start_timeout = 60s;
constexpr auto stop_timeout = 10s;
constexpr auto lock_timeout = 5s;

// PostgreSQL refuses to run as root.
std::optional<account> find_unprivileged_account() {
    if (geteuid() != 0) {
        return std::nullopt;
    }
    for (const char* name : {"postgres", "nobody"}) {
        if (const passwd* entry = getpwnam(name); entry != nullptr) {
            return account{.name = name, .user = entry->pw_uid, .group = entry->pw_gid};
        }
    }
    throw std::runtime_error(
        "PostgreSQL does not run as root, and there is neither a user "
        "postgres nor a user nobody to run it as");
}

void make_private(const fs::path& directory) {
    if (chmod(directory.c_str(), S_IRWXU) != 0) {
        throw std::system_error(errno, std::generic_category(),
                                "cannot protect " + directory.string());
    }
}

std::string read_tail(const fs::path& path) {
    constexpr std::size_t max_size = 2'000;
    std::ifstream file(path, std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(file), {}};
    if (text.size() > max_size) {
        text.erase(0, text.find('\n', text.size() - max_size) + 1);
    }
    return text;
}

// This file contains the version of the cluster's schema.
fs::path schema_version_file(const fs::path& data) {
    return data / "dsql-local.schema";
}

void write_file(const fs::path& path, std::string_view text) {
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file << text;
    if (!file.flush()) {
        throw std::runtime_error("cannot write " + path.string());
    }
}

std::string first_line(const fs::path& path) {
    std::ifstream file(path);
    std::string line;
    std::getline(file, line);
    return line;
}

// Whether a process is a running postgres. A zombie does not count.
bool is_running_postgres(const std::string& id) {
    constexpr std::string_view name = "(postgres) ";
    const std::string status = first_line("/proc/" + id + "/stat");  // ID (NAME) STATE ...
    const std::size_t at = status.find(name);
    return at != std::string::npos && status.compare(at + name.size(), 1, "Z") != 0;
}

// Removes a file with the process id of a server that was killed. The id may now belong to another
// program, and PostgreSQL would then not start. The directory must be locked, so that no server of
// dsql-local uses it. If the process is called postgres, the file stays and PostgreSQL decides.
void remove_if_stale(const fs::path& file) {
    if (!is_running_postgres(first_line(file))) {
        std::error_code ignored;
        fs::remove(file, ignored);
    }
}

bool fits_socket(const fs::path& directory) {
    return (directory / socket_name).string().size() < sizeof(sockaddr_un::sun_path);
}

// Sleeps. Throws interrupted if a signal to end this program arrives meanwhile.
void sleep_or_throw(const signal_queue& signals, std::chrono::milliseconds duration) {
    const std::optional<int> signal = signals.wait_for(duration);
    if (signal && *signal != SIGCHLD) {
        throw interrupted(*signal);
    }
}

// The name of a setting in PostgreSQL, where a hyphen is not allowed.
std::string limit_setting(std::string_view name) {
    std::string setting = "dsql_local." + std::string(name) + "_limit";
    std::replace(setting.begin(), setting.end(), '-', '_');
    return setting;
}

// The value of temp_file_limit, in KiB.
std::string temporary_space(std::uint64_t limit) {
    constexpr std::uint64_t most = std::numeric_limits<std::int32_t>::max();
    return limit == 0 ? "-1" : std::to_string(std::min(limit / 1024, most));
}

bool limits_writes(const database_limits& limits) {
    for (const char* name :
         {"transaction-row", "transaction-size", "row-size", "column-size", "key-size"}) {
        if (find_limit(limits, name) > 0) {
            return true;
        }
    }
    return false;
}

// The least limit of these that there is. A statement that writes no larger row is within them.
std::string least_limit(const database_limits& limits,
                        std::initializer_list<std::string_view> names) {
    std::uint64_t least = std::numeric_limits<std::int64_t>::max();
    for (const std::string_view name : names) {
        if (const std::uint64_t limit = find_limit(limits, name); limit > 0) {
            least = std::min(least, limit);
        }
    }
    return std::to_string(least);
}

std::vector<std::string> server_arguments(const fs::path& binaries, const fs::path& data,
                                          const fs::path& sockets, const fs::path& access_rules,
                                          bool durable, const server_settings& settings) {
    std::vector<std::string> arguments{binaries / "postgres", "-D", data, "-k", sockets};
    const auto set = [&arguments](const std::string& setting) {
        arguments.insert(arguments.end(), {"-c", setting});
    };
    set("hba_file=" + access_rules.string());
    set("listen_addresses=");
    set("port=5432");
    set("unix_socket_permissions=0700");
    set("max_connections=1200");  // more than a pool of 1 000 connections needs
    set("default_transaction_isolation=repeatable read");
    set("lock_timeout=" + std::to_string(settings.lock_timeout.count()) + "ms");
    set("deadlock_timeout=20ms");
    for (std::size_t i = 0; i < limit_descriptions.size(); ++i) {
        const std::string_view name = limit_descriptions[i].name;
        set(limit_setting(name) + "=" + least_limit(settings.limits, {name}));
    }
    set("temp_file_limit=" + temporary_space(find_limit(settings.limits, "query-memory")));
    set(std::string("dsql_local.watches_writes=") +
        (limits_writes(settings.limits) ? "on" : "off"));
    set("dsql_local.least_value_limit=" +
        least_limit(settings.limits, {"row-size", "column-size"}));
    set("dsql_local.least_size_limit=" +
        least_limit(settings.limits, {"row-size", "column-size", "key-size"}));
    set("dsql_local.job_time=" +
        std::to_string(std::chrono::duration<double>(settings.job_time).count()));
    set("timezone=UTC");
    set("log_timezone=UTC");
    set("logging_collector=off");
    set("log_destination=stderr");
    if (!durable) {
        set("fsync=off");
        set("synchronous_commit=off");
        set("full_page_writes=off");
    }
    return arguments;
}

}  // namespace

postgres_server::postgres_server(const fs::path& binaries, const std::optional<fs::path>& directory,
                                 const server_settings& settings, const signal_queue& signals)
    : postgres_server() {
    run_as_ = find_unprivileged_account();
    if (directory) {
        prepare_named_directory(fs::absolute(*directory), signals);
    } else {
        directory_ = temporary_.emplace(temporary_parent()).path();
        change_owner(directory_);
        lock_directory(signals);
    }
    prepare_socket_directory();
    if (!fs::exists(data())) {
        create_cluster(binaries, signals);
    } else if (first_line(schema_version_file(data())) != cluster_schema_version) {
        add_schema(binaries, data(), signals);  // another version of dsql-local created it
    }
    write_access_rules();
    start(binaries, settings);
    wait_until_ready(signals);
    set_rights_of_admin(settings.admin_is_superuser);
}

// A temporary cluster will be removed, so it need not be shut down cleanly. Otherwise PostgreSQL
// writes a checkpoint, which can take minutes after much was written: it is not killed while it
// makes progress.
postgres_server::~postgres_server() {
    if (!process_ || has_ended()) {
        return;
    }
    if (!temporary_) {
        process_->send(SIGINT);
        if (wait_while_active(*process_, stop_timeout)) {
            return;
        }
    }
    process_->send(SIGQUIT);
    wait_while_active(*process_, stop_timeout);
}

void postgres_server::prepare_named_directory(const fs::path& named, const signal_queue& signals) {
    directory_ = named;
    fs::create_directories(named);
    const bool is_ours = fs::exists(data()) || fs::exists(unfinished_data());
    // The directory gets another owner and mode 0700, so it must be empty or one of ours.
    if (!is_ours && !fs::is_empty(named)) {
        throw std::runtime_error(named.string() +
                                 " is neither empty nor a directory that dsql-local made");
    }
    make_private(named);
    change_owner(named);
    lock_directory(signals);
    remove_if_stale(data() / "postmaster.pid");
    remove_if_stale(directory_ / (std::string(socket_name) + ".lock"));
}

// PostgreSQL holds the lock too. After a dsql-local was killed, its PostgreSQL may still be
// shutting down, and two servers must not use the same directory. So wait for a while before
// failing.
void postgres_server::lock_directory(const signal_queue& signals) {
    lock_.emplace(server_lock_file(directory_));
    const auto deadline = clock::now() + lock_timeout;
    while (!lock_->try_lock()) {
        if (clock::now() > deadline) {
            throw std::runtime_error(
                directory_.string() +
                " is in use by another dsql-local; end that one, or name another directory");
        }
        sleep_or_throw(signals, 10ms);
    }
}

// If the directory's path is too long for a Unix socket (about 100 bytes), the socket goes to /tmp.
void postgres_server::prepare_socket_directory() {
    socket_directory_ = directory_;
    if (!fits_socket(directory_)) {
        socket_directory_ = temporary_sockets_.emplace("/tmp").path();
        change_owner(socket_directory_);
    }
}

void postgres_server::change_owner(const fs::path& path) const {
    if (run_as_ && lchown(path.c_str(), run_as_->user, run_as_->group) != 0) {
        throw std::system_error(errno, std::generic_category(),
                                "cannot give " + path.string() + " to " + run_as_->name);
    }
}

void postgres_server::change_owner_of_tree(const fs::path& directory) const {
    if (!run_as_) {
        return;
    }
    change_owner(directory);
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(directory)) {
        change_owner(entry.path());
    }
}

void postgres_server::create_cluster(const fs::path& binaries, const signal_queue& signals) const {
    fs::remove_all(unfinished_data());  // left by a run that was interrupted
    const cluster_template template_cluster(binaries);
    if (template_cluster.copy_to(unfinished_data())) {
        change_owner_of_tree(unfinished_data());
    } else {
        run_initdb(binaries, signals);
        template_cluster.store(unfinished_data());
    }
    fs::rename(unfinished_data(), data());
}

void postgres_server::run_initdb(const fs::path& binaries, const signal_queue& signals) const {
    child_process initdb({.arguments = {binaries / "initdb", "--username=dsql_local",
                                        "--auth=trust", "--encoding=UTF8", "--locale=C",
                                        "--no-sync", "--no-instructions", "-D", unfinished_data()},
                          .environment = server_environment(),
                          .run_as = run_as_,
                          .parent_death_signal = SIGKILL,
                          .service_log = directory_ / "initdb.log",
                          .kept_descriptor = lock_descriptor()});
    if (wait_for_exit(initdb, signals) != 0) {
        throw std::runtime_error("initdb failed:\n" + read_tail(directory_ / "initdb.log"));
    }
    add_schema(binaries, unfinished_data(), signals);
}

// Runs the SQL in single-user mode, which needs no client.
void postgres_server::add_schema(const fs::path& binaries, const fs::path& data,
                                 const signal_queue& signals) const {
    const fs::path script = directory_ / "schema.sql";
    const fs::path log = directory_ / "schema.log";
    write_file(script, cluster_schema_sql());
    change_owner(script);
    child_process server({.arguments = {binaries / "postgres", "--single", "-j", "-F", "-O", "-D",
                                        data, "-c", "exit_on_error=on", "postgres"},
                          .environment = server_environment(),
                          .run_as = run_as_,
                          .parent_death_signal = SIGKILL,
                          .service_log = log,
                          .service_input = script,
                          .kept_descriptor = lock_descriptor()});
    if (wait_for_exit(server, signals) != 0) {
        throw std::runtime_error("postgres --single failed:\n" + read_tail(log));
    }
    write_file(schema_version_file(data), cluster_schema_version);
}

// Waits for a child and returns its status as waitpid() reports it.
int postgres_server::wait_for_exit(child_process& child, const signal_queue& signals) const {
    while (!child.poll()) {
        sleep_or_throw(signals, 100ms);
    }
    return *child.poll();
}

// The endpoint has checked the token and the role already. There is one database for clients.
void postgres_server::write_access_rules() const {
    write_file(access_rules(), "local postgres all trust\nlocal all all reject\n");
    change_owner(access_rules());
}

// A new cluster's admin is no superuser.
void postgres_server::set_rights_of_admin(bool is_superuser) const {
    if (is_superuser || !temporary_) {
        control_connection(socket()).query(std::string("ALTER ROLE admin ") +
                                           (is_superuser ? "SUPERUSER" : "NOSUPERUSER"));
    }
}

void postgres_server::start(const fs::path& binaries, const server_settings& settings) {
    const bool durable = !temporary_;
    process_.emplace(
        child_options{.arguments = server_arguments(binaries, data(), socket_directory_,
                                                    access_rules(), durable, settings),
                      .environment = server_environment(),
                      .run_as = run_as_,
                      .parent_death_signal = durable ? SIGINT : SIGQUIT,
                      .service_log = log(),
                      .kept_descriptor = lock_descriptor()});
}

void postgres_server::wait_until_ready(const signal_queue& signals) {
    const auto deadline = clock::now() + start_timeout;
    while (!accepts_connections(socket())) {
        if (has_ended()) {
            throw std::runtime_error("postgres did not start:\n" + log_tail());
        }
        if (clock::now() > deadline) {
            throw std::runtime_error("postgres did not become ready:\n" + log_tail());
        }
        sleep_or_throw(signals, 20ms);
    }
}

fs::path postgres_server::socket() const {
    return socket_directory_ / socket_name;
}

bool postgres_server::has_ended() noexcept {
    return process_->poll().has_value();
}

std::string postgres_server::log_tail() const {
    return read_tail(log());
}

}  // namespace dsql_local
