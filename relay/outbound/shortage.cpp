#include "relay/outbound/shortage.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>

#include "dns/error.hpp"
#include "queue/error.hpp"

namespace kurir::outbound {

namespace condition = boost::system::errc;
using boost::system::error_code;

std::optional<shortage> shortage_of(const error_code& why) noexcept {
    if (why == condition::too_many_files_open || why == condition::too_many_files_open_in_system ||
        why == dns::errc::shortage)
        return shortage::descriptors;
    if (why == condition::not_enough_memory || why == condition::no_buffer_space)
        return shortage::memory;
    if (why == condition::address_not_available || why == condition::resource_unavailable_try_again)
        return shortage::ports;
    // A damaged message does not become readable by waiting; it is deferred, and bounced in the
    // end.
    if (why == queue::errc::failed || why == queue::errc::closed || why == queue::errc::busy ||
        why == queue::errc::full)
        return shortage::store;
    return std::nullopt;
}

error_code connect_error(const error_code& why, const boost::asio::ip::tcp::endpoint& to) {
    if (why != condition::address_not_available) return why;
    boost::asio::io_context context(1);
    boost::asio::ip::udp::socket socket(context);
    error_code error;
    socket.open(
        to.address().is_v6() ? boost::asio::ip::udp::v6() : boost::asio::ip::udp::v4(), error
    );
    if (error) return why;
    socket.connect({to.address(), to.port()}, error);
    return error ? condition::make_error_code(condition::network_unreachable) : why;
}

}  // namespace kurir::outbound
