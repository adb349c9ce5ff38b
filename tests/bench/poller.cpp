#include "tests/bench/poller.hpp"

#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <system_error>

namespace kurir::bench {

poller::poller() : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    if (epoll_ < 0) throw std::system_error(errno, std::generic_category(), "epoll_create1");
}

poller::~poller() {
    ::close(epoll_);
}

void poller::watch(int socket, readable& handler) const {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = &handler;
    if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, socket, &event) != 0) {
        throw std::system_error(errno, std::generic_category(), "epoll_ctl");
    }
}

void poller::poll(std::chrono::milliseconds limit) const {
    std::array<epoll_event, 64> events;
    const auto count = ::epoll_wait(
        epoll_, events.data(), static_cast<int>(events.size()), static_cast<int>(limit.count())
    );
    for (std::size_t i = 0; count > 0 && i < static_cast<std::size_t>(count); ++i) {
        static_cast<readable*>(events[i].data.ptr)->on_readable();
    }
}

}  // namespace kurir::bench
