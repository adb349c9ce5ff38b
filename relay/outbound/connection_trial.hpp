// New connections are on trial: the part of the governor that learns how many a destination takes
// from those that have not served a message yet. GOVERNOR.md has the reasoning and the figures.
//
// A server that counts connections refuses the newest and goes on to serve the others. So a new
// connection that is refused, while others are served, says that so many are too many; and it says
// it at once, where refusals among all messages have to become dense first. One more is tried again
// after some successes, after twice as many each time.
//
// Pure.
#pragma once

#include <cstddef>
#include <optional>

namespace kurir::outbound {

class connection_trial {
public:
    // How many connections there may be; without bound until one was refused.
    std::size_t allowed() const noexcept;

    // A message as it was handed to a connection.
    struct beginning {
        bool fresh = false;         // the connection has not served a message yet
        std::size_t place = 1;      // of the connection among those that are open, 1 for the oldest
        bool others_serve = false;  // an open connection has served a message
        unsigned era = 0;
    };
    // Messages that were under way when the bound was set belong to an earlier era: what they tell
    // is known already.
    unsigned era() const noexcept { return era_; }

    // True if the bound is gone: connections may grow step by step from here.
    bool succeeded(const beginning& message) noexcept;
    // `serving`: others are being served. `usual`: the part of attempts that fails whatever we do.
    enum class finding : unsigned char {
        none,      // it may concern anything
        open,      // it concerns the connection; so many were taken before
        too_many,  // it concerns the number of connections
    };
    finding refused(const beginning& message, bool serving, double usual);

    // How many it takes, as was found here; nothing: no bound is known.
    std::optional<std::size_t> found() const noexcept {
        return bound_ > 0 && !borrowed_ ? std::optional(bound_) : std::nullopt;
    }
    // Somebody else has found that, and nothing is known here.
    void begin_with(std::size_t connections) noexcept;

    // The destination was unreachable: begin as with a new one.
    void restart() noexcept;

private:
    void bound(std::size_t connections) noexcept;

    unsigned era_ = 0;
    std::size_t proven_ = 0;          // so many have served at the same time
    std::size_t bound_ = 0;           // 0: none
    bool borrowed_ = false;           // and somebody else has found it
    std::size_t bounded_at_ = 0;      // the bound for which `patience_` was doubled
    std::size_t patience_ = 0;        // successes until one more is tried
    std::size_t successes_ = 0;       // since the bound was set
    std::size_t row_ = 0;             // fresh ones that were refused, within what is proven
    std::size_t lowest_refused_ = 0;  // place of these
};

}  // namespace kurir::outbound
