// The way of one question through the name servers: who is asked next, and what counts as the
// answer.
//
// The servers are asked one after the other, then once more without EDNS, until one gives an answer
// that is proven. Whatever else comes (a failure, a refusal, nonsense, an empty answer without
// proof) leads to the next server at once; silence does when the caller's patience is over, and an
// answer that comes late still counts. Pure.
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

    // Whom to ask now; nothing if all were asked.
    std::optional<step> next();

    bool all_asked() const noexcept { return asked_ == rounds * servers_.size(); }

    // What one of them answered, or that it could not be asked.
    void heard(const result<answer>& said);

    // The end, once it is certain: by an answer, or because all have answered without giving one.
    std::optional<result<answer>> outcome() const;

    // The end if nothing more is waited for.
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
