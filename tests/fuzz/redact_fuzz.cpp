// Addresses in what is logged: whatever stands around an address, its local part does not come
// through, and each @ does. A line of Postfix stays one line.
#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "relay/log/line.hpp"
#include "relay/log/redact.hpp"

namespace {

using namespace kurir::log;

constexpr std::string_view local = "liddell.alice";
constexpr std::string_view domain = "@example.com";

const redaction smart{.way = redaction::manner::smart};
const redaction hash{.way = redaction::manner::hash, .key = "geheim"};

void check(const redaction& rule, std::string_view key, std::string_view text) {
    redactor addresses;
    addresses.begin(rule);
    const std::string hidden(addresses.hide(key, text));
    assert(hidden.find(local) == hidden.npos);
    assert(std::ranges::count(hidden, '@') == std::ranges::count(text, '@'));

    line written;
    written.begin(format::postfix, level::notice, "rejected", {});
    written.add_text(key, hidden);
    written.add_text("client_ip", "192.0.2.1");
    const auto shown = written.finish();
    assert(shown.find('\n') == shown.npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    if (input.find(local) != input.npos) return 0;  // it may be a word of its own
    const auto middle = input.size() / 2;
    const auto text = std::string(input.substr(0, middle))
                          .append(local)
                          .append(domain)
                          .append(input.substr(middle));
    for (const auto* key : {"to", "response", "user", "helo"}) {
        check(smart, key, text);
        check(hash, key, text);
    }
    return 0;
}
