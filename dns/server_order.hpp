// The order in which the name servers are asked: as configured, but servers that were silent lately
// come last.
//
// A server is silent if a question has waited for it for a while and it has sent nothing at all
// since then; a server that is slow for some names answers others meanwhile. After `limit` such
// questions in a row it is asked last for a pause, which doubles each time. When the pause is over,
// a copy of one question tells whether it is back, so that no question waits for it. Anything it
// says puts it back in its place at once. If all are silent, the order is the configured one. A
// single server keeps its place.
//
// Pure: the caller supplies the clock reading.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <vector>

namespace kurir::dns {

class server_order {
public:
    using clock = std::chrono::steady_clock;
    static constexpr unsigned limit = 3;
    static constexpr std::chrono::seconds pause_min{15};
    static constexpr std::chrono::seconds pause_max{300};

    explicit server_order(std::size_t servers) : servers_(servers) {}

    std::vector<std::size_t> order() const;

    // A server whose pause is over. Send it a copy of the question; it has a new pause until it
    // answers. Nothing while no server works better.
    std::optional<std::size_t> to_probe(clock::time_point now);

    void heard(std::size_t server, clock::time_point now);

    // A question that was sent at time `asked` still waits, or could not be sent.
    void silent(std::size_t server, clock::time_point asked, clock::time_point now);

    bool is_last(std::size_t server) const { return servers_[server].until.has_value(); }

private:
    struct standing {
        clock::time_point last_heard = clock::time_point::min();
        unsigned silences = 0;  // in a row
        clock::duration pause = pause_min;
        std::optional<clock::time_point> until{};  // asked last until then
    };
    std::vector<standing> servers_;
};

}  // namespace kurir::dns
