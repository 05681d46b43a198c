// SPDX-License-Identifier: Apache-2.0
#include <dsql/detail/session_pin.hpp>

#include "pg/session/session.hpp"

#include <utility>

namespace dsql::detail {

session_pin::session_pin(std::shared_ptr<pg::session> pinned) noexcept
    : session_(std::move(pinned)) {
    session_->pins().add();
}

session_pin::session_pin(const session_pin& other) noexcept : session_(other.session_) {
    if (session_ != nullptr) {
        session_->pins().add();
    }
}

session_pin& session_pin::operator=(session_pin other) noexcept {
    session_.swap(other.session_);
    return *this;
}

// Releases the session before it calls the action, because the session may belong to another thread
// as soon as it is back in its pool. The pool holds its own reference to it.
void session_pin::reset() noexcept {
    if (session_ == nullptr) {
        return;
    }
    const pg::session_pins::action when_gone = session_->pins().remove();
    session_.reset();
    when_gone();
}

}  // namespace dsql::detail
