// Rests and a pace, learnt from refusals in a row: for a whole destination, or for the mail of one
// tenant to it. GOVERNOR.md has the reasoning and the figures.
//
// - **Rest.** Refusals in a row that can't be chance ask for a rest: short at first, doubling.
//   After each rest a single probe decides. A rest never takes longer than thirty messages took
//   before, or a sixth of the time that the trouble lasts.
// - **Pace.** If rests don't help either, messages start from then on at nine tenths of the rate
//   that went well before. The pace grows by a thousandth with each success, and by fiftieths when
//   it has not been refused for long enough. Refusals that last longer than any limit a minute are
//   an outage, and teach no pace.
//
// Pure: the caller supplies the clock reading.
#pragma once

#include <optional>

#include "relay/net/clock.hpp"

namespace kurir::outbound {

class pacer {
public:
    using time_point = net::clock::time_point;

    // When the next message may start; the end of time while a probe is under way.
    time_point not_before() const noexcept;

    // A message starts. True if it is a probe.
    bool started(time_point now);

    // How a message ended that started at `began`.
    void succeeded(time_point now, bool probe);
    void withdrawn(bool probe) noexcept { probing_ = probing_ && !probe; }
    // The latest of `row` refusals without a success; `usual`: the part of attempts that fails
    // whatever we do. True if it is believed.
    bool refused(time_point began, time_point now, unsigned row, double usual);

    // It was under way when the rest began: what it tells is known already.
    bool knows_of(time_point began) const noexcept { return resting_ && began <= rest_began_; }

    bool resting() const noexcept { return resting_; }
    // Whether what fails now fails without a limit being met, as far as one knows.
    bool below_limit() const noexcept {
        return !resting_ && (!pace_ || *pace_ < 0.95 * refused_pace_);
    }
    std::optional<double> pace() const noexcept { return pace_; }
    // The same if it was learnt here.
    std::optional<double> found() const noexcept { return borrowed_ ? std::nullopt : pace_; }
    // Somebody else has learnt that, and nothing is known here. More than 0.
    void begin_with(double pace, time_point now);

private:
    double recent(time_point now) const;
    void grow_pace(time_point now);
    void begin_row(time_point now);
    void learn_from_row(time_point now);
    void set_pace(time_point now);
    void rest(time_point now);
    void fit_rest();

    bool resting_ = false;  // from the first rest until a success
    bool probing_ = false;
    time_point rest_began_{};
    time_point rest_until_{};
    unsigned rests_ = 0;  // of this row
    bool in_row_ = false;
    bool taught_ = false;  // a pace
    time_point row_began_{};

    std::optional<double> pace_;         // messages a second
    bool borrowed_ = false;              // and somebody else has learnt it
    std::optional<double> pace_before_;  // the row
    bool borrowed_before_ = false;
    double refused_pace_ = 0;  // the lowest that is known to be too fast
    time_point pace_at_{};     // when it was last set or grown
    time_point pace_since_{};
    unsigned paced_ = 0;   // successes at this pace
    unsigned trial_ = 50;  // so many before it grows faster
    time_point next_start_{};

    // Rows that follow each other closely are a limit on messages in a short time.
    unsigned close_rows_ = 0;
    double since_row_ = 0;  // successes since the last row that was believed
    double rest_part_ = 1;  // of the first rest, as rests turn out longer than they need be

    double measured_ = 0;  // messages a second before the row
    double lately_ = 0;    // successes, fading over a minute
    time_point lately_at_{};
    std::optional<time_point> first_;        // message ever
    std::optional<time_point> last_lesson_;  // when a row was last believed
    double since_lesson_ = 0;                // successes
};

}  // namespace kurir::outbound
