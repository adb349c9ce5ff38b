// Arguments of XCLIENT. What is checked beside memory: what is told can stand in a line of a log or
// of a header, addresses are addresses, and no login looks like the credential of a certificate.
#include <arpa/inet.h>

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "relay/base/text.hpp"
#include "relay/base/utf8.hpp"
#include "relay/smtp/xclient.hpp"

using namespace kurir;

namespace {

bool is_line(const std::string& text) {
    return std::ranges::none_of(text, [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    });
}

void check_address(const smtp::told<std::string>& address) {
    if (!address.value) return;
    unsigned char bytes[16];
    const auto* text = address.value->c_str();
    assert(::inet_pton(AF_INET, text, bytes) == 1 || ::inet_pton(AF_INET6, text, bytes) == 1);
}

void check_text(const smtp::told<std::string>& text) {
    assert(text.given || !text.value);
    if (text.value)
        assert(!text.value->empty() && text.value->size() <= 255 && is_line(*text.value));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto claims = smtp::parse_xclient({reinterpret_cast<const char*>(data), size});
    if (!claims) return 0;
    for (const auto* text : {&claims->name, &claims->helo, &claims->login})
        check_text(*text);
    check_address(claims->address);
    check_address(claims->server_address);
    if (const auto& login = claims->login.value) {
        assert(base::is_utf8(*login) && !base::starts_ignoring_case(*login, "cert:"));
    }
    return 0;
}
