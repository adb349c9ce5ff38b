// Which HTTP connections are kept when more come than there are places. Pure.
//
// A new connection always gets a place: the client with the most connections loses one, of these
// the one that has waited longest without a whole request. So silent connections can't keep a probe
// out. Answers that may take long have `slow_max` places only; the rest is for probes.
#pragma once

#include <boost/asio/ip/address.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>

namespace kurir::admin {

class places {
public:
    static constexpr std::size_t all_max = 32;
    static constexpr std::size_t slow_max = 24;

    enum class state : std::uint8_t { waiting, probe, slow };
    using number = std::uint64_t;

    struct admission {
        number added;
        std::optional<number> removed;  // to be closed; it has no place any more
    };

    // A connection from `client`, which waits for its first request.
    admission add(const boost::asio::ip::address& client);

    // What a connection does now. False when no place is left for a slow answer.
    bool set(number which, state now);

    // Does nothing to one that was removed before.
    void remove(number which);

    std::size_t size() const noexcept { return all_.size(); }

private:
    struct place {
        boost::asio::ip::address client;
        state now = state::waiting;
        number since = 0;  // counts changes of any place, not time
    };

    number victim() const;

    std::map<number, place> all_;
    number last_ = 0;
};

}  // namespace kurir::admin
