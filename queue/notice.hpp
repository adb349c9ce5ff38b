// The notice board of a queue that several owners share: what one of them has decided or learnt and
// all must know. A notice is found by its kind and key; who posts it again replaces it, and who
// removes it posts that, too.
#pragma once

#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace kurir::queue {

// The values are stored: never renumber.
enum class notice_kind : std::uint8_t {
    suspension = 1,   // by an operator, of mail that is not tried
    suppression = 2,  // of an address that must not get mail
    unreachable = 3,  // a destination, as one owner has found
    limits = 4,       // of a destination, as one owner has found
};

struct notice {
    notice_kind kind = notice_kind::suspension;
    std::string key = {};
    std::string value = {};  // of a removal: nothing
    bool removed = false;
    // Until it is over, by the queue's clock; none: never. As it is read, it may be over.
    std::optional<std::chrono::milliseconds> left = {};

    bool operator==(const notice&) const = default;
};

// Bytes of a key: an index must have room for it.
inline constexpr std::size_t notice_key_max = 2000;

// Notices that are posted together, and about how many are read together.
inline constexpr std::size_t board_page_max = 1000;

// How long the board knows that a notice was removed, and keeps one that is over. Who has read
// nothing for longer reads everything again.
inline constexpr std::chrono::milliseconds removal_remembered = std::chrono::days(7);

// How far an owner has read the board; as it is made: nothing. For stores only.
struct board_place {
    std::int64_t server = 0;  // the life of the database server: another may know less
    std::int64_t version = 0;
    bool complete = false;  // it has read all there was

    bool operator==(const board_place&) const = default;
};

struct board_page {
    std::vector<notice> found = {};
    board_place next = {};    // `complete`: that was all
    bool from_start = false;  // all that was read before counts for nothing: the board begins here
    std::string board = {};   // its name, which no other board has
};

}  // namespace kurir::queue
