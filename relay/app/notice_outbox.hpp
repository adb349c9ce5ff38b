// What was decided here and is not on the notice board yet, in the order of the decisions. Of a
// notice that is decided again before it was posted, only the latest counts. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "queue/notice.hpp"
#include "relay/net/clock.hpp"

namespace kurir::app {

class notice_outbox {
public:
    void put(std::vector<queue::notice> decided, net::clock::time_point now);

    // The first ones, and up to where they go.
    struct piece {
        std::vector<queue::notice> notices;
        std::uint64_t last = 0;
    };
    // What is over by now is dropped.
    piece front(std::size_t count, net::clock::time_point now);
    // Those are on the board. What was decided again since is not.
    void posted(const piece& those);

    bool holds(queue::notice_kind kind, const std::string& key) const;
    std::size_t size() const noexcept { return line_.size(); }
    bool empty() const noexcept { return line_.empty(); }
    // How many of this kind.
    std::size_t count(queue::notice_kind kind) const;
    // When the one was decided that waits longest; none if none waits.
    std::optional<net::clock::time_point> oldest() const;

private:
    struct waiting {
        queue::notice notice;
        net::clock::time_point since;
    };
    using name = std::pair<queue::notice_kind, std::string>;
    using line = std::map<std::uint64_t, waiting>;

    line::iterator drop(line::iterator place);

    line line_;  // by the numbers of decisions
    std::map<name, std::uint64_t> numbers_;
    std::map<queue::notice_kind, std::size_t> counts_;
    std::uint64_t last_ = 0;
};

}  // namespace kurir::app
