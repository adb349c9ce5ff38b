// The messages that the benchmark sends: composed cheaply, recognised and checked on arrival.
//
// Each carries its number and a checksum in one header line; the checksum is seeded with the
// number and covers everything after that line, as it is on the wire (dot-stuffed). So a relay
// may add header fields above, but a message that is cut, changed or mixed with another is found.
// Some lines begin with dots, so that a relay's stuffing is put to the test.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kurir::bench {

// One message that is filled in again and again: nothing is allocated after construction.
class load_message {
public:
    // `size` is that of the whole message on the wire, without the final dot; small ones are
    // rounded up to what the header needs.
    explicit load_message(std::size_t size);

    // The bytes to send after 354, with the final dot; valid until the next call.
    std::string_view numbered(std::uint64_t number);

private:
    std::string text_;
    std::size_t message_id_at_;  // where the three numbers are filled in
    std::size_t number_at_;
    std::size_t checksum_at_;
    std::size_t checked_from_;  // what the checksum covers begins here
};

// The number of a message that arrived whole, if it did. `wire` is what stood between the reply to
// DATA and the final dot.
std::optional<std::uint64_t> number_of(std::string_view wire);

}  // namespace kurir::bench
