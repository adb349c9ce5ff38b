// Which destination gets the next free worker, when there are more destinations than workers.
//
// Destinations wait for one worker at a time. They are served by priority and, within a priority,
// fairly between the senders whose mail is next. Two rules keep slow destinations from occupying
// all workers:
//
// - A destination gets a further worker only while more workers are free than it has. (The dynamic
//   threshold of switch buffers: only a destination without a worker can take the last free one.)
// - A quarter of the workers is reserved for destinations that have accepted mail over a connection
//   that is still open. So a hundred thousand domains that do not answer leave room for those that
//   do.
//
// A destination whose route allows it (a relayhost) takes every worker while no other destination
// has one or waits for one.
//
// Pure.
#pragma once

#include <array>
#include <cstddef>
#include <optional>

#include "queue/backlog.hpp"
#include "queue/fairness.hpp"
#include "queue/ready_list.hpp"

namespace kurir::outbound {

struct destination;

class worker_line {
public:
    explicit worker_line(std::size_t workers) : workers_(workers) {}

    enum class answer { yes, no_worker, over_share };
    // Whether a destination that is not in line may have one more connection now.
    answer may_connect(const destination& site, bool proven) const;
    // Whether there is a worker for any of those in line.
    bool has_worker(bool proven) const;

    void line_up(destination& site, const queue::ready_list::head& head, bool proven);
    std::optional<destination*> next(bool proven);
    std::size_t size(bool proven) const;

    // Removes a destination that is about to be forgotten.
    void leave(const destination& site);

    void took() noexcept { ++busy_; }
    void freed() noexcept { --busy_; }
    std::size_t free() const noexcept { return busy_ < workers_ ? workers_ - busy_ : 0; }

private:
    using senders = queue::fair_queue<const queue::backlog::name*, destination*>;
    using line = std::array<senders, 3>;  // by priority: urgent, normal, bulk

    line& line_of(bool proven) { return proven ? proven_ : unproven_; }
    const line& line_of(bool proven) const { return proven ? proven_ : unproven_; }
    std::size_t kept_from(bool proven) const noexcept { return proven ? 0 : workers_ / 4; }
    bool has_all(const destination& site) const;

    std::size_t workers_;
    std::size_t busy_ = 0;
    line proven_{senders(1), senders(1), senders(1)};
    line unproven_{senders(1), senders(1), senders(1)};
};

}  // namespace kurir::outbound
