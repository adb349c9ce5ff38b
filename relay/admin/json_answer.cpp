#include "relay/admin/json_answer.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <string_view>

namespace kurir::admin {

namespace http = boost::beast::http;
namespace json = boost::json;

answer json_answer(const json::value& value, http::status status) {
    return {status, "application/json", json::serialize(value) + '\n'};
}

answer problem(http::status status, const std::string& detail) {
    const json::object body{
        {"type", "about:blank"},
        {"title", std::string_view(http::obsolete_reason(status))},
        {"status", static_cast<unsigned>(status)},
        {"detail", detail},
    };
    return {status, "application/problem+json", json::serialize(body) + '\n'};
}

answer mistake(const std::string& detail) {
    return problem(http::status::bad_request, detail);
}

answer not_found(const std::string& name) {
    return problem(http::status::not_found, name + " is not there");
}

}  // namespace kurir::admin
