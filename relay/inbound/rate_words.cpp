#include "relay/inbound/rate_words.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "relay/base/text.hpp"

namespace kurir::inbound {

namespace {

constexpr std::string_view teller_word = "teller";
constexpr std::string_view client_word = "client";
constexpr std::string_view sender_word = "sender";

void add_hash(std::string& text, std::uint64_t number) {
    std::array<char, 16> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number, 16).ptr;
    text.append(" ").append(digits.data(), static_cast<std::size_t>(end - digits.data()));
}

void add_lines(std::string& text, std::string_view word, const std::vector<told_rate>& told) {
    for (const auto& each : told) {
        text += word;
        add_hash(text, each.key);
        for (const auto number : {each.count, each.taken, each.missing})
            text.append(" ").append(std::to_string(number));
        text += '\n';
    }
}

std::string_view take_word(std::string_view& line) {
    const auto word = line.substr(0, line.find(' '));
    line.remove_prefix(std::min(word.size() + 1, line.size()));
    return word;
}

std::optional<std::uint64_t> take_count(std::string_view& line) {
    const auto number = base::parse_number<std::uint64_t>(take_word(line));
    if (!number || *number > rate_words::messages_max) return std::nullopt;
    return number;
}

// A later version may write more numbers behind these.
void read_line(std::string_view line, std::vector<told_rate>& all) {
    if (all.size() >= rate_words::told_max) return;
    const auto key = base::parse_number<std::uint64_t>(take_word(line), 16);
    const auto count = base::parse_number<std::uint64_t>(take_word(line));
    const auto taken = take_count(line);
    const auto missing = take_count(line);
    if (!key || !count || !taken || !missing) return;
    all.push_back({.key = *key, .count = *count, .taken = *taken, .missing = *missing});
}

}  // namespace

std::string text_of(const rate_words& words) {
    std::string text(teller_word);
    add_hash(text, words.teller);
    text += '\n';
    add_lines(text, client_word, words.clients);
    add_lines(text, sender_word, words.senders);
    return text;
}

std::optional<rate_words> read_rate_words(std::string_view text) {
    rate_words words;
    bool has_teller = false;
    while (!text.empty()) {
        auto line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        const auto word = take_word(line);
        if (!has_teller) {
            const auto teller = base::parse_number<std::uint64_t>(take_word(line), 16);
            if (word != teller_word || !teller) return std::nullopt;
            words.teller = *teller;
            has_teller = true;
        } else if (word == client_word) {
            read_line(line, words.clients);
        } else if (word == sender_word) {
            read_line(line, words.senders);
        }
    }
    if (!has_teller) return std::nullopt;
    return words;
}

}  // namespace kurir::inbound
