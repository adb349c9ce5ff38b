#include "relay/outbound/shortage.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>

#include "dns/error.hpp"
#include "queue/error.hpp"

namespace kurir::outbound {

namespace condition = boost::system::errc;
using boost::system::error_code;

std::optional<shortage> shortage_of(const error_code& error) noexcept {
    if (error == condition::too_many_files_open ||
        error == condition::too_many_files_open_in_system || error == dns::errc::shortage)
        return shortage::descriptors;
    if (error == condition::not_enough_memory || error == condition::no_buffer_space)
        return shortage::memory;
    if (error == condition::address_not_available ||
        error == condition::resource_unavailable_try_again)
        return shortage::ports;
    // A damaged message does not become readable by waiting; it is deferred, and bounced in the
    // end.
    if (error == queue::errc::failed || error == queue::errc::closed ||
        error == queue::errc::busy || error == queue::errc::full)
        return shortage::store;
    if (error == queue::errc::lost) return shortage::claim;
    return std::nullopt;
}

error_code connect_error(const error_code& error, const boost::asio::ip::tcp::endpoint& remote) {
    if (error != condition::address_not_available) return error;
    boost::asio::io_context context(1);
    boost::asio::ip::udp::socket socket(context);
    error_code failure;
    socket.open(
        remote.address().is_v6() ? boost::asio::ip::udp::v6() : boost::asio::ip::udp::v4(), failure
    );
    if (failure) return error;
    socket.connect({remote.address(), remote.port()}, failure);
    return failure ? condition::make_error_code(condition::network_unreachable) : error;
}

}  // namespace kurir::outbound
