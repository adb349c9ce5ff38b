// How many queries may be at the name servers at a time.
//
// By default a socket buffer holds about 270 answers. Of a larger burst a part is lost, and is only
// noticed by timeouts. So at most `size` queries wait for answers that may still come soon. Names
// that get no answer must not block the others until they time out: a query that has waited several
// times the usual answer time no longer counts. A slow server makes this patience longer, so it
// does not get more queries than it can answer.
//
// Pure: the caller supplies the clock reading.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

namespace kurir::dns {

class send_window {
public:
    using clock = std::chrono::steady_clock;
    static constexpr std::size_t size = 100;
    static constexpr std::chrono::milliseconds patience_min{100};
    static constexpr std::chrono::milliseconds patience_max{3000};

    struct ticket {
        std::uint64_t number = 0;
        clock::time_point sent{};
    };

    // Nothing if another query may be sent; else when to check again, unless an answer comes first.
    std::optional<clock::time_point> closed_until(clock::time_point now);

    ticket sent(clock::time_point now);

    // The query has ended: by an answer, a timeout or a socket error.
    void answered(const ticket& issued, clock::time_point now);
    void lost(const ticket& issued);

private:
    clock::duration patience() const;
    void forget(const ticket& issued);

    struct question {
        clock::time_point sent;
        bool waits = true;
    };
    std::deque<question> asked_;  // those that may still be answered soon, and some that have ended
    std::uint64_t first_ = 0;     // the number of its first
    std::size_t waiting_ = 0;
    clock::duration answer_time_ = patience_min / 2;  // smoothed
};

}  // namespace kurir::dns
