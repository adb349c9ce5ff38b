// How many questions may be at the name servers at a time.
//
// A socket holds some 270 answers by default: of a larger burst a part is lost, and found out by
// time-outs. So no more than `size` questions wait for answers that may still come soon. Names that
// nobody answers for must not hold back the others until their time-outs: a question that has
// waited several times as long as answers take counts no more. A slow server makes the patience
// longer, and so is not sent more than it can answer.
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

    // Nothing, if another question may be sent; else when to look again, unless an answer comes.
    std::optional<clock::time_point> closed_until(clock::time_point now);

    ticket sent(clock::time_point now);

    // The question came to its end: by an answer, or by a time-out or an error of the socket.
    void answered(const ticket& which, clock::time_point now);
    void lost(const ticket& which);

private:
    clock::duration patience() const;
    void forget(const ticket& which);

    struct question {
        clock::time_point sent;
        bool waits = true;
    };
    std::deque<question> asked_;  // those that may still be answered soon, and some that were
    std::uint64_t first_ = 0;     // the number of its first
    std::size_t waiting_ = 0;
    clock::duration answer_time_ = patience_min / 2;  // smoothed
};

}  // namespace kurir::dns
