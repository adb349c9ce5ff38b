#include "relay/smtp/body.hpp"

#include <algorithm>
#include <cstring>

namespace kurir::smtp {

namespace {

constexpr std::string_view crlf = "\r\n";

// The replacement of a run of bare line ends or NULs, in pieces of this size.
constexpr std::string_view line_ends =
    "\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n";
constexpr std::string_view spaces = "                                ";

// Replacing gives a piece for each replaced byte, and each piece looks for the next LF or NUL: in a
// message with such bytes a bounded view keeps the work linear.
constexpr std::size_t normalizing_window = 1024;

// Finds the first `wanted` in [begin, end), or `end`.
const char* find(const char* begin, const char* end, char wanted) noexcept {
    const void* at = std::memchr(begin, wanted, static_cast<std::size_t>(end - begin));
    return at == nullptr ? end : static_cast<const char*>(at);
}

// There is no early exit, so that the compiler can use vector instructions.
bool any_high(std::string_view bytes) noexcept {
    unsigned char all = 0;
    for (const char c : bytes)
        all |= static_cast<unsigned char>(c);
    return (all & 0x80) != 0;
}

std::string_view between(const char* begin, const char* end) noexcept {
    return {begin, static_cast<std::size_t>(end - begin)};
}

}  // namespace

body_decoder::piece body_decoder::decode(std::string_view input) noexcept {
    if (facts_.bare_cr || facts_.nul) input = input.substr(0, normalizing_window);
    if (without_nul_ == 0) {
        const char* const end = input.data() + input.size();
        without_nul_ = static_cast<std::size_t>(find(input.data(), end, '\0') - input.data());
    }
    switch (at_) {
        case position::line_start:
        case position::in_line:
            break;
        case position::cr:
            return after_cr(input);
        case position::dot:
            return after_dot(input.front());
        case position::dot_cr:
            return after_dot_cr(input);
        case position::line_end:
            return held_line_ends();
    }
    return without_nul_ == 0 ? spaces_for_nul(input) : run_of_lines(input.substr(0, without_nul_));
}

body_decoder::piece body_decoder::after_cr(std::string_view input) noexcept {
    const std::size_t more = std::min(input.find_first_not_of('\r'), input.size());
    held_ += more;
    if (more == input.size()) return give({}, more);

    const bool ends_line = input[more] == '\n';
    if (held_ > 1 || !ends_line) facts_.bare_cr = true;
    end_line(line_);
    if (!ends_line) {
        at_ = position::line_end;
        return give({}, more);
    }
    held_ = 0;
    at_ = position::line_start;
    return give(crlf, more + 1);
}

body_decoder::piece body_decoder::after_dot(char next) noexcept {
    if (next == '\r') {
        at_ = position::dot_cr;
        return give({}, 1);
    }
    at_ = position::in_line;  // a stuffed dot is dropped (RFC 5321 4.5.2)
    return give({}, 0);
}

body_decoder::piece body_decoder::after_dot_cr(std::string_view input) noexcept {
    if (input.front() != '\n') {
        at_ = position::cr;
        held_ = 1;
        return after_cr(input);
    }
    at_ = position::line_start;
    piece last = give({}, 1);
    last.end = true;
    return last;
}

body_decoder::piece body_decoder::held_line_ends() noexcept {
    const std::size_t count = std::min<std::uint64_t>(held_, line_ends.size() / crlf.size());
    held_ -= count;
    if (held_ == 0) at_ = position::in_line;
    return give(line_ends.substr(0, count * crlf.size()), 0);
}

body_decoder::piece body_decoder::spaces_for_nul(std::string_view input) noexcept {
    std::size_t count = 0;
    while (count < std::min(input.size(), spaces.size()) && input[count] == '\0')
        ++count;
    facts_.nul = true;
    at_ = position::in_line;
    line_ += count;
    return give(spaces.substr(0, count), count);
}

// Takes all lines that need no change, in one piece. A byte that stops the run is left in `at_`.
body_decoder::piece body_decoder::run_of_lines(std::string_view input) noexcept {
    const char* const begin = input.data();
    const char* const end = begin + input.size();
    const auto stop = [&](position at, const char* given, const char* consumed) {
        at_ = at;
        return give(between(begin, given), static_cast<std::size_t>(consumed - begin));
    };
    const char* line = begin;  // where the current line continues
    const char* p = begin;
    const char* lf = nullptr;  // the first LF at or after `p`, once it was searched for
    bool line_start = at_ == position::line_start;

    while (p != end) {
        if (line_start && dotted_ && *p == '.') {
            const bool stuffed = p + 1 != end && p[1] != '\r';  // else it may be the final dot
            return stop(stuffed ? position::in_line : position::dot, p, p + 1);
        }
        line_start = false;
        if (lf == nullptr || lf < p) lf = find(p, end, '\n');
        const char* const cr = find(p, lf, '\r');

        if (cr != lf && cr + 1 == lf && lf != end) {  // the ordinary end of a line
            end_line(line_ + static_cast<std::uint64_t>(cr - line));
            p = line = lf + 1;
            line_start = true;
        } else if (cr != lf) {
            line_ += static_cast<std::uint64_t>(cr - line);
            held_ = 1;
            return stop(position::cr, cr, cr + 1);
        } else if (lf != end) {
            facts_.bare_lf = true;
            end_line(line_ + static_cast<std::uint64_t>(lf - line));
            held_ = 1;
            return stop(position::line_end, lf, lf + 1);
        } else {
            p = end;
        }
    }
    line_ += static_cast<std::uint64_t>(end - line);
    return stop(line_start ? position::line_start : position::in_line, end, end);
}

std::string_view body_decoder::finish() noexcept {
    std::string_view owed;
    if (at_ == position::cr) {
        facts_.bare_cr = true;
        owed = crlf;
    } else if (at_ == position::line_end || (at_ == position::in_line && line_ != 0)) {
        owed = crlf;
    }
    end_line(line_);
    held_ = 0;
    at_ = position::line_start;
    return give(owed, 0).bytes;
}

body_decoder::piece body_decoder::give(std::string_view bytes, std::size_t consumed) noexcept {
    without_nul_ -= std::min(without_nul_, consumed);
    facts_.size += bytes.size();
    facts_.longest_line = std::max(facts_.longest_line, line_);
    facts_.eight_bit = facts_.eight_bit || any_high(bytes);
    piece result;
    result.bytes = bytes;
    result.consumed = consumed;
    return result;
}

void body_decoder::end_line(std::uint64_t length) noexcept {
    facts_.longest_line = std::max(facts_.longest_line, length);
    line_ = 0;
}

}  // namespace kurir::smtp
