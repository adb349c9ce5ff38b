// Waits for input on many sockets: the event loop of the load generator and of its sink.
//
// Level-triggered epoll and nothing else. Both ends of the benchmark share two cores with the
// program they measure, so they make no system call that the dialogue does not need and allocate
// nothing per message. Sockets are read when they are readable and written at once; a write may
// block, which stalls only this loop.
//
// Not thread-safe: each thread has its own.
#pragma once

#include <chrono>

namespace kurir::bench {

// What a poller tells that there is something to read, or that the peer has gone.
class readable {
public:
    readable() = default;
    readable(const readable&) = delete;
    readable& operator=(const readable&) = delete;
    virtual ~readable() = default;

    virtual void on_readable() = 0;
};

class poller {
public:
    poller();
    poller(const poller&) = delete;
    poller& operator=(const poller&) = delete;
    ~poller();

    // The handler must live until the socket is closed, which also ends the watch.
    void watch(int socket, readable& handler) const;

    // Calls the handlers of what is readable; returns after `limit` at the latest.
    void poll(std::chrono::milliseconds limit) const;

private:
    int epoll_;
};

}  // namespace kurir::bench
