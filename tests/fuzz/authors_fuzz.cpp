// The authors of a message: bounded, in the form of an envelope, and none is lost when another one
// is added. A client must not get past a permission by the way it writes From.
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "relay/message/authors.hpp"
#include "relay/smtp/liberal_path.hpp"

namespace {

using namespace kurir;
using message::authors;

void check(const authors& found) {
    assert(found.readable || found.addresses.empty());
    assert(found.addresses.size() <= message::author_fields_size_max);
    for (const auto& each : found.addresses) {
        // As a trusted client may write it in MAIL, whose grammar is the liberal one.
        const auto read = smtp::parse_liberal_reverse_path("<" + each + ">");
        assert(read && read.value->address && read.value->address->text() == each);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const auto alone = message::authors_in(input, "local.example");
    check(alone);
    check(message::authors_in(input, ""));

    // Behind a separator the same text says the same.
    const auto followed =
        message::authors_in("x@evil.example, " + std::string(input), "local.example");
    const bool fits = size + 16 <= message::author_fields_size_max &&
                      alone.addresses.size() < message::authors_max;
    if (fits) assert(followed.readable == alone.readable);
    if (followed.readable) assert(followed.addresses.front() == "x@evil.example");
    if (followed.readable) assert(followed.addresses.size() == alone.addresses.size() + 1);

    message::header_scan scan;
    if (!scan.scan(input)) scan.finish(input);
    check(message::authors_of(input, scan.facts(), "local.example"));
    return 0;
}
