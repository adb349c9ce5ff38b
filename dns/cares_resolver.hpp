// The resolver of the running program: c-ares, a cache, and one query at a time per question.
//
// If the same question is asked while it is being answered, both callers share the answer. Each
// call ends by the deadline; `shutdown` ends all with `errc::cancelled`. A waiting call owns what
// it needs. So a caller may be destroyed or cancelled while it waits, and the resolver may be
// destroyed before its callers end.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/address.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "dns/record.hpp"
#include "dns/resolver.hpp"
#include "metrics/dns.hpp"

namespace kurir::dns {

struct cares_options {
    // Which addresses to look up. `automatic`: both; but if this machine has no IPv6 route, only
    // IPv4 for a host that has IPv4.
    enum class family : std::uint8_t { automatic, ipv4, ipv6 };

    std::vector<std::string>
        servers;  // "address", "address:port", "[address]:port"; none: resolv.conf
    family address_family = family::automatic;
    std::size_t cache_max = 10000;                                  // answers
    std::chrono::milliseconds deadline = std::chrono::seconds(20);  // of one question
};

class cares_resolver final : public resolver {
public:
    // `counts` must outlive every call that this resolver started.
    cares_resolver(
        boost::asio::any_io_executor executor, cares_options options, metrics::dns& counts
    );
    cares_resolver(const cares_resolver&) = delete;
    cares_resolver& operator=(const cares_resolver&) = delete;
    ~cares_resolver() override;

    boost::asio::awaitable<result<mail_exchange>> exchange(std::string domain) override;

    // A host that is the text of an address gives that address, without a query.
    boost::asio::awaitable<result<std::vector<boost::asio::ip::address>>> addresses(std::string host
    ) override;

    // The TXT records of `name`, each with its strings joined; not empty. `errc::no_data` or
    // `errc::not_found` if there are none.
    boost::asio::awaitable<result<std::vector<std::string>>> texts(std::string name);

    // The records of one type of `name`; an answer without any has an `error`. Counts as no query
    // of the relay if the type is PTR, which commands alone ask for.
    boost::asio::awaitable<result<answer>> records(std::string name, record_type type);

    void shutdown();

private:
    class questions;
    std::shared_ptr<questions> questions_;
};

}  // namespace kurir::dns
