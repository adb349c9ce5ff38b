// Answers of the API: JSON, and problems as RFC 9457 has them.
#pragma once

#include <boost/beast/http/status.hpp>
#include <boost/json/value.hpp>

#include <string>

#include "relay/admin/endpoints.hpp"

namespace kurir::admin {

answer json_answer(
    const boost::json::value& value,
    boost::beast::http::status status = boost::beast::http::status::ok
);

// `detail`: a sentence for the operator, without its full stop.
answer problem(boost::beast::http::status status, const std::string& detail);
// 400: the request has a mistake.
answer mistake(const std::string& detail);
// 404: "NAME is not there".
answer not_found(const std::string& name);

}  // namespace kurir::admin
