#include "tests/bench/load_message.hpp"

#include <bit>
#include <charconv>
#include <cstring>

namespace kurir::bench {
namespace {

constexpr std::string_view mark = "X-Kurir-Bench: ";
constexpr std::size_t digits = 16;
constexpr std::string_view blank = "0000000000000000";
constexpr std::size_t line_length = 76;
constexpr std::string_view final_dot = ".\r\n";

// Eight bytes at a time, good enough to notice damage, and far cheaper than a system call.
std::uint64_t checksum(std::uint64_t seed, std::string_view bytes) {
    constexpr std::uint64_t prime = 0x9E3779B97F4A7C15;
    std::uint64_t sum = (seed + 1) * prime ^ bytes.size();
    std::uint64_t word = 0;
    for (; bytes.size() >= sizeof word; bytes.remove_prefix(sizeof word)) {
        std::memcpy(&word, bytes.data(), sizeof word);
        sum = std::rotl((sum ^ word) * prime, 29);
    }
    word = 0;
    std::memcpy(&word, bytes.data(), bytes.size());
    return std::rotl((sum ^ word) * prime, 29);
}

void write_hex(char* at, std::uint64_t value) {
    for (std::size_t i = digits; i-- > 0; value >>= 4)
        at[i] = "0123456789abcdef"[value & 15];
}

std::optional<std::uint64_t> hex_at(std::string_view text, std::size_t at) {
    if (text.size() < at + digits) return std::nullopt;
    std::uint64_t value = 0;
    const char* const begin = text.data() + at;
    const auto [end, ec] = std::from_chars(begin, begin + digits, value, 16);
    if (ec != std::errc{} || end != begin + digits) return std::nullopt;
    return value;
}

// Every seventh line begins with a dot, which is doubled on the wire.
std::string body_line(std::size_t index) {
    std::string line = index % 7 == 3 ? "..stuffed " : "line ";
    for (std::size_t i = index; line.size() < line_length; ++i) {
        line += static_cast<char>('!' + i * 7 % 90);
    }
    return line + "\r\n";
}

}  // namespace

load_message::load_message(std::size_t size) {
    text_ =
        "From: Load <load@bench.example>\r\n"
        "To: <sink@remote.example>\r\n"
        "Subject: one of many\r\n"
        "Date: Mon, 01 Jan 2024 00:00:00 +0000\r\n"
        "Message-ID: <";
    message_id_at_ = text_.size();
    text_.append(blank).append("@bench.example>\r\n").append(mark);
    number_at_ = text_.size();
    text_.append(blank).append(" ");
    checksum_at_ = text_.size();
    text_.append(blank).append("\r\n");
    checked_from_ = text_.size();
    text_ += "\r\n";
    for (std::size_t i = 0; text_.size() < size; ++i) {
        const auto line = body_line(i);
        const auto room = size - text_.size();
        if (line.size() == room || line.size() + 1 < room) {
            text_ += line;
        } else {
            text_.append(room > 2 ? room - 2 : 0, 'e').append("\r\n");
        }
    }
    text_ += final_dot;
}

std::string_view load_message::numbered(std::uint64_t number) {
    write_hex(text_.data() + message_id_at_, number);
    write_hex(text_.data() + number_at_, number);
    const std::string_view text = text_;
    const auto checked = text.substr(checked_from_, text.size() - checked_from_ - final_dot.size());
    write_hex(text_.data() + checksum_at_, checksum(number, checked));
    return text_;
}

std::optional<std::uint64_t> number_of(std::string_view wire) {
    const auto begin = wire.find(mark);
    if (begin == std::string_view::npos) return std::nullopt;
    const auto number_at = begin + mark.size();
    const auto number = hex_at(wire, number_at);
    const auto sum = hex_at(wire, number_at + digits + 1);
    const auto checked_from = number_at + 2 * digits + 3;  // a space, a line's end
    if (!number || !sum || wire[number_at + digits] != ' ') return std::nullopt;
    if (wire.substr(checked_from - 2, 2) != "\r\n") return std::nullopt;
    if (checksum(*number, wire.substr(checked_from)) != *sum) return std::nullopt;
    return number;
}

}  // namespace kurir::bench
