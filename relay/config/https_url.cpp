#include "relay/config/https_url.hpp"

#include "relay/base/http_url.hpp"
#include "relay/base/numeric_address.hpp"
#include "relay/base/text.hpp"
#include "relay/config/addresses.hpp"

namespace kurir::config {
namespace {

constexpr std::string_view secure = "https://";
constexpr std::string_view clear = "http://";

// Between the scheme and the path; of what wants to be a URL.
std::string_view authority_in(std::string_view text) {
    text.remove_prefix(text.find("//") + 2);
    return text.substr(0, text.find_first_of("/?"));
}

// Whether what goes there stays on this machine.
bool is_loopback(const std::string& host) {
    const auto address = base::numeric_address(host);
    return address ? address->is_loopback() : host == "localhost";
}

problem read(std::string_view text, std::string_view login_advice, std::string& value) {
    constexpr const char* complaint = "is no URL; write https://host/path";
    if (!is_web_url(text)) return complaint;
    if (authority_in(text).find('@') != std::string_view::npos) {
        return "has a user name or password; " + std::string(login_advice);
    }
    const auto url = base::parse_http_url(text);
    const bool has_fragment = text.find('#') != std::string_view::npos;
    if (!url || has_fragment) return complaint;
    if (!base::numeric_address(url->host) && !is_host_name(url->host)) return complaint;
    if (!url->secure && !is_loopback(base::lowered(url->host))) {
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
