// The address grammar: what is accepted is accepted again in its own spelling, and stays the same.
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "relay/base/text.hpp"
#include "relay/base/utf8.hpp"
#include "relay/smtp/address.hpp"
#include "relay/smtp/liberal_path.hpp"

namespace {

using namespace kurir::smtp;

void check(const parsed<path>& read, std::string_view input, bool utf8) {
    if (!read) return;
    assert(read.consumed <= input.size() && input[read.consumed - 1] == '>');
    if (!read.value->address) return;
    const mailbox& address = *read.value->address;
    assert(kurir::base::is_utf8(address.text()) && !kurir::base::has_high(address.domain));
    assert(utf8 || !address.utf8);
    for (const char c : address.text())
        assert(kurir::base::is_high(c) || (c >= 0x20 && c <= 0x7e));

    const auto again = parse_mailbox(address.text(), utf8);
    if (!again) {  // only A-labels can be longer than what was given
        assert(again.error == address_error::too_long);
        return;
    }
    assert(again.value->text() == address.text());
}

// What is taken liberally is in the standard's form then, but for what only the DNS can judge.
void check_liberal(const parsed<path>& read, std::string_view input) {
    if (!read) return;
    assert(read.consumed <= input.size());
    if (!read.value->address) return;
    const mailbox& address = *read.value->address;
    assert(kurir::base::is_utf8(address.text()) && !kurir::base::has_high(address.domain));
    for (const char c : address.text())
        assert(kurir::base::is_high(c) || (c >= 0x20 && c <= 0x7e));
    assert(parse_mailbox(address.local_part + "@d.org", true));
    const auto again = parse_liberal_forward_path('<' + address.text() + '>');
    assert(address.domain.empty() || again.value->text() == address.text());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    for (const bool utf8 : {false, true}) {
        check(parse_reverse_path(input, utf8), input, utf8);
        check(parse_forward_path(input, utf8), input, utf8);
        (void)parse_mailbox(input, utf8);
    }
    check_liberal(parse_liberal_reverse_path(input), input);
    check_liberal(parse_liberal_forward_path(input), input);
    (void)is_domain_or_literal(input);
    return 0;
}
