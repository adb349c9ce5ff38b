#include "relay/admin/health.hpp"

#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <boost/json/value_to.hpp>

#include <exception>
#include <vector>

#include "relay/admin/blocking_connection.hpp"

namespace kurir::admin {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t body_max = 65536;

// The endpoints to try, the likelier first. [::] is 0.0.0.0 on a machine without IPv6.
std::vector<tcp::endpoint> reachable(const tcp::endpoint& endpoint) {
    if (!endpoint.address().is_unspecified()) return {endpoint};
    const tcp::endpoint v4(asio::ip::address_v4::loopback(), endpoint.port());
    if (endpoint.address().is_v4()) return {v4};
    return {{asio::ip::address_v6::loopback(), endpoint.port()}, v4};
}

// The failed checks of a readiness in JSON, one on a line.
std::string reasons(const std::string& body) {
    error_code ec;
    const auto parsed = boost::json::parse(body, ec);
    if (ec) return body;
    std::string text;
    try {
        for (const auto& each : parsed.at("checks").as_array()) {
            if (each.at("ok").as_bool()) continue;
            const auto& fields = each.as_object();
            text += boost::json::value_to<std::string>(fields.at("name"));
            const auto* detail = fields.if_contains("detail");
            if (detail != nullptr) text += ": " + boost::json::value_to<std::string>(*detail);
            text += '\n';
        }
    } catch (const std::exception&) {
        return body;  // not ours
    }
    return text;
}

health unanswered(const tcp::endpoint& endpoint, error_code ec) {
    const auto why = ec == boost::beast::error::timeout ? "no answer in time" : ec.message();
    return {
        false,
        endpoint.address().to_string() + " port " + std::to_string(endpoint.port()) + ": " + why
    };
}

}  // namespace

health health_of(tcp::endpoint endpoint, std::chrono::milliseconds limit) {
    blocking_connection<tcp> one(limit);
    error_code failed;
    for (const auto& each : reachable(endpoint)) {
        endpoint = each;
        failed = one.connect(endpoint);
        if (!failed || failed == boost::beast::error::timeout) break;
    }
    if (failed) return unanswered(endpoint, failed);

    http::request<http::empty_body> request(http::verb::get, "/readyz", 11);
    request.set(http::field::host, "localhost");
    request.keep_alive(false);
    if (const auto ec = one.send(request)) return unanswered(endpoint, ec);

    http::response_parser<http::string_body> parser;
    parser.body_limit(body_max);
    if (const auto ec = one.receive(parser)) return unanswered(endpoint, ec);
    if (parser.get().result() == http::status::ok) return {true, ""};
    return {false, reasons(parser.get().body())};
}

}  // namespace kurir::admin
