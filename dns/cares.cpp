#include "dns/cares.hpp"

#include <ares.h>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <map>
#include <utility>

namespace kurir::dns {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr int class_in = 1;
constexpr int timeout_ms = 3000;
constexpr int rounds = 2;

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

using message = result<std::vector<std::uint8_t>>;

// Whether a server says that it can't or won't answer: SERVFAIL, NOTIMP, REFUSED.
bool is_refusal(const std::vector<std::uint8_t>& said) {
    const int code = said.size() > 3 ? said[3] & 0xf : 0;
    return code == 2 || code == 4 || code == 5;
}

// A question on its way through c-ares, which carries it as a pointer.
struct pending {
    asio::any_io_executor executor;
    cares_channel::handler done;
};

void complete(const asio::any_io_executor& executor, cares_channel::handler done, errc why) {
    asio::post(executor, [done = std::move(done), why] { done(why); });
}

void on_reply(void* argument, int status, int, unsigned char* text, int length) {
    const std::unique_ptr<pending> asked(static_cast<pending*>(argument));
    if (text == nullptr || length <= 0)
        return complete(asked->executor, std::move(asked->done), error_of(status));
    asio::post(
        asked->executor,
        [done = std::move(asked->done), bytes = std::vector<std::uint8_t>(text, text + length)](
        ) mutable { done(std::move(bytes)); }
    );
}

// A socket that c-ares owns and closes: it is only watched, and released instead of closed.
struct watched {
    explicit watched(const asio::any_io_executor& executor) : descriptor(executor) {}
    watched(const watched&) = delete;
    watched& operator=(const watched&) = delete;
    ~watched() {
        if (descriptor.is_open()) descriptor.release();
    }

    asio::posix::stream_descriptor descriptor;
    bool read = false;  // what c-ares wants to know
    bool write = false;
    bool waits_to_read = false;
    bool waits_to_write = false;
};

}  // namespace

// Shared, so that what the executor still holds when it ends finds out by a weak pointer.
class cares_channel::connection : public std::enable_shared_from_this<connection> {
public:
    connection(
        asio::any_io_executor executor, const std::vector<std::string>& servers, int more_flags
    )
        : executor_(std::move(executor)),
          timer_(executor_),
          flags_(ARES_FLAG_NOSEARCH | ARES_FLAG_EDNS | more_flags) {
        for (const auto& server : servers)
            servers_ += (servers_.empty() ? "" : ",") + server;
    }

    void ask(const std::string& name, record_type type, handler done) {
        if (closed_) return complete(executor_, std::move(done), errc::cancelled);
        if (!open()) return complete(executor_, std::move(done), errc::unreachable);
        auto asked = std::make_unique<pending>(executor_, std::move(done));
        ares_query(
            channel_, name.c_str(), class_in, static_cast<int>(type), &on_reply, asked.release()
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
        options.tries = rounds;
        options.sock_state_cb = &connection::on_socket;
        options.sock_state_cb_data = this;
        const int mask =
            ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB;
        if (ares_init_options(&channel_, &options, mask) != ARES_SUCCESS) {
            channel_ = nullptr;
            return false;
        }
        if (servers_.empty() ||
            ares_set_servers_ports_csv(channel_, servers_.c_str()) == ARES_SUCCESS)
            return true;
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
            if (error) return;  // then the question ends by its timeout
        }
        known->read = read;
        known->write = write;
        arm(socket, known);
    }

    // A socket that was closed and opened again under the same number is another `watched`.
    auto when_ready(ares_socket_t socket, const std::weak_ptr<watched>& which, bool read) {
        return [weak = weak_from_this(), socket, which, read](error_code error) {
            const auto self = weak.lock();
            const auto known = which.lock();
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
    std::string servers_;  // as c-ares takes them; empty: of resolv.conf
    ares_channel channel_ = nullptr;
    bool closed_ = false;
    std::map<ares_socket_t, std::shared_ptr<watched>> sockets_;
};

// c-ares does not say what the servers answered when all of them fail or refuse. So the first
// answer is taken whatever it is, and the others are asked only if it is of that kind.
cares_channel::cares_channel(
    asio::any_io_executor executor, const std::vector<std::string>& servers
)
    : first_(std::make_shared<connection>(executor, servers, ARES_FLAG_NOCHECKRESP)),
      others_(servers.size() == 1 ? nullptr : std::make_shared<connection>(executor, servers, 0)) {}

cares_channel::~cares_channel() {
    close();
}

void cares_channel::ask(const std::string& name, record_type type, handler done) {
    if (!others_) return first_->ask(name, type, std::move(done));
    first_->ask(name, type, [others = others_, name, type, done = std::move(done)](message said) {
        if (!said || !is_refusal(*said)) return done(std::move(said));
        others->ask(name, type, [said, done](message better) {
            done(better || better.error() == errc::cancelled ? std::move(better) : said);
        });
    });
}

void cares_channel::close() {
    first_->close();
    if (others_) others_->close();
}

}  // namespace kurir::dns
