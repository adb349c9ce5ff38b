// A socket that hears what a service manager hears.
#pragma once

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <string>

#include "relay/app/service_manager.hpp"

namespace tests {

class manager_socket {
public:
    explicit manager_socket(bool abstract)
        : address_(
              (abstract ? "@kurir-test-" : "/tmp/kurir-test-notify-") + std::to_string(::getpid())
          ),
          socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
        if (!abstract) ::unlink(address_.c_str());
        const auto local = kurir::app::notify_endpoint_of(address_).value();
        if (::bind(socket_, local.data(), static_cast<socklen_t>(local.size())) != 0) {
            throw std::runtime_error("can't bind " + address_);
        }
    }
    manager_socket(const manager_socket&) = delete;
    manager_socket& operator=(const manager_socket&) = delete;
    ~manager_socket() {
        ::close(socket_);
        if (address_.front() == '/') ::unlink(address_.c_str());
    }

    const std::string& address() const noexcept { return address_; }

    // The next datagram; empty if there is none.
    std::string heard() const {
        std::array<char, 4096> text{};
        const auto size = ::recv(socket_, text.data(), text.size(), 0);
        return size > 0 ? std::string(text.data(), static_cast<std::size_t>(size)) : "";
    }

private:
    std::string address_;
    int socket_;
};

}  // namespace tests
