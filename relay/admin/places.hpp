// Decides which HTTP connections are kept when there are more than places. Pure.
//
// A new connection always gets a place. If none is free, the client with the most connections loses
// the one that has waited longest without a complete request. So silent connections can't keep a
// probe out. Answers that may take long have `slow_max` places only, and those without an end
// `stream_max`; the rest is for probes.
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
    static constexpr std::size_t stream_max = 8;
    static constexpr std::size_t upload_max = 4;  // large bodies are in memory

    enum class state : std::uint8_t { waiting, probe, slow, stream, upload };
    using number = std::uint64_t;

    struct admission {
        number added;
        std::optional<number> removed;  // must be closed: it has lost its place
    };

    // A connection from `client`, which waits for its first request.
    admission add(const boost::asio::ip::address& client);

    // Sets what a connection does now. False if no place is left for an answer of its kind.
    bool set(number connection, state next);

    bool has(number connection) const { return all_.contains(connection); }

    // Does nothing if it was removed before.
    void remove(number connection);

    std::size_t size() const noexcept { return all_.size(); }

private:
    struct place {
        boost::asio::ip::address client;
        state current = state::waiting;
        number since = 0;  // counts changes of any place, not time
    };

    number victim() const;

    std::map<number, place> all_;
    number last_ = 0;
};

}  // namespace kurir::admin
