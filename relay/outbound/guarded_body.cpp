#include "relay/outbound/guarded_body.hpp"

#include "queue/error.hpp"

namespace kurir::outbound {

boost::asio::awaitable<net::result<body_source::chunk>> guarded_body::next() {
    if (at_end_) co_return end({.bytes = {}, .last = true});
    const bool is_first = !begun_;
    begun_ = true;
    auto found = co_await body_.next();
    if (!found || !found->last) co_return found;
    if (found->bytes.empty() || (is_first && found->bytes.size() <= at_once_max))
        co_return end(*found);
    at_end_ = true;
    found->last = false;
    co_return found;
}

net::result<body_source::chunk> guarded_body::end(chunk last) const {
    if (claims_.may_end(tried_, net::clock::now())) return last;
    return make_error_code(queue::errc::lost);
}

}  // namespace kurir::outbound
