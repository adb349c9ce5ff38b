// HTTP and HTTPS requests (RFC 9110, RFC 9112) to servers that may misbehave.
//
// Bounded in time and in the size of an answer. Each request has a connection of its own. Failures
// are values. Belongs to the thread of the coroutine that awaits it.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "relay/base/http_url.hpp"
#include "relay/net/clock.hpp"
#include "relay/net/error.hpp"
#include "relay/net/tls.hpp"

namespace kurir::net {

using http_fields = std::vector<std::pair<std::string, std::string>>;

struct http_request {
    std::string method = "GET";
    std::string url = {};
    http_fields fields = {};  // beside Host, Content-Length, Connection and User-Agent
    std::string body = {};
};

struct http_response {
    unsigned status = 0;
    http_fields fields = {};
    std::string body = {};

    // The first of this name, in any case.
    const std::string* field(std::string_view name) const;
};

enum class http_failure {
    bad_request,    // the URL, the method or a field can't be sent
    no_address,     // for the host's name
    no_connection,  // to any of its addresses
    no_tls,         // with the host, under its name
    not_sent,       // not all of the request
    no_answer,      // no complete answer in time, before the connection ended
    malformed,      // the answer is no HTTP
    header_too_large,
    body_too_large,
    bad_redirect,  // too many, to no URL, or from https to http
};

struct http_error {
    http_failure reason = http_failure::no_answer;
    boost::system::error_code cause = {};  // where there is one, such as `errc::timed_out`

    // "no TLS: certificate: hostname mismatch"
    std::string message() const;
};

using http_result = result<http_response, http_error>;

struct http_limits {
    clock::duration connecting = std::chrono::seconds(10);  // to one address, with TLS
    clock::duration whole = std::chrono::seconds(30);       // name, redirects and all
    std::size_t header_max = 16UL * 1024;
    std::size_t body_max = 1024UL * 1024;
    // Followed for GET and HEAD; with 0 a redirect is an answer like any other.
    unsigned redirects_max = 0;
};

struct http_settings {
    http_limits limits = {};
    std::string ca_file = {};  // PEM; trusted beside the system's
    bool system_ca = true;
    bool verify = true;  // the server's certificate
    std::optional<boost::asio::ip::address> local_address = std::nullopt;
};

class http_client {
public:
    // Finds the addresses of a name. Ends by the deadline, without blocking.
    using resolve_function =
        std::function<boost::asio::awaitable<result<std::vector<boost::asio::ip::address>>>(
            std::string name, clock::time_point deadline
        )>;

    // The error says which file can't be used, and why.
    static result<http_client, std::string> make(http_settings settings, resolve_function resolve);

    // Reads the trusted certificates again, for connections from now on; any thread. What is wrong
    // otherwise: then nothing changes.
    std::string reload_roots();

    // Must not outlive the client. An answer of any status is a response.
    boost::asio::awaitable<http_result> send(http_request request) const;

private:
    http_client(
        http_settings settings, resolve_function resolve, std::shared_ptr<const tls_context> tls
    );

    struct exchange;
    struct trust {
        std::mutex lock;
        std::shared_ptr<const tls_context> context;
    };

    std::shared_ptr<const tls_context> tls() const;

    http_settings settings_;
    resolve_function resolve_;
    std::unique_ptr<trust> trust_;
};

}  // namespace kurir::net
