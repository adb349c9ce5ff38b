// The operators' page: its files, which are in the program, as endpoints of HTTP.
//
// They need no token: what they show, they ask of the API, and that needs one.
#pragma once

#include <vector>

#include "relay/admin/endpoints.hpp"

namespace kurir::page {

std::vector<admin::endpoint> endpoints();

}  // namespace kurir::page
