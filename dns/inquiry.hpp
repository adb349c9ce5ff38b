// The course of one question through the name servers: which server is asked next, and what counts
// as the answer.
//
// The servers are asked one after the other, then once more without EDNS, until one gives an answer
// that is proven. After any other answer (a failure, a refusal, nonsense, an empty answer without
// proof) the next server is asked at once; after silence, when the caller's patience is over. A
// late answer still counts. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "dns/error.hpp"
#include "dns/record.hpp"

namespace kurir::dns {

class inquiry {
public:
    struct step {
        std::size_t server = 0;
        bool edns = true;
    };

    // The servers in the order in which to ask them; not empty.
    explicit inquiry(std::vector<std::size_t> servers) : servers_(std::move(servers)) {}

    // The next server to ask; nothing if all were asked.
    std::optional<step> next();

    bool all_asked() const noexcept { return asked_ == rounds * servers_.size(); }

    // Takes the answer of a server, or the error if it could not be asked.
    void heard(const result<answer>& said);

    // The outcome, once it is certain: an answer, or a failure when all servers have replied
    // without one.
    std::optional<result<answer>> outcome() const;

    // The outcome if no more answers are awaited.
    result<answer> best() const;

private:
    static constexpr std::size_t rounds = 2;  // with EDNS, and without

    std::vector<std::size_t> servers_;
    std::size_t asked_ = 0;    // of two rounds
    std::size_t answers_ = 0;  // to these
    std::optional<result<answer>> certain_;
    std::optional<answer> unconfirmed_;                  // a server says that there is no such name
    boost::system::error_code failure_ = errc::timeout;  // the most telling one
};

}  // namespace kurir::dns
