#include "dns/cares.hpp"

#include <ares.h>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <map>
#include <utility>

namespace kurir::dns {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr int internet_class = 1;
// Longer than anyone waits before asking elsewhere: a late answer is an answer too.
constexpr int timeout_ms = 8000;

errc error_of(int status) noexcept {
    switch (status) {
        case ARES_ENOTFOUND:
            return errc::not_found;
        case ARES_ENODATA:
            return errc::no_data;
        case ARES_ESERVFAIL:
        case ARES_ENOTIMP:
            return errc::servfail;
        case ARES_EREFUSED:
            return errc::refused;
        case ARES_ETIMEOUT:
            return errc::timeout;
        case ARES_EFORMERR:
        case ARES_EBADNAME:
        case ARES_EBADRESP:
            return errc::malformed;
        case ARES_ECANCELLED:
        case ARES_EDESTRUCTION:
            return errc::cancelled;
        default:
            return errc::unreachable;
    }
}

// A question that c-ares works on, and passes around as a pointer.
struct pending {
    asio::any_io_executor executor;
    cares_channel::handler done;
    const bool& shortage;  // of the channel, which is destroyed later
};

void complete(const asio::any_io_executor& executor, cares_channel::handler done, errc why) {
    asio::post(executor, [done = std::move(done), why] { done(why); });
}

void on_reply(void* argument, int status, int, unsigned char* text, int length) {
    const std::unique_ptr<pending> asked(static_cast<pending*>(argument));
    if (text == nullptr || length <= 0) {
        auto why = error_of(status);
        if (why == errc::unreachable && asked->shortage) why = errc::shortage;
        return complete(asked->executor, std::move(asked->done), why);
    }
    asio::post(
        asked->executor,
        [done = std::move(asked->done), said = message({text, text + length})] { done(said); }
    );
}

// c-ares does not tell why a socket could not be opened, so it opens sockets with these functions.
bool is_want(int error) {
    return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM ||
           error == EADDRNOTAVAIL || error == EAGAIN;
}

ares_socket_t open_socket(int domain, int type, int protocol, void* shortage) {
    const int socket = ::socket(domain, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
    *static_cast<bool*>(shortage) = socket < 0 && is_want(errno);
    return socket;
}

int close_socket(ares_socket_t socket, void*) {
    return ::close(socket);
}

int connect_socket(
    ares_socket_t socket, const sockaddr* address, ares_socklen_t length, void* shortage
) {
    const int result = ::connect(socket, address, length);
    if (result != 0 && is_want(errno)) *static_cast<bool*>(shortage) = true;
    return result;
}

ares_ssize_t receive(
    ares_socket_t socket,
    void* buffer,
    std::size_t size,
    int flags,
    sockaddr* sender,
    socklen_t* length,
    void* /*shortage*/
) {
    return ::recvfrom(socket, buffer, size, flags, sender, length);
}

ares_ssize_t send_parts(ares_socket_t socket, const iovec* parts, int count, void*) {
    msghdr all{};
    all.msg_iov = const_cast<iovec*>(parts);
    all.msg_iovlen = static_cast<std::size_t>(count);
    return ::sendmsg(socket, &all, MSG_NOSIGNAL);
}

constexpr ares_socket_functions socket_functions{
    &open_socket, &close_socket, &connect_socket, &receive, &send_parts
};

// A socket that c-ares owns and closes: it is only watched, and released instead of closed.
struct watched {
    explicit watched(const asio::any_io_executor& executor) : descriptor(executor) {}
    watched(const watched&) = delete;
    watched& operator=(const watched&) = delete;
    ~watched() {
        if (descriptor.is_open()) descriptor.release();
    }

    asio::posix::stream_descriptor descriptor;
    bool read = false;  // what c-ares waits for
    bool write = false;
    bool waits_to_read = false;
    bool waits_to_write = false;
};

}  // namespace

// Shared, so that handlers which the executor still holds notice the end by a weak pointer.
class cares_channel::connection : public std::enable_shared_from_this<connection> {
public:
    connection(asio::any_io_executor executor, std::string server, bool edns)
        : executor_(std::move(executor)),
          timer_(executor_),
          flags_(ARES_FLAG_NOSEARCH | ARES_FLAG_NOCHECKRESP | (edns ? ARES_FLAG_EDNS : 0)),
          server_(std::move(server)) {}

    void ask(const std::string& name, record_type type, handler done) {
        if (closed_) return complete(executor_, std::move(done), errc::cancelled);
        if (!open()) {
            const auto why = shortage_ ? errc::shortage : errc::unreachable;
            return complete(executor_, std::move(done), why);
        }
        auto asked = std::make_unique<pending>(executor_, std::move(done), shortage_);
        shortage_ = false;
        ares_query(
            channel_,
            name.c_str(),
            internet_class,
            static_cast<int>(type),
            &on_reply,
            asked.release()
        );
        arm_timer();
    }

    void close() {
        closed_ = true;
        timer_.cancel();
        if (channel_ != nullptr) ares_destroy(std::exchange(channel_, nullptr));
        sockets_.clear();
    }

private:
    bool open() {
        if (channel_ != nullptr) return true;
        static const int ready = ares_library_init(ARES_LIB_INIT_ALL);
        if (ready != ARES_SUCCESS) return false;

        ares_options options{};
        options.flags = flags_;
        options.timeout = timeout_ms;
        options.tries = 1;
        options.sock_state_cb = &connection::on_socket;
        options.sock_state_cb_data = this;
        const int mask =
            ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB;
        const int status = ares_init_options(&channel_, &options, mask);
        // It is also such an error when c-ares can't read one of its own files for lack of a
        // descriptor.
        shortage_ = status == ARES_ENOMEM || status == ARES_EFILE;
        if (status != ARES_SUCCESS) {
            channel_ = nullptr;
            return false;
        }
        ares_set_socket_functions(channel_, &socket_functions, &shortage_);
        if (ares_set_servers_ports_csv(channel_, server_.c_str()) == ARES_SUCCESS) return true;
        ares_destroy(std::exchange(channel_, nullptr));
        return false;
    }

    static void on_socket(void* self, ares_socket_t socket, int read, int write) {
        static_cast<connection*>(self)->watch(socket, read != 0, write != 0);
    }

    // c-ares is about to close it. It is released at once, not when its last user is done with it:
    // by then the number may belong to another socket.
    void forget(ares_socket_t socket) {
        const auto known = sockets_.find(socket);
        if (known == sockets_.end()) return;
        if (known->second->descriptor.is_open()) known->second->descriptor.release();
        sockets_.erase(known);
    }

    void watch(ares_socket_t socket, bool read, bool write) {
        if (!read && !write) return forget(socket);
        auto& known = sockets_[socket];
        if (!known) {
            known = std::make_shared<watched>(executor_);
            error_code error;
            known->descriptor.assign(socket, error);
            if (error) return;  // the question then ends with its timeout
        }
        known->read = read;
        known->write = write;
        arm(socket, known);
    }

    // A socket that was closed and opened again under the same number is another `watched`.
    auto when_ready(ares_socket_t socket, const std::weak_ptr<watched>& waiting, bool read) {
        return [weak = weak_from_this(), socket, waiting, read](error_code error) {
            const auto self = weak.lock();
            const auto known = waiting.lock();
            if (!error && self && known) self->process(socket, known, read);
        };
    }

    void arm(ares_socket_t socket, const std::shared_ptr<watched>& known) {
        if (!known->descriptor.is_open()) return;
        using descriptor = asio::posix::descriptor_base;
        if (known->read && !std::exchange(known->waits_to_read, known->read))
            known->descriptor.async_wait(descriptor::wait_read, when_ready(socket, known, true));
        if (known->write && !std::exchange(known->waits_to_write, known->write))
            known->descriptor.async_wait(descriptor::wait_write, when_ready(socket, known, false));
    }

    void process(ares_socket_t socket, const std::shared_ptr<watched>& known, bool read) {
        (read ? known->waits_to_read : known->waits_to_write) = false;
        ares_process_fd(channel_, read ? socket : ARES_SOCKET_BAD, read ? ARES_SOCKET_BAD : socket);
        // It may have closed this socket and opened others.
        const auto still = sockets_.find(socket);
        if (still != sockets_.end() && still->second == known) arm(socket, known);
        arm_timer();
    }

    void arm_timer() {
        timeval left{};
        if (channel_ == nullptr || ares_timeout(channel_, nullptr, &left) == nullptr) {
            timer_.cancel();
            return;
        }
        timer_.expires_after(
            std::chrono::seconds(left.tv_sec) + std::chrono::microseconds(left.tv_usec)
        );
        timer_.async_wait([weak = weak_from_this()](error_code error) {
            const auto self = weak.lock();
            if (error || !self || self->channel_ == nullptr) return;
            ares_process_fd(self->channel_, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
            self->arm_timer();
        });
    }

    asio::any_io_executor executor_;
    asio::steady_timer timer_;  // of c-ares's timeouts
    int flags_;
    std::string server_;
    bool shortage_ = false;  // the last socket could not be opened for lack of our own resources
    ares_channel channel_ = nullptr;
    bool closed_ = false;
    std::map<ares_socket_t, std::shared_ptr<watched>> sockets_;
};

cares_channel::cares_channel(asio::any_io_executor executor, std::string server, bool edns)
    : connection_(std::make_shared<connection>(std::move(executor), std::move(server), edns)) {}

cares_channel::~cares_channel() {
    close();
}

void cares_channel::ask(const std::string& name, record_type type, handler done) {
    connection_->ask(name, type, std::move(done));
}

void cares_channel::close() {
    connection_->close();
}

}  // namespace kurir::dns
