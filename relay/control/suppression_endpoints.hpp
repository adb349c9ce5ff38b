// The API of the suppression list.
//
//   GET /api/v1/suppressions?address=&tenant=&reason=&origin=&expired=&limit=&cursor=  a page
//   POST /api/v1/suppressions            adds an entry: {"address", "tenant", "reason", "by",
//   "until"
//                                        or "for"}
//   DELETE /api/v1/suppressions/ADDRESS?tenant=&by=&because=
//   POST /api/v1/suppression-imports?format=&tenant=&reason=&by=&until=&for=&dry_run=  its body is
//                                        a list of another maker (relay/suppression/import.hpp)
//   GET /api/v1/suppression-export?format=&cursor=  a piece of the list, as a text
//
// Mistakes are problems (RFC 9457).
#pragma once

#include <vector>

#include "relay/admin/endpoints.hpp"
#include "relay/admin/suppressions.hpp"

namespace kurir::control {

// `list` must outlive the table.
std::vector<admin::endpoint> suppression_endpoints(admin::suppressions& list);

}  // namespace kurir::control
