#include "dns/host.hpp"

#include <boost/asio/ip/udp.hpp>

namespace kurir::dns {
namespace {

using address = boost::asio::ip::address;
using boost::system::error_code;

error_code why_none(const result<answer>& said) {
    return said ? said->error : said.error();
}

bool proven(error_code why) {
    return why == errc::not_found || why == errc::no_data;
}

}  // namespace

result<std::vector<address>> addresses_of(
    const result<answer>& six, const result<answer>& four, bool ipv6_works
) {
    std::vector<address> all;
    const bool has_four = four && !four->addresses.empty();
    if (six) {
        for (const auto& each : six->addresses) {
            if (ipv6_works || !has_four || each.is_loopback()) all.push_back(each);
        }
    }
    if (has_four) all.insert(all.end(), four->addresses.begin(), four->addresses.end());
    if (!all.empty()) return all;

    for (const auto why : {why_none(six), why_none(four)})
        if (!proven(why)) return why;
    if (why_none(six) == why_none(four)) return why_none(six);
    return errc::no_data;  // the name exists, says one of them
}

bool has_ipv6_route(const boost::asio::any_io_executor& executor) {
    namespace ip = boost::asio::ip;
    ip::udp::socket socket(executor);
    error_code error;
    socket.open(ip::udp::v6(), error);
    if (error) return false;
    // The first global unicast address; connecting a datagram socket only asks the routing table.
    socket.connect({ip::make_address_v6("2000::1"), 9}, error);
    if (error) return false;
    const auto local = socket.local_endpoint(error).address();
    return !error && !local.is_loopback() && !local.to_v6().is_link_local();
}

}  // namespace kurir::dns
