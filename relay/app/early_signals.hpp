// SIGTERM and SIGINT from the first instruction of `main` until the service can end in order.
//
// They are blocked at once, in all threads that follow, and a thread waits for them. While the
// program starts, which takes long when a large queue is opened or another process still holds it,
// no mail has been accepted, so it ends at once, with status 0. SIGHUP, which asks for a reload,
// waits for the service.
#pragma once

#include <thread>

namespace kurir::app {

class early_signals {
public:
    // Blocks the signals. Those that come before `watch` wait.
    early_signals();
    early_signals(const early_signals&) = delete;
    early_signals& operator=(const early_signals&) = delete;
    ~early_signals();

    // From now on a signal ends the process. The log has been started.
    void watch();

    // The caller has installed handlers: signals wait from now on.
    void end_watch();

    // Pending and later signals are delivered on the calling thread. Threads that it starts
    // afterwards would get them, too, even when the handlers are gone: start them before.
    void hand_over();

    // From now on the signals stay blocked, on the calling thread and threads that it starts,
    // because the program is ending.
    static void hold();

private:
    void run() const;

    int signals_ = -1;  // a signalfd
    int over_ = -1;     // an eventfd
    std::thread thread_;
};

}  // namespace kurir::app
