// SPDX-License-Identifier: Apache-2.0
// Tests that an endpoint can reuse the port and the data directory of a previous one, no matter how
// that one ended.
#include "raw_client.hpp"
#include "support/endpoint_process.hpp"
#include "system/files.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <memory>

namespace endpoint_restart_test {

using namespace dsql_local;
using namespace dsql_local_test;

// An idle process of the account that PostgreSQL runs as.
class bystander {
public:
    explicit bystander(uid_t account) : id_(fork()) {
        if (id_ == 0) {
            [[maybe_unused]] const int changed = setuid(account);
            execlp("sleep", "sleep", "1000000", nullptr);
            _exit(EXIT_FAILURE);
        }
    }
    ~bystander() {
        kill(id_, SIGKILL);
        waitpid(id_, nullptr, 0);
    }
    bystander(const bystander&) = delete;
    bystander& operator=(const bystander&) = delete;

    pid_t id() const { return id_; }

private:
    pid_t id_;
};

class endpoint_restart : public testing::Test {
protected:
    endpoint_restart() {
        chmod(parent_.path().c_str(), 0755);  // NOLINT: PostgreSQL's account needs access
        start("0");
        port_ = (*served_)["DSQL_PORT"];
        query("CREATE TABLE kept (answer int)");
        query("INSERT INTO kept VALUES (42)");
    }

    void start(const std::string& port) {
        served_ = std::make_unique<endpoint_process>(
            std::vector<std::string>{"--data", directory_, "--port", port});
    }

    // While a client stays connected, the kernel considers the port in use.
    std::unique_ptr<raw_client> log_in() const {
        auto client = std::make_unique<raw_client>(served_->port());
        client->request_tls({.server_name = (*served_)["CLUSTER_ENDPOINT"]});
        EXPECT_EQ(client->log_in("admin", (*served_)["PGPASSWORD"]).type, 'Z');
        return client;
    }

    std::string query(const std::string& sql) const { return log_in()->query(sql); }

    void expect_a_good_start() {
        ASSERT_NO_THROW(start(port_));
        EXPECT_EQ((*served_)["DSQL_PORT"], port_);
        EXPECT_EQ(query("SELECT answer FROM kept"), "42");
    }

    std::string pid_file() const { return directory_ + "/data/postmaster.pid"; }

    pid_t postgres() const {
        pid_t id = 0;
        std::ifstream(pid_file()) >> id;
        return id;
    }

    void kill_all_of_it() {
        const pid_t server = postgres();
        kill(-served_->child().id(), SIGKILL);
        kill(server, SIGKILL);
        served_->child().wait();
        EXPECT_TRUE(wait_until_gone(server));
    }

    void end() {
        kill(served_->child().id(), SIGTERM);
        EXPECT_EQ(served_->child().wait(), 0);
    }

    // Simulates a server that was killed and whose process id now belongs to another program.
    void write_pid_files(pid_t id) const {
        const std::string rest = "\n" + directory_ + "/data\n1\n5432\n" + directory_ + "\n\n";
        std::ofstream(pid_file()) << id << rest;
        std::ofstream(directory_ + "/.s.PGSQL.5432.lock") << id << rest;
    }

    uid_t account_of_postgres() const {
        struct stat data {};
        EXPECT_EQ(stat((directory_ + "/data").c_str(), &data), 0);
        return data.st_uid;
    }

    const temporary_directory parent_{"/tmp"};
    const std::string directory_ = parent_.path() / "d";
    std::unique_ptr<endpoint_process> served_;
    std::string port_;
};

TEST_F(endpoint_restart, after_an_orderly_end) {
    for (int i = 0; i < 3; ++i) {
        const auto client = log_in();
        end();
        expect_a_good_start();
    }
}

TEST_F(endpoint_restart, before_the_orderly_end_is_complete) {
    const auto before = std::move(served_);
    kill(before->child().id(), SIGSTOP);
    program next({"serve", "--port", port_, "--data", directory_});
    kill(before->child().id(), SIGTERM);
    kill(before->child().id(), SIGCONT);
    EXPECT_NO_THROW(next.read_until("# Ready."));
}

TEST_F(endpoint_restart, while_the_postgres_of_a_killed_one_shuts_down) {
    for (int i = 0; i < 5; ++i) {
        const auto client = log_in();
        kill(-served_->child().id(), SIGKILL);
        EXPECT_EQ(served_->child().wait(), -SIGKILL);
        expect_a_good_start();
    }
}

TEST_F(endpoint_restart, after_all_of_it_was_killed) {
    const auto client = log_in();
    kill_all_of_it();
    expect_a_good_start();
}

TEST_F(endpoint_restart, when_another_program_has_the_process_id_of_postgres_now) {
    end();
    const bystander other(account_of_postgres());
    write_pid_files(other.id());
    expect_a_good_start();
}

TEST_F(endpoint_restart, when_the_disk_lost_what_was_in_the_pid_file) {
    end();
    std::ofstream(pid_file()).flush();
    expect_a_good_start();
}

}  // namespace endpoint_restart_test
