#include "relay/app/early_signals.hpp"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdlib>

#include "relay/log/log.hpp"

namespace kurir::app {

namespace {

sigset_t signals_to_end() {
    sigset_t signals;
    sigemptyset(&signals);
    for (const int each : {SIGTERM, SIGINT})
        sigaddset(&signals, each);
    return signals;
}

sigset_t blocked() {
    auto signals = signals_to_end();
    sigaddset(&signals, SIGHUP);
    return signals;
}

}  // namespace

early_signals::early_signals() {
    hold();
}

void early_signals::hold() {
    const auto signals = blocked();
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

early_signals::~early_signals() {
    end_watch();
}

void early_signals::watch() {
    const auto signals = signals_to_end();
    signals_ = ::signalfd(-1, &signals, SFD_CLOEXEC);
    over_ = ::eventfd(0, EFD_CLOEXEC);
    if (signals_ < 0 || over_ < 0) return;  // no descriptors: the signals wait for the service
    thread_ = std::thread([this] {
        pthread_setname_np(pthread_self(), "early-signals");
        run();
    });
}

void early_signals::run() const {
    std::array<pollfd, 2> both{{{signals_, POLLIN, 0}, {over_, POLLIN, 0}}};
    for (;;) {
        if (::poll(both.data(), both.size(), -1) < 0 && errno != EINTR) return;
        if (both[1].revents != 0) return;
        if (both[0].revents == 0) continue;
        signalfd_siginfo signal{};
        if (::read(signals_, &signal, sizeof signal) != sizeof signal) continue;
        log::event(log::level::info, "lifecycle").with("what", "stopped_while_starting");
        log::await_written();
        std::_Exit(EXIT_SUCCESS);  // the queue is safe at every instant
    }
}

void early_signals::end_watch() {
    if (thread_.joinable()) {
        const std::uint64_t count = 1;
        std::ignore = ::write(over_, &count, sizeof count);
        thread_.join();
    }
    for (int* each : {&signals_, &over_}) {
        if (*each >= 0) ::close(*each);
        *each = -1;
    }
}

void early_signals::hand_over() {
    end_watch();
    const auto signals = blocked();
    pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

}  // namespace kurir::app
