// The settings of each relayhost that has a name: KURIR_RELAYHOST_<NAME> and its kin.
#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>

#include "relay/base/text.hpp"
#include "relay/config/kinds.hpp"
#include "relay/config/login_rows.hpp"
#include "relay/config/named_relayhost.hpp"
#include "relay/config/settings.hpp"
#include "relay/config/settings_remote_tls.hpp"
#include "relay/config/single_kinds.hpp"
#include "relay/config/source_rows.hpp"

namespace kurir::config {
namespace {

// The servers of a relayhost, by its name.
struct named_servers {
    std::string name;

    relayhost_list& operator()(config& values) const { return values.relayhosts[name]; }
    const relayhost_list& operator()(const config& values) const {
        return servers_of(values, name);
    }
};

std::vector<setting> relayhost_rows(const std::string& name) {
    std::vector<setting> rows{
        row({"KURIR_RELAYHOST_" + name,
             "",
             "A relayhost that KURIR_ROUTES can name, in lower case: KURIR_RELAYHOST_SES for "
             "\"-> ses\". Letters and digits."},
            named_servers{base::lowered(name)},
            smarthost()),
        relayhost_tls_row(name),
        source_row("KURIR_RELAYHOST_" + name + "_SOURCE", base::lowered(name)),
    };
    auto login = login_rows("KURIR_RELAYHOST_" + name + "_", base::lowered(name));
    std::ranges::move(login, std::back_inserter(rows));
    return rows;
}

// Those that are settings of a relayhost elsewhere, and the routes that are no relayhost.
constexpr std::string_view no_relayhosts[] = {
    "USERNAME",
    "USER",
    "PASSWORD",
    "PASS",
    "PORT",
    "HOST",
    "TLS",
    "AUTH",
    "OAUTH",
    "SOURCE",
    "LOGIN",
    "SECRET",
    "OPTIONS",
    "CERT",
    "MX",
    "REJECT",
    "DISCARD",
    "DEFAULT",
};

}  // namespace

std::span<const family> families() {
    static const family all[] = {{"KURIR_RELAYHOST_", relayhost_rows, no_relayhosts}};
    return all;
}

}  // namespace kurir::config
