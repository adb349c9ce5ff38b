#include "relay/app/board_copy.hpp"

#include <algorithm>
#include <functional>

namespace kurir::app {

namespace {

constexpr std::string_view behind_word = " behind";

std::uint64_t hash_of(queue::notice_kind kind, std::string_view key) {
    constexpr std::uint64_t odd = 0x9e3779b97f4a7c15;
    return std::hash<std::string_view>()(key) ^ (odd * static_cast<std::uint64_t>(kind));
}

}  // namespace

std::string text_of(const board_copy& copy) {
    return copy.board + (copy.is_behind ? std::string(behind_word) : "") + '\n';
}

board_copy read_board_copy(std::string_view text) {
    if (!text.ends_with('\n')) return {};
    text.remove_suffix(1);
    board_copy read{.is_behind = text.ends_with(behind_word)};
    if (read.is_behind) text.remove_suffix(behind_word.size());
    read.board = text;
    return read;
}

board_standing standing_to(std::string_view board, const board_copy& copy) {
    if (copy.board != board) return board_standing::stranger;
    return copy.is_behind ? board_standing::behind : board_standing::copy;
}

void board_contents::add(const queue::notice& each) {
    if (!each.removed) hashes_.push_back(hash_of(each.kind, each.key));
}

void board_contents::seal() {
    std::ranges::sort(hashes_);
}

bool board_contents::has(queue::notice_kind kind, std::string_view key) const {
    return std::ranges::binary_search(hashes_, hash_of(kind, key));
}

}  // namespace kurir::app
