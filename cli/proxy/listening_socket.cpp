// SPDX-License-Identifier: Apache-2.0
#include "proxy/listening_socket.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace dsql_cli::proxy {

namespace {

namespace fs = std::filesystem;

constexpr int backlog = 1024;

[[noreturn]] void fail(const std::string& what) {
    throw std::runtime_error(what + ": " + std::generic_category().message(errno));
}

unique_fd make_socket(int family) {
    unique_fd made(socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (made.get() < 0) {
        fail("cannot make a socket");
    }
    return made;
}

// The path as a client may name it from another directory, and without a slash at its end, with
// which the system would follow a symbolic link.
fs::path to_plain_path(const fs::path& directory) {
    const fs::path path = fs::absolute(directory);
    return path.has_filename() ? path : path.parent_path();
}

// In a directory of others, or one that others may write to, the socket could be replaced.
void require_private_directory(const fs::path& directory) {
    if (mkdir(directory.c_str(), S_IRWXU) == 0) {
        chmod(directory.c_str(), S_IRWXU);  // whatever the umask is
    } else if (errno != EEXIST) {
        fail("cannot make the directory " + directory.string());
    }
    struct stat found {};
    if (lstat(directory.c_str(), &found) != 0) {
        fail("cannot use the directory " + directory.string());
    }
    if (!S_ISDIR(found.st_mode) || found.st_uid != geteuid() ||
        (found.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        throw std::runtime_error(directory.string() +
                                 " is not a directory of yours that others cannot enter (mode "
                                 "0700): choose another one with --socket-dir, or chmod it");
    }
}

sockaddr_un unix_address(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) {
        throw std::runtime_error("the path of the socket is too long: " + path + " has " +
                                 std::to_string(path.size()) + " bytes, and " +
                                 std::to_string(sizeof address.sun_path - 1) +
                                 " are possible: choose another directory with --socket-dir");
    }
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    return address;
}

// The kernel releases the lock however the process ends, so a socket that is there although nobody
// has the lock is left over.
unique_fd lock_socket(const std::string& path) {
    const std::string name = path + ".proxy-lock";
    unique_fd lock(
        open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR));
    if (lock.get() < 0) {
        fail("cannot open " + name);
    }
    if (flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
        throw std::runtime_error("another dsql proxy listens on " + path +
                                 ": use it, or choose another --local-port or --socket-dir");
    }
    return lock;
}

// Removes a socket that a proxy has left behind. Another program, such as a PostgreSQL server,
// knows nothing of the lock; while it listens, its socket is not left behind.
void remove_leftover(const std::string& path, const sockaddr_un& address) {
    struct stat found {};
    if (lstat(path.c_str(), &found) != 0) {
        return;
    }
    const unique_fd client = make_socket(AF_UNIX);
    const bool is_leftover =
        S_ISSOCK(found.st_mode) &&
        connect(client.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 &&
        errno == ECONNREFUSED;
    if (!is_leftover) {
        throw std::runtime_error("another program has " + path +
                                 ": choose another --local-port or --socket-dir");
    }
    unlink(path.c_str());
}

void bind_private(const unique_fd& to, const std::string& path) {
    const sockaddr_un address = unix_address(path);
    remove_leftover(path, address);
    const mode_t before = umask(S_IXUSR | S_IRWXG | S_IRWXO);
    const int bound = bind(to.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
    const int error = errno;
    umask(before);
    errno = error;
    if (bound != 0) {
        fail("cannot listen on " + path);
    }
}

// A client's process, for the log.
std::string describe(const ucred& peer) {
    std::string text = "process ";
    text.append(std::to_string(peer.pid)).append(" of user ").append(std::to_string(peer.uid));
    return text;
}

}  // namespace

listening_socket listening_socket::in_directory(const fs::path& given, int port) {
    const fs::path directory = to_plain_path(given);
    require_private_directory(directory);
    const std::string path = (directory / (".s.PGSQL." + std::to_string(port))).string();
    listening_socket made;
    static_cast<void>(unix_address(path));
    made.lock_ = lock_socket(path);
    made.socket_ = make_socket(AF_UNIX);
    bind_private(made.socket_, path);
    made.path_ = path;
    made.port_ = port;
    if (listen(made.socket_.get(), backlog) != 0) {
        fail("cannot listen on " + path);
    }
    return made;
}

listening_socket listening_socket::on_loopback(int port) {
    listening_socket made;
    made.socket_ = make_socket(AF_INET);
    const int on = 1;
    setsockopt(made.socket_.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (bind(made.socket_.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
        listen(made.socket_.get(), backlog) != 0 ||
        getsockname(made.socket_.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
        fail("cannot listen on 127.0.0.1, port " + std::to_string(port) +
             " (--local-port chooses another)");
    }
    made.port_ = ntohs(address.sin_port);
    return made;
}

listening_socket::~listening_socket() {
    if (is_unix() && socket_.get() >= 0) {
        unlink(path_.c_str());
    }
}

std::string listening_socket::address() const {
    return is_unix() ? path_ : "127.0.0.1:" + std::to_string(port_);
}

std::optional<accepted_client> listening_socket::accept() const {
    unique_fd socket(accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (socket.get() < 0) {
        return std::nullopt;
    }
    if (!is_unix()) {
        const int on = 1;
        setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        setsockopt(socket.get(), SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
        return accepted_client{.connection = client_connection(std::move(socket)),
                               .peer = "a client on the loopback interface",
                               .needs_password = true};
    }
    ucred peer{};
    socklen_t size = sizeof peer;
    const bool is_known = getsockopt(socket.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0;
    return accepted_client{.connection = client_connection(std::move(socket)),
                           .peer = is_known ? describe(peer) : "an unknown process",
                           .is_other_user = !is_known || peer.uid != geteuid()};
}

fs::path default_socket_directory() {
    const char* const runtime = std::getenv("XDG_RUNTIME_DIR");
    if (runtime != nullptr && *runtime == '/') {
        return fs::path(runtime) / "dsql-proxy";
    }
    return "/tmp/dsql-proxy-" + std::to_string(geteuid());
}

}  // namespace dsql_cli::proxy
