#include "relay/config/settings_operators.hpp"

#include "relay/config/addresses.hpp"
#include "relay/config/admin_access.hpp"
#include "relay/config/kinds.hpp"
#include "relay/config/listeners.hpp"

namespace kurir::config {

namespace {

using optional_endpoint = std::optional<boost::asio::ip::tcp::endpoint>;

kind<optional_endpoint> admin_endpoint() {
    return {
        .type = "address",
        .range = "address:port or :port; port 0 takes any free one",
        .read = [](std::string_view text, optional_endpoint& value) -> problem {
            if (text.empty()) return std::nullopt;
            const auto parsed = place_to_listen_of(text);
            if (!parsed) return "is not address:port or a port, such as 127.0.0.1:9926 or :9926";
            value = parsed->endpoint;
            return std::nullopt;
        },
        .show = [](const optional_endpoint& value
                ) { return value ? endpoint_text(*value) : std::string(); },
    };
}

kind<admin_token_list> admin_tokens() {
    return {
        .type = "tokens",
        .range = "NAME read,act,submit TOKEN; …",
        .read = read_admin_tokens,
        .show = [](const admin_token_list& list) { return list.text; },
    };
}

kind<admin_url> admin_place() {
    return {
        .type = "URL",
        .range = "https://TOKEN@HOST:PORT",
        .read = read_admin_url,
        .show = [](const admin_url& url) { return url.text; },
    };
}

kind<std::string> roots_file() {
    return {
        .type = "file",
        .range = "PEM",
        .read = [](std::string_view text, std::string& value) -> problem {
            value = text;
            return std::nullopt;
        },
        .show = [](const std::string& value) { return value; },
    };
}

}  // namespace

std::vector<setting> settings_of_operators() {
    using c = config;
    return {
        row({"KURIR_ADMIN_LISTEN",
             "",
             "The address for the operators' API and page. Unset: only the socket in the queue "
             "folder. Needs KURIR_ADMIN_TOKEN; outside this machine it speaks TLS with "
             "KURIR_TLS_CERT. See \"Operators\"."},
            &c::admin_listen,
            admin_endpoint()),
        secret(row(
            {"KURIR_ADMIN_TOKEN",
             "",
             "Who may use that API: name, rights (read, act, submit) and token, one a line. The "
             "token may be given as its digest, sha256:HEX.",
             at_reload},
            &c::admin_token,
            admin_tokens()
        )),
        secret(row(
            {"KURIR_ADMIN",
             "",
             "Whose API the commands use (kurir queue …). Unset: that of the relay with the queue "
             "folder."},
            &c::admin,
            admin_place()
        )),
        row({"KURIR_ADMIN_CA",
             "",
             "Trusted for KURIR_ADMIN and KURIR_HANDOVER beside the system's certificates: a file."
            },
            &c::admin_ca,
            roots_file()),
        row({"KURIR_HISTORY",
             "7d",
             "How long it is kept what became of mail, for kurir trace: in files of the queue "
             "folder, or in the database of a shared queue. 0: not at all."},
            &c::history,
            time("0", "365d")),
        row({"KURIR_HISTORY_SIZE",
             "128M",
             "How large these files may be together; the oldest events go first."},
            &c::history_size,
            size("1M", "1024G")),
    };
}

void check_operators(const config& config, problems& found) {
    if (!config.admin_listen) return;
    if (config.admin_token.tokens.empty()) {
        found.emplace_back(
            "KURIR_ADMIN_LISTEN needs KURIR_ADMIN_TOKEN_FILE: without a token nobody can use it"
        );
    }
    if (!config.admin_listen->address().is_loopback() && config.tls_cert.empty()) {
        found.emplace_back(
            "KURIR_ADMIN_LISTEN is not on this machine's loopback, so it needs TLS: set "
            "KURIR_TLS_CERT"
        );
    }
}

}  // namespace kurir::config
