// What happens to mail, for operators who watch: the last events, the last failures, and rates.
//
// All of it is bounded. Each event overwrites the oldest; who reads too slowly misses some and is
// told how many, and no event waits for a reader. Hears events on any thread; may be asked on any.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "relay/control/rate_rings.hpp"
#include "relay/log/log.hpp"

namespace kurir::control {

class event_feed final : public log::listener {
public:
    static constexpr std::size_t kept = 1024;
    static constexpr std::size_t failures_kept = 50;
    static constexpr std::size_t line_max = 8192;  // longer events are left out
    static constexpr std::size_t batch = 128;

    // Hears the log's events from now on.
    event_feed();
    event_feed(const event_feed&) = delete;
    event_feed& operator=(const event_feed&) = delete;
    // No event may be under way.
    ~event_feed() override;

    void hear(std::string_view name, std::string_view line) override;

    struct heard {
        std::string name;
        std::string line;  // JSON
    };
    struct news {
        std::vector<heard> events;
        std::uint64_t next = 0;  // the number to go on with: that of the last event, and one
        std::uint64_t lost = 0;  // overwritten since `first`
    };
    // At most `batch` events from number `first` on.
    news since(std::uint64_t first) const;
    // The number of the next event.
    std::uint64_t now() const;

    // Deferred and bounced recipients as JSON, the newest first.
    std::vector<std::string> failures() const;

    std::vector<rate_rings::counts> seconds();
    std::vector<rate_rings::counts> minutes();

private:
    mutable std::mutex mutex_;
    std::array<heard, kept> ring_;
    std::uint64_t next_ = 0;
    std::deque<std::string> failures_;
    rate_rings rates_;
};

}  // namespace kurir::control
