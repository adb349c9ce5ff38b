#include "relay/outbound/guarded_body.hpp"

#include "queue/error.hpp"

namespace kurir::outbound {

boost::asio::awaitable<net::result<body_source::chunk>> guarded_body::next() {
    auto found = co_await body_.next();
    if (!found || !found->last || claims_.may_end(tried_, net::clock::now())) co_return found;
    co_return make_error_code(queue::errc::lost);
}

}  // namespace kurir::outbound
