// SPDX-License-Identifier: Apache-2.0
#include "server/session_log.hpp"

#include "server/log_text.hpp"

#include <utility>

namespace dsql_local {
namespace {

constexpr std::size_t max_message = 400;
constexpr std::size_t max_user = 64;
constexpr std::size_t max_tags = 200;

std::uint32_t take_uint16(std::string_view& bytes) {
    if (bytes.size() < 2) {
        bytes = {};
        return 0;
    }
    const auto high = static_cast<unsigned char>(bytes[0]);
    const auto low = static_cast<unsigned char>(bytes[1]);
    bytes.remove_prefix(2);
    return static_cast<std::uint32_t>(high) << 8U | low;
}

// `rest` is the body of a Bind message after the names.
bool has_parameters(std::string_view rest) {
    const std::size_t formats = std::size_t{2} * take_uint16(rest);
    if (formats > rest.size()) {
        return true;  // more than what is kept of a message
    }
    rest.remove_prefix(formats);
    return take_uint16(rest) > 0;
}

// PostgreSQL repeats a value in quotes: invalid input syntax for type integer: "value".
std::string hide_quoted(std::string_view text) {
    const std::size_t begin = text.find('"');
    const std::size_t end = text.rfind('"');
    if (begin == std::string_view::npos || begin == end) {
        return std::string(text);
    }
    return std::string(text.substr(0, begin + 1)).append("...").append(text.substr(end));
}

}  // namespace

session_log::session_log(bool is_on, std::uint64_t number, line_sink sink)
    : is_on_(is_on),
      name_("session " + std::to_string(number)),
      sink_(sink ? std::move(sink) : line_sink(write_log_line)) {}

void session_log::event(std::string_view text) const {
    if (is_on_) {
        sink_(name_ + ": " + printable(text, max_message));
    }
}

void session_log::set_user(std::string_view user) {
    if (is_on_) {
        name_.append(1, ' ').append(printable(user, max_user));
    }
}

void session_log::refused(const wire::error_response& error) const {
    event("refused with " + error.sqlstate + ": " + error.message +
          (error.hint.empty() ? "" : " (" + error.hint + ")"));
}

void session_log::received(std::string_view bytes, clock::time_point now) {
    if (is_on_) {
        requests_.feed(
            bytes, [this, now](char type, std::string_view body) { on_request(type, body, now); });
    }
}

void session_log::sent(std::string_view bytes, clock::time_point now) {
    if (is_on_) {
        responses_.feed(
            bytes, [this, now](char type, std::string_view body) { on_response(type, body, now); });
    }
}

void session_log::on_request(char type, std::string_view body, clock::time_point now) {
    const auto loggable = [](std::string_view sql) {
        return std::make_shared<const std::string>(loggable_statement(sql));
    };
    if (type == 'Q') {
        add(kind::query, loggable(wire::take_c_string(body)), now);
    } else if (type == 'F') {
        add(kind::query, loggable("(function call)"), now);
    } else if (type == 'P') {
        const std::string name(wire::take_c_string(body));
        const statement_text text = loggable(wire::take_c_string(body));
        prepared_[name] = text;
        add(kind::parse, text, now);
    } else if (type == 'B') {
        on_bind(body, now);
    } else if (type == 'E') {
        const auto found = portals_.find(wire::take_c_string(body));
        const portal executed = found == portals_.end() ? portal{} : found->second;
        add(kind::execute, executed.text, now, executed.has_parameters);
    } else if (type == 'C' && !body.empty()) {
        const char what = body.front();
        body.remove_prefix(1);
        const std::string name(wire::take_c_string(body));
        what == 'S' ? prepared_.erase(name) : portals_.erase(name);
    } else if (type == 'S') {
        add(kind::sync, {}, now);
    }
}

void session_log::on_bind(std::string_view body, clock::time_point now) {
    const std::string name(wire::take_c_string(body));
    const auto found = prepared_.find(wire::take_c_string(body));
    portal& bound = portals_[name];
    bound.text = found == prepared_.end() ? statement_text() : found->second;
    bound.has_parameters = has_parameters(body);
    add(kind::bind, bound.text, now, bound.has_parameters);
}

void session_log::on_response(char type, std::string_view body, clock::time_point now) {
    switch (type) {
        case '1':
            pop_if(kind::parse);
            return;
        case '2':
            pop_if(kind::bind);
            return;
        case 'C':
            on_complete(wire::take_c_string(body), now);
            return;
        case 'I':
            on_complete("nothing", now);
            return;
        case 's':
            on_complete("rows, and there are more", now);
            return;
        case 'E':
            on_error(body, now);
            return;
        case 'Z':
            on_ready(now);
            return;
        default:
            return;
    }
}

void session_log::pop_if(kind what) {
    if (!pending_.empty() && pending_.front().what == what) {
        pending_.pop_front();
    }
}

void session_log::on_complete(std::string_view tag, clock::time_point now) {
    while (!pending_.empty() &&
           (pending_.front().what == kind::parse || pending_.front().what == kind::bind)) {
        pending_.pop_front();  // its response was not passed on
    }
    if (pending_.empty() || pending_.front().what == kind::sync) {
        return;
    }
    request& done = pending_.front();
    if (done.what == kind::execute) {
        log_outcome(done, printable(tag, max_tags), now);
        pending_.pop_front();
    } else if (done.tags.size() < max_tags) {
        done.tags.append(done.tags.empty() ? "" : ", ").append(printable(tag, max_tags));
    }
}

void session_log::on_error(std::string_view body, clock::time_point now) {
    const bool has_request = !pending_.empty() && pending_.front().what != kind::sync;
    if (!is_logged_in_) {
        event("refused with " + describe_error(body, false));
    } else if (has_request) {
        request& failed = pending_.front();
        const std::string before = failed.tags.empty() ? "" : failed.tags + ", ";
        log_outcome(failed, before + describe_error(body, failed.has_parameters), now);
    } else {
        event(describe_error(body, false));
    }
}

// A query ends with it, and everything up to a Sync.
void session_log::on_ready(clock::time_point now) {
    if (!is_logged_in_) {
        is_logged_in_ = true;
        event("logged in, " + format_duration(now - start_));
        return;
    }
    while (!pending_.empty()) {
        request done = std::move(pending_.front());
        pending_.pop_front();
        if (done.what == kind::query && !done.is_logged) {
            log_outcome(done, done.tags.empty() ? "nothing" : done.tags, now);
        }
        if (done.what == kind::query || done.what == kind::sync) {
            return;
        }
    }
}

void session_log::add(kind what, statement_text text, clock::time_point now, bool has_parameters) {
    pending_.push_back(
        {.what = what, .text = std::move(text), .start = now, .has_parameters = has_parameters});
}

void session_log::log_outcome(request& done, const std::string& outcome, clock::time_point now) {
    done.is_logged = true;
    const std::string text = done.text ? *done.text : "(unknown statement)";
    sink_(name_ + ": " + text + " => " + outcome + ", " + format_duration(now - done.start));
}

std::string session_log::describe_error(std::string_view body, bool hides_values) {
    const std::string_view sqlstate = wire::find_error_field(body, 'C');
    const std::string_view message = wire::find_error_field(body, 'M');
    constexpr std::string_view data_exception = "22";
    const bool repeats_value = hides_values && sqlstate.substr(0, 2) == data_exception;
    std::string text(wire::find_error_field(body, 'V'));
    text.append(" ").append(sqlstate).append(": ");
    text.append(repeats_value ? hide_quoted(message) : message);
    return printable(text, max_message);
}

}  // namespace dsql_local
