// Which route is asked for next: bounded, so that a backlog of a hundred thousand domains does not
// ask for all of them at once.
//
// Destinations that are in use come first, then domains of mail that was never tried, then those of
// retries; of every four questions one is left to the retries, so that new mail can't starve them.
//
// Pure.
#pragma once

#include <array>
#include <cstddef>
#include <deque>
#include <string>
#include <utility>

namespace kurir::outbound {

class lookup_line {
public:
    enum class kind : std::uint8_t { refresh, fresh, retry };

    explicit lookup_line(std::size_t at_once = 512) : at_once_(at_once) {}

    void add(std::string key, kind what) {
        waiting_[static_cast<std::size_t>(what)].push_back(std::move(key));
    }

    // One of the questions was answered.
    void answered() noexcept { --asked_; }

    // Calls `ask` with each key whose turn it is.
    template <class Ask>
    void serve(Ask ask) {
        while (asked_ < at_once_) {
            auto* from = next();
            if (from == nullptr) return;
            ++asked_;
            const std::string key = std::move(from->front());
            from->pop_front();
            ask(key);
        }
    }

private:
    std::deque<std::string>* next() {
        auto& [refresh, fresh, retry] = waiting_;
        if (!refresh.empty()) return &refresh;
        constexpr unsigned turns = 4;
        const bool first_retry = ++turn_ % turns == 0 && !retry.empty();
        if (!fresh.empty() && !first_retry) return &fresh;
        return retry.empty() ? nullptr : &retry;
    }

    std::size_t at_once_;
    std::size_t asked_ = 0;
    unsigned turn_ = 0;
    std::array<std::deque<std::string>, 3> waiting_;
};

}  // namespace kurir::outbound
