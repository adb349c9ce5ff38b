#include "relay/config/admin_access.hpp"

#include <utility>

#include "relay/base/http_url.hpp"
#include "relay/base/numeric_address.hpp"
#include "relay/base/text.hpp"
#include "relay/config/table.hpp"

namespace kurir::config {

namespace {

constexpr std::string_view usual_port = ":9926";

bool is_here(const std::string& host) {
    const auto address = base::numeric_address(host);
    return address ? address->is_loopback() : base::lowered(host) == "localhost";
}

// "[::1]:9" and "relay:9" have a port, "[::1]" and "relay" have none.
bool has_port(std::string_view place) {
    return place.substr(place.find(']') == std::string_view::npos ? 0 : place.find(']'))
               .find(':') != std::string_view::npos;
}

}  // namespace

std::optional<std::string> read_admin_tokens(std::string_view text, admin_token_list& value) {
    const auto read_one = [&](std::string_view line, std::size_t) {
        return value.tokens.add(line);
    };
    if (auto wrong = read_table(text, take_entry, read_one)) return wrong;
    value.text = text;
    return std::nullopt;
}

std::optional<std::string> read_admin_url(std::string_view text, admin_url& value) {
    static constexpr auto form = "is not https://TOKEN@HOST or https://TOKEN@HOST:PORT";
    if (text.empty()) return std::nullopt;
    const auto scheme = text.find("://");
    const auto at = text.rfind('@');
    if (scheme == std::string_view::npos || at == std::string_view::npos || at < scheme + 4) {
        return form;
    }
    auto place = text.substr(at + 1);
    if (place.ends_with('/')) place.remove_suffix(1);
    auto base = std::string(text.substr(0, scheme + 3)).append(place);
    if (!has_port(place)) base += usual_port;
    const auto url = base::parse_http_url(base);
    if (!url || url->target != "/") return form;
    if (!url->secure && !is_here(url->host)) {
        return "would send the token in clear: use https, or an address of this machine";
    }
    value = {
        std::string(text), std::move(base), std::string(text.substr(scheme + 3, at - scheme - 3))
    };
    return std::nullopt;
}

}  // namespace kurir::config
