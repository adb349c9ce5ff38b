// Which addresses of remote servers this machine reaches: in which order they are tried.
//
// The address of a host that answered last comes first among those of that host, for a while. A
// family of addresses that this machine can't reach comes last: it has no address of its own that
// is routed on the Internet, or the system said that there is no route. After a while the family is
// tried in its place again.
//
// Pure: the caller supplies the clock reading. `shared_reachability` is for several threads.
#pragma once

#include <boost/asio/ip/address.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <functional>
#include <list>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "relay/net/clock.hpp"
#include "relay/outbound/hosts.hpp"

namespace kurir::outbound {

class reachability {
public:
    using time_point = net::clock::time_point;
    using address = boost::asio::ip::address;

    static constexpr std::chrono::minutes memory{10};
    static constexpr std::chrono::minutes family_pause{10};

    explicit reachability(std::size_t hosts_max = 10'000) : hosts_max_(hosts_max) {}

    // Which address of a host is the first: the one that worked, or the first that is given.
    enum class start { where_it_worked, as_given };

    // The addresses of hosts that are equally good, in the order in which they are tried. Each
    // host's alternate between the families. `source`: from where, as text.
    std::vector<host_address> in_order(
        const std::vector<std::vector<host_address>>& hosts,
        const std::string& source,
        start start,
        time_point now
    ) const;

    // The address answered when its host had others.
    void answered(const host_address& host, const std::string& source, time_point now);

    // What is to be told.
    enum class news { none, off, on };

    // A connection to an address of this family was made, or the system knows no route to it.
    news reached(bool v6);
    news unreachable(bool v6, time_point now);

    // The addresses of this machine as they are now.
    std::array<news, 2> look_at(std::span<const address> own);

    bool is_off(bool v6, time_point now) const;
    std::size_t size() const noexcept { return by_age_.size(); }

private:
    struct entry {
        std::string host;
        address worked;
        time_point until;
    };
    struct family {
        bool has_address = true;
        time_point off_until{};
        bool told = false;  // that it is off
    };
    using entries = std::list<entry>;

    const family& of(bool v6) const { return families_.at(v6 ? 1 : 0); }
    family& of(bool v6) { return families_.at(v6 ? 1 : 0); }
    const address* worked(const host_address& host, const std::string& source, time_point now)
        const;

    std::size_t hosts_max_;
    entries by_age_;  // the one heard of last is the last
    std::unordered_map<std::string, entries::iterator> by_host_;
    std::array<family, 2> families_{};  // IPv4, IPv6
};

// For the connections of all threads.
class shared_reachability {
public:
    // What is done with news of a family.
    using teller = std::function<void(bool v6, reachability::news news)>;

    explicit shared_reachability(teller tell) : tell_(std::move(tell)) {}

    std::vector<host_address> in_order(
        const std::vector<std::vector<host_address>>& hosts,
        const std::string& source,
        reachability::start start
    );
    void answered(const host_address& host, const std::string& source);
    void reached(bool v6);
    void unreachable(bool v6);

private:
    void tell(bool v6, reachability::news news) const;
    void look(reachability::time_point now);

    teller tell_;
    std::mutex lock_;
    reachability known_;
    reachability::time_point next_look_{};
};

// Writes it into the log.
void log_reachability(bool v6, reachability::news news);

}  // namespace kurir::outbound
