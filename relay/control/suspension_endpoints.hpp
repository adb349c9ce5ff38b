// The API of operators' suspensions: mail that is not tried until a time.
//
//   GET /api/v1/suspensions            all of them
//   POST /api/v1/suspensions           begins one: {"destination": "…", "by", "because", "for" or
//                                      "until"}, or "route", "from", "domain", "user", "tenant"
//   DELETE /api/v1/suspensions/NUMBER?by=&because=  ends it
//
// Mistakes are problems (RFC 9457).
#pragma once

#include <boost/json/object.hpp>

#include <vector>

#include "relay/admin/endpoints.hpp"
#include "relay/control/suspension_desk.hpp"
#include "relay/outbound/operator_suspension.hpp"

namespace kurir::control {

boost::json::object json_of(const outbound::operator_suspension& suspension);

// `desk` must outlive the table.
std::vector<admin::endpoint> suspension_endpoints(suspension_desk& desk);

}  // namespace kurir::control
