// How many connections a destination takes, found by trying: the part of the governor that knows
// connections. GOVERNOR.md has the reasoning and the figures.
//
// The number grows with success. Refusals that are too dense to be chance cut it, and are a
// hypothesis: "so many are too many". The hypothesis is tested by what happens below that number. A
// real limit is not met there; where as many attempts fail as before, failures have nothing to do
// with the number of connections, and the cut is taken back.
//
// Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "relay/outbound/share.hpp"

namespace kurir::outbound {

class connection_limit {
public:
    explicit connection_limit(std::size_t most);

    // At least 1.
    void set_most(std::size_t most);

    // How many there may be.
    std::size_t allowed() const noexcept { return static_cast<std::size_t>(window_); }

    // Attempts that were under way when it was cut belong to an earlier era: what they tell is
    // known already.
    unsigned era() const noexcept { return era_; }

    // An attempt as it began: with how many connections, and in which era.
    struct beginning {
        std::size_t connections = 1;
        unsigned era = 0;
        bool used_all = false;  // as many were under way as there may be
    };
    // `usual`: the part of attempts that fails whatever we do.
    void succeeded(const beginning& attempt, double usual);
    // `says_so`: in words that can mean nothing else. True if the limit that is known explains it.
    bool refused(const beginning& attempt, bool says_so, double usual);

    // So many were found to be taken; there may be more.
    void grow_from(std::size_t connections) noexcept;

    // The destination was unreachable: begin as with a new one.
    void restart();

    // Whether an attempt tells what fails without a limit being met.
    bool below_limit(const beginning& attempt) const noexcept {
        return limit_ == 0 || attempt.connections < limit_;
    }

    // How many it takes; nothing: no limit is known.
    std::optional<std::size_t> found() const noexcept {
        return limit_ > 0 ? std::optional(limit_ - 1) : std::nullopt;
    }

    // Whether fewer connections were tried, and made no difference.
    bool refuted() const noexcept { return refuted_; }

private:
    void grow();
    void cut(std::size_t refused_at);
    void step_back();
    void refute();
    void judge_below(const beginning& attempt, double usual);
    bool made_no_difference() const noexcept;

    double most_;
    double window_;
    double straight_until_;   // below this it grows by one with each success
    std::size_t limit_ = 0;   // connections that were too many; 0: none ever were
    unsigned patience_;       // successes before so many are tried again
    unsigned successes_ = 0;  // since the last cut
    std::size_t borne_ = 0;   // of these, with as many connections as were too many
    unsigned era_ = 0;
    bool refuted_ = false;

    double suspicion_ = 0;  // log odds that failures are denser than usual
    double before_;         // the window before the first of a row of cuts
    share at_limit_;        // attempts with as many connections as were too many, or more
    share below_;           // attempts with fewer, since then
};

}  // namespace kurir::outbound
