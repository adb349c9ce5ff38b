#include "relay/config/https_url.hpp"

#include <algorithm>

#include "relay/base/numeric_address.hpp"
#include "relay/base/text.hpp"
#include "relay/config/addresses.hpp"

namespace kurir::config {
namespace {

constexpr std::string_view secure = "https://";
constexpr std::string_view clear = "http://";

bool is_printable(char c) {
    return c > ' ' && c < '\x7f' && c != '#';
}

// Whether what goes there stays on this machine.
bool is_loopback(const std::string& host) {
    const auto address = base::numeric_address(host);
    return address ? address->is_loopback() : host == "localhost";
}

problem read(std::string_view text, std::string_view login_advice, std::string& value) {
    constexpr const char* complaint = "is no URL; write https://host/path";
    const bool is_secure = base::starts_ignoring_case(text, secure);
    if (!is_web_url(text)) return complaint;
    const auto rest = text.substr(is_secure ? secure.size() : clear.size());
    if (!std::ranges::all_of(rest, is_printable)) return complaint;
    const auto authority = rest.substr(0, rest.find_first_of("/?"));
    if (authority.find('@') != std::string_view::npos) {
        return "has a user name or password; " + std::string(login_advice);
    }
    const auto parts = split_port(authority);
    const bool is_host = parts && parts->port != std::uint16_t{0} &&
                         (base::numeric_address(parts->host) || is_host_name(parts->host));
    if (!is_host) return complaint;
    if (!is_secure && !is_loopback(base::lowered(parts->host))) {
        return "would be used in clear, where others can read and change what is sent; write "
               "https://";
    }
    value = text;
    return std::nullopt;
}

}  // namespace

bool is_web_url(std::string_view text) noexcept {
    return base::starts_ignoring_case(text, secure) || base::starts_ignoring_case(text, clear);
}

kind<std::string> https_url(std::string_view login_advice) {
    return {
        .type = "URL",
        .range = "https://host/path",
        .read = [login_advice](
                    std::string_view text, std::string& value
                ) { return read(text, login_advice, value); },
        .show = [](const std::string& value) { return value; },
    };
}

}  // namespace kurir::config
