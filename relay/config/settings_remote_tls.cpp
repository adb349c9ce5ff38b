#include "relay/config/settings_remote_tls.hpp"

#include <map>
#include <optional>
#include <string_view>

#include "relay/base/text.hpp"
#include "relay/config/kinds.hpp"
#include "relay/config/named_relayhost.hpp"
#include "relay/config/single_kinds.hpp"
#include "relay/config/tls_policy.hpp"

namespace kurir::config {
namespace {

kind<tls_rules> tls_by_domain() {
    return {
        .type = "policies",
        .range = "domain=policy, *.domain=policy …; policies: off, may, encrypt, verify",
        .read = tls_rules::read,
        .show = [](const tls_rules& rules) { return rules.text(); },
    };
}

// Unset: by the scheme of the relayhost.
kind<std::optional<tls_policy>> tls_of_relayhost() {
    return {
        .type = "word",
        .range = "off, may, encrypt, verify",
        .read = [](std::string_view text, std::optional<tls_policy>& value) -> problem {
            value = tls_policy_of(text);
            if (!value) return "is none of off, may, encrypt, verify";
            return std::nullopt;
        },
        .show = [](const std::optional<tls_policy>& policy
                ) { return policy ? std::string(text_of(*policy)) : std::string(); },
    };
}

// What is asked of TLS at a relayhost, by its name; "" of KURIR_RELAYHOST.
struct named_policy {
    std::string name;

    std::optional<tls_policy>& operator()(config& values) const {
        return values.relayhost_tls[name];
    }
    const std::optional<tls_policy>& operator()(const config& values) const {
        return policy_of(values, name);
    }
};

}  // namespace

std::vector<setting> remote_tls_rows() {
    return {
        row({"KURIR_REMOTE_TLS",
             "may",
             "What is asked of TLS at MX hosts. may: it is used if it works. encrypt: no mail "
             "without it. verify: nor to a server without a valid certificate for its name. off: "
             "it is not used.",
             at_reload},
            &config::remote_tls,
            one_of({"off", "may", "encrypt", "verify"})),
        row({"KURIR_REMOTE_TLS_RULES",
             "",
             "The same for some domains of recipients. The most specific rule counts.",
             at_reload},
            &config::remote_tls_rules,
            tls_by_domain()),
        row({"KURIR_TLS_CA",
             "",
             "Certificates (PEM) of issuers that are trusted beside the system's when a remote "
             "server is verified. The file is read again when it changes."},
            &config::tls_ca,
            authorities()),
    };
}

setting relayhost_tls_row(const std::string& name) {
    const std::string variable =
        name.empty() ? "KURIR_RELAYHOST_TLS" : "KURIR_RELAYHOST_" + name + "_TLS";
    return row(
        {variable,
         "",
         "What is asked of TLS there, as in KURIR_REMOTE_TLS. Default: verify for smtps:// and "
         "smtp+starttls://, may for others."},
        named_policy{base::lowered(name)},
        tls_of_relayhost()
    );
}

}  // namespace kurir::config
