// SPDX-License-Identifier: Apache-2.0
#include "export/compressed_output.hpp"

#include <utility>

namespace dsql_cli::exports {

compressed_output::compressed_output(const std::string& path)
    : compressor_(make_compressor(path)), file_(path) {
    if (compressor_) {
        thread_ = std::thread([this] { compress_all(); });
    }
}

compressed_output::~compressed_output() {
    if (thread_.joinable()) {
        end_thread(after_next::leave);
    }
}

void compressed_output::write(std::string_view data) {
    if (!compressor_) {
        file_.write(data);
        return;
    }
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return next_.empty() || failure_; });
    if (failure_) {
        std::rethrow_exception(failure_);
    }
    next_ = data;
    changed_.notify_one();
}

void compressed_output::finish() {
    if (compressor_) {
        end_thread(after_next::finish);
    }
    if (failure_) {
        std::rethrow_exception(failure_);
    }
    file_.finish();
}

void compressed_output::end_thread(after_next how) {
    {
        const std::lock_guard lock(mutex_);
        then_ = how;
        changed_.notify_one();
    }
    thread_.join();
}

void compressed_output::compress_all() {
    try {
        std::string taken;
        std::string compressed;
        while (take_next(taken)) {
            compressor_->add(taken, compressed);
            file_.write(compressed);
            compressed.clear();
        }
        if (then_ == after_next::finish) {
            compressor_->finish(compressed);
            file_.write(compressed);
        }
    } catch (...) {
        const std::lock_guard lock(mutex_);
        failure_ = std::current_exception();
        changed_.notify_one();
    }
}

// Returns false when there will be no more.
bool compressed_output::take_next(std::string& taken) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !next_.empty() || then_ != after_next::wait; });
    if (next_.empty() || then_ == after_next::leave) {
        return false;
    }
    taken.clear();
    std::swap(taken, next_);
    changed_.notify_one();
    return true;
}

}  // namespace dsql_cli::exports
