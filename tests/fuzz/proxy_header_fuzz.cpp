// PROXY headers, read as a session does: never more than was asked for. What is checked beside
// memory: the reader always comes to an end, within its limit; what it asks for is part of the
// header, so that a whole header is never refused or taken sooner; and addresses are told only for
// a client.
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <variant>

#include "relay/inbound/proxy_header.hpp"

using namespace kurir::inbound;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    std::ignore = read_proxy_header(input);  // more than it would be given
    for (std::size_t given = 0; given <= size;) {
        const auto read = read_proxy_header(input.substr(0, given));
        if (const auto* more = std::get_if<bytes_wanted>(&read)) {
            assert(more->count > 0 && given + more->count <= proxy_header_max);
            // A part of it does not change what is asked for.
            for (std::size_t part = 1; part < more->count && given + part <= size; ++part) {
                const auto again = read_proxy_header(input.substr(0, given + part));
                const auto* rest = std::get_if<bytes_wanted>(&again);
                assert(
                    rest != nullptr || std::holds_alternative<kurir::metrics::proxy_failure>(again)
                );
                if (rest == nullptr) return 0;
                assert(part + rest->count >= more->count);
            }
            given += more->count;
            continue;
        }
        if (const auto* claim = std::get_if<proxy_claim>(&read)) {
            assert(given >= 15 && given <= proxy_header_max);
            const bool client = claim->subject == proxy_claim::about::client;
            assert(client || *claim == proxy_claim{.subject = claim->subject});
        }
        return 0;
    }
    return 0;
}
