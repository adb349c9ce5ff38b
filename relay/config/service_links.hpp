// Variables that Kubernetes sets in every pod beside a Service. Pure.
//
// A Service called `kurir` makes KURIR_PORT, and KURIR_ before SERVICE_HOST, SERVICE_PORT,
// SERVICE_PORT_SMTP, PORT_25_TCP, PORT_25_TCP_ADDR and the like; one called `kurir-remote` makes
// KURIR_REMOTE_PORT, which is also a setting of ours.
#pragma once

#include <string_view>

namespace kurir::config {

// Whether name and value are both as Kubernetes writes them: KURIR_PORT=2525 is no service link.
bool is_service_link(std::string_view name, std::string_view value);

}  // namespace kurir::config
