// How the lists of a queue folder stand to a notice board, and what follows for what only one of
// them has. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "queue/notice.hpp"

namespace kurir::app {

// What the file `board` of a queue folder says.
struct board_copy {
    std::string board = {};  // of which one the lists are a copy; empty: of none
    bool is_behind = false;  // it may lack what was decided here

    bool operator==(const board_copy&) const = default;
};
std::string text_of(const board_copy& copy);
// Of a file that says nothing of the kind: of none.
board_copy read_board_copy(std::string_view text);

// What the lists are to a board when it is read from its start.
enum class board_standing : std::uint8_t {
    stranger,  // they were never posted: both count, and removals on the board are of other lists
    behind,    // what is not on the board may have been decided here last
    copy,      // what is not on the board was removed from it
};
board_standing standing_to(std::string_view board, const board_copy& copy);

// The keys of a board, as it is read from its start. Takes eight bytes for each: two of the same
// hash are taken for one, so that something may stay in a list that was removed long ago.
class board_contents {
public:
    void add(const queue::notice& each);
    // After all were added.
    void seal();
    bool has(queue::notice_kind kind, std::string_view key) const;

private:
    std::vector<std::uint64_t> hashes_;
};

}  // namespace kurir::app
