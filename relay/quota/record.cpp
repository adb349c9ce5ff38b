#include "relay/quota/record.hpp"

#include <array>
#include <charconv>
#include <limits>
#include <map>
#include <utility>
#include <vector>

#include "queue/crc32c.hpp"
#include "relay/base/text.hpp"
#include "relay/quota/ledger.hpp"

namespace kurir::quota {

namespace {

constexpr std::string_view first_line = "kurir-quotas 1\n";
constexpr std::string_view last_word = "end ";
constexpr std::size_t crc_digits = 8;
constexpr std::size_t name_max = 1024;
constexpr std::size_t periods_max = 16;  // of one account: limits that were changed leave theirs
constexpr std::uint64_t events_max = std::numeric_limits<std::uint32_t>::max();

std::string hex(std::uint64_t number, std::size_t digits) {
    std::array<char, 16> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), number, 16).ptr;
    const std::string_view written(text.data(), static_cast<std::size_t>(end - text.data()));
    return std::string(digits - written.size(), '0').append(written);
}

bool is_plain(char c) noexcept {
    return c > ' ' && c <= '~' && c != '%';
}

std::string escaped(std::string_view name) {
    std::string text;
    for (const char c : name) {
        if (is_plain(c)) {
            text += c;
        } else {
            text += '%' + hex(static_cast<unsigned char>(c), 2);
        }
    }
    return text;
}

std::optional<std::string> unescaped(std::string_view text) {
    std::string name;
    while (!text.empty()) {
        if (text.front() != '%') {
            if (!is_plain(text.front())) return std::nullopt;
            name += text.front();
            text.remove_prefix(1);
            continue;
        }
        const auto code = base::parse_number<std::uint8_t>(text.substr(1, 2), 16);
        if (!code || text.size() < 3 || is_plain(static_cast<char>(*code))) return std::nullopt;
        name += static_cast<char>(*code);
        text.remove_prefix(3);
    }
    return name;
}

// --- writing

void add_pair(std::string& text, std::int64_t number, std::uint64_t events) {
    text.append(" ").append(std::to_string(number)).append(":").append(std::to_string(events));
}

void add_slots(std::string& text, const sliding_count& count) {
    for (const auto& each : count.slots()) {
        if (each.events > 0) add_pair(text, each.number, each.events);
    }
    text += '\n';
}

void add_recipients(std::string& text, const distinct_count& count) {
    std::map<std::int64_t, std::vector<recipient_hash>> by_slot;
    for (const auto& [recipient, slot] : count.all())
        by_slot[slot].push_back(recipient);
    for (const auto& [slot, recipients] : by_slot) {
        text += "recipients " + std::to_string(count.length().count()) + ' ' + std::to_string(slot);
        for (const auto each : recipients)
            text.append(" ").append(hex(each, 16));
        text += '\n';
    }
}

void add_account(std::string& text, std::string_view name, const account& client) {
    text.append("account ").append(escaped(name)).append("\n");
    for (const auto& each : client.messages) {
        text += "messages " + std::to_string(each.length().count());
        add_slots(text, each);
    }
    for (const auto& each : client.recipients)
        add_recipients(text, each);
    if (client.usual.first()) {
        text += "usual " + std::to_string(*client.usual.first());
        for (const auto& each : client.usual.hours()) {
            if (each.messages > 0) add_pair(text, each.number, each.messages);
        }
        text += '\n';
    }
    if (client.stopped) {
        text += "stopped " + std::to_string(client.stopped->threshold);
        add_slots(text, client.stopped->asked);
    }
}

// --- reading

std::string_view take_word(std::string_view& line) {
    const auto word = line.substr(0, line.find(' '));
    line.remove_prefix(std::min(word.size() + 1, line.size()));
    return word;
}

// A period, a slot or an hour: as far from zero as needed, so that sums don't overflow.
std::optional<std::int64_t> take_number(std::string_view& line) {
    constexpr std::uint64_t most = 1ULL << 40U;
    const auto number = base::parse_number<std::uint64_t>(take_word(line));
    if (!number || *number > most) return std::nullopt;
    return static_cast<std::int64_t>(*number);
}

std::optional<sliding_count::slot> take_pair(std::string_view& line) {
    const auto word = take_word(line);
    const auto colon = word.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    auto number_text = word.substr(0, colon);
    const auto number = take_number(number_text);
    const auto events = base::parse_number<std::uint64_t>(word.substr(colon + 1));
    if (!number || !events || *events == 0 || *events > events_max) return std::nullopt;
    return sliding_count::slot{*number, *events};
}

std::optional<period> take_period(std::string_view& line) {
    constexpr std::int64_t day = std::chrono::milliseconds(std::chrono::hours(24)).count();
    const auto length = take_number(line);
    if (!length || *length < 1000 || *length > day) return std::nullopt;
    return period(*length);
}

bool read_slots(std::string_view line, sliding_count& count) {
    while (!line.empty()) {
        const auto slot = take_pair(line);
        if (!slot || !count.restore(*slot)) return false;
    }
    return true;
}

bool read_messages(std::string_view line, account& client) {
    const auto length = take_period(line);
    if (!length || client.messages.size() >= periods_max) return false;
    return read_slots(line, client.messages_in(*length));
}

bool read_recipients(std::string_view line, account& client) {
    const auto length = take_period(line);
    const auto slot = take_number(line);
    if (!length || !slot || client.recipients.size() >= periods_max) return false;
    auto& count = client.recipients_in(*length);
    while (!line.empty()) {
        const auto recipient = base::parse_number<std::uint64_t>(take_word(line), 16);
        if (!recipient) return false;
        count.restore(*recipient, *slot);
    }
    return true;
}

bool read_usual(std::string_view line, account& client) {
    const auto first = take_number(line);
    if (!first) return false;
    client.usual.restore_first(*first);
    while (!line.empty()) {
        const auto hour = take_pair(line);
        if (!hour) return false;
        client.usual.restore({hour->number, static_cast<std::uint32_t>(hour->events)});
    }
    return true;
}

bool read_stopped(std::string_view line, account& client) {
    const auto threshold = take_number(line);
    if (!threshold) return false;
    client.stopped.emplace().threshold = static_cast<std::uint64_t>(*threshold);
    return read_slots(line, client.stopped->asked);
}

bool read_line(std::string_view line, account& client) {
    const auto word = take_word(line);
    if (word == "messages") return read_messages(line, client);
    if (word == "recipients") return read_recipients(line, client);
    if (word == "usual") return read_usual(line, client);
    return word == "stopped" && read_stopped(line, client);
}

// The text between the first line and the last, if the checksum is right.
std::optional<std::string_view> content_of(std::string_view text) {
    const auto end_size = last_word.size() + crc_digits + 1;
    if (!text.starts_with(first_line) || text.size() < first_line.size() + end_size) {
        return std::nullopt;
    }
    const auto summed = text.substr(0, text.size() - end_size);
    const auto expected = std::string(last_word) + hex(queue::crc32c(summed), crc_digits) + '\n';
    if (text.substr(summed.size()) != expected || !summed.ends_with('\n')) return std::nullopt;
    return summed.substr(first_line.size());
}

}  // namespace

std::string record_of(const std::unordered_map<std::string, account>& accounts) {
    std::string text(first_line);
    for (const auto& [name, client] : accounts)
        add_account(text, name, client);
    text += std::string(last_word) + hex(queue::crc32c(text), crc_digits) + '\n';
    return text;
}

std::optional<std::unordered_map<std::string, account>> read_record(std::string_view text) {
    const auto content = content_of(text);
    if (!content) return std::nullopt;
    std::unordered_map<std::string, account> accounts;
    account* client = nullptr;
    std::size_t recipients = 0;
    for (auto rest = *content; !rest.empty();) {
        auto line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(line.size() + 1);
        constexpr std::string_view begin = "account ";
        if (line.starts_with(begin)) {
            if (client != nullptr) recipients += client->remembered();
            const auto name = unescaped(line.substr(begin.size()));
            const bool fits = name && name->size() <= name_max &&
                              accounts.size() < ledger::accounts_max &&
                              recipients <= ledger::recipients_max;
            if (!fits || accounts.contains(*name)) return std::nullopt;
            client = &accounts[*name];
        } else if (client == nullptr || !read_line(line, *client)) {
            return std::nullopt;
        }
    }
    return accounts;
}

}  // namespace kurir::quota
