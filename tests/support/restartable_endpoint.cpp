// SPDX-License-Identifier: Apache-2.0
#include "support/restartable_endpoint.hpp"

#include <signal.h>
#include <sys/stat.h>

#include <fstream>
#include <utility>

namespace {

constexpr const char* access_key_id = "AKIATESTEXAMPLE";

}  // namespace

restartable_endpoint::restartable_endpoint(std::vector<std::string> options)
    : options_(std::move(options)) {
    chmod(directory_.path().c_str(), 0755);  // NOLINT: PostgreSQL's account needs access
    rotate_keys();
    start();
}

dsql::config restartable_endpoint::settings() const {
    return {.host = host_,
            .port = std::stoi(port_),
            .credentials = dsql::make_credentials_provider([keys = keys_] {
                const std::lock_guard lock(keys->mutex);
                return keys->current;
            }),
            .connect_timeout = std::chrono::seconds(5),
            .host_address = "127.0.0.1",
            .command_timeout = std::chrono::seconds(5),
            .ssl_root_cert = directory_ / "authority.pem"};
}

void restartable_endpoint::stop(bool with_sigkill) {
    if (with_sigkill) {
        kill(-process_->child().id(), SIGKILL);
    }
    process_.reset();
}

void restartable_endpoint::rotate_keys() {
    ++rotations_;
    const std::string secret = "test/not+a+real/secret/" + std::to_string(rotations_);
    write_keys(secret);
    const std::lock_guard lock(keys_->mutex);
    keys_->current = {.access_key_id = access_key_id, .secret_access_key = secret};
}

void restartable_endpoint::write_keys(const std::string& secret) const {
    const std::string next = directory_ / "keys.next";
    std::ofstream(next) << "access_key_id=" << access_key_id << "\nsecret_access_key=" << secret
                        << '\n';
    std::filesystem::rename(next, directory_ / "keys");
}

void restartable_endpoint::start(const std::vector<std::string>& more_options) {
    std::vector<std::string> all{"--port",           port_,
                                 "--data-directory", directory_ / "data",
                                 "--keys-file",      directory_ / "keys"};
    all.insert(all.end(), options_.begin(), options_.end());
    all.insert(all.end(), more_options.begin(), more_options.end());
    process_.emplace(std::move(all));
    port_ = (*process_)["DSQL_PORT"];
    host_ = (*process_)["CLUSTER_ENDPOINT"];
    // Each start makes a new certificate authority. A real cluster keeps its authority, so copy the
    // file to one path.
    const std::string next = directory_ / "authority.next";
    std::filesystem::copy_file((*process_)["DSQL_SSL_ROOT_CERT"], next,
                               std::filesystem::copy_options::overwrite_existing);
    std::filesystem::rename(next, directory_ / "authority.pem");
}
