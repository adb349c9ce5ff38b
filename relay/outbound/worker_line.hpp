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
    // `shared`: several destinations share the workers.
    worker_line(std::size_t workers, bool shared) : workers_(workers), shared_(shared) {}

    enum class answer { yes, no_worker, over_share };
    // Whether a destination with `connections` connections may have one more now.
    answer may_connect(std::size_t connections, bool proven) const;

    void line_up(destination& who, const queue::ready_list::head& wants, bool proven);
    std::optional<destination*> next(bool proven);
    std::size_t size(bool proven) const;

    // Removes a destination that is about to be forgotten.
    void leave(const destination& who);

    void took() noexcept { ++busy_; }
    void freed() noexcept { --busy_; }
    std::size_t busy() const noexcept { return busy_; }

private:
    using senders = queue::fair_queue<const queue::backlog::name*, destination*>;
    using line = std::array<senders, 3>;  // by priority: urgent, normal, bulk

    line& line_of(bool proven) { return proven ? proven_ : unproven_; }

    std::size_t workers_;
    bool shared_;
    std::size_t busy_ = 0;
    line proven_{senders(1), senders(1), senders(1)};
    line unproven_{senders(1), senders(1), senders(1)};
};

}  // namespace kurir::outbound
