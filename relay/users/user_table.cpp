#include "relay/users/user_table.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "relay/base/text.hpp"
#include "relay/base/utf8.hpp"
#include "relay/sasl/prepare.hpp"
#include "relay/users/stored_secret.hpp"

namespace kurir::users {

namespace {

struct numbered {
    std::size_t number;
    std::string_view text;
};

// A list on one line, where who reads "line 1" would not know which of them is meant.
bool is_list(std::string_view text, users_source source) {
    return source == users_source::variable && text.find('\n') == text.npos;
}

// What stands on lines, or in a list on one.
std::vector<numbered> entries_of(std::string_view text, users_source source) {
    const std::string_view separators = source == users_source::file ? "\n" : "\n, \t";
    const bool of_list = is_list(text, source);
    std::vector<numbered> entries;
    std::size_t number = 1;
    for (;;) {
        const auto end = text.find_first_of(separators);
        auto entry = text.substr(0, end);
        if (entry.ends_with('\r')) entry.remove_suffix(1);
        const bool comment = source == users_source::file && entry.starts_with('#');
        if (!entry.empty() && !comment) {
            entries.push_back({of_list ? entries.size() + 1 : number, entry});
        }
        if (end == text.npos) return entries;
        if (text[end] == '\n') ++number;
        text.remove_prefix(end + 1);
    }
}

bool is_printable(char c) {
    return c > ' ' && c != '\x7f';
}

std::string mistake_of_name(std::string_view name) {
    if (name.empty()) return "there is no name";
    const bool fits =
        name.size() <= sasl::name_size_max && base::is_utf8(name) &&
        std::ranges::all_of(name, [](char c) { return base::is_high(c) || is_printable(c); });
    return fits ? "" : "the name is too long, or has a space or a control character in it";
}

std::variant<user, std::string> read_user(std::string_view line, users_source source) {
    const auto colon = line.find(':');
    if (colon == line.npos) return "this is not name:hash";
    const auto name = line.substr(0, colon);
    if (auto mistake = mistake_of_name(name); !mistake.empty()) return mistake;
    auto stored = read_secret(line.substr(colon + 1), source);
    if (auto* mistake = std::get_if<std::string>(&stored)) return std::move(*mistake);
    return user{
        .name = std::string(name),
        .line = std::string(line),
        .stored = std::move(std::get<stored_secret>(stored)),
    };
}

}  // namespace

user_table::user_table(std::vector<user> users) {
    all_have_keys_ = !users.empty();
    std::map<std::string, std::size_t> costs;
    std::size_t most = 0;
    for (auto& each : users) {
        if (!std::holds_alternative<sasl::scram_keys>(each.stored)) all_have_keys_ = false;
        const auto count = ++costs[cost_of(each.stored)];
        auto name = each.name;
        const auto* kept = &by_name_.emplace(std::move(name), std::move(each)).first->second;
        if (count > most) typical_ = kept;
        most = std::max(most, count);
    }
}

std::vector<std::string> user_table::names() const {
    std::vector<std::string> all;
    all.reserve(by_name_.size());
    for (const auto& [name, user] : by_name_)
        all.push_back(name);
    std::ranges::sort(all);
    return all;
}

const user* user_table::find(const std::string& name) const {
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? nullptr : &found->second;
}

read_users parse_users(std::string_view text, users_source source) {
    std::vector<user> users;
    std::vector<std::string> mistakes;
    std::map<std::string, std::size_t, std::less<>> places;
    const std::string place = is_list(text, source) ? "user " : "line ";
    for (const auto& entry : entries_of(text, source)) {
        const auto complain = [&](const std::string& mistake) {
            mistakes.push_back(place + std::to_string(entry.number) + ": " + mistake);
        };
        auto read = read_user(entry.text, source);
        if (const auto* mistake = std::get_if<std::string>(&read)) {
            complain(*mistake);
            continue;
        }
        auto& one = std::get<user>(read);
        const auto [earlier, is_new] = places.emplace(one.name, entry.number);
        if (is_new) {
            users.push_back(std::move(one));
        } else {
            complain("the name is that of " + place + std::to_string(earlier->second));
        }
    }
    if (!mistakes.empty()) return mistakes;
    return std::make_shared<const user_table>(std::move(users));
}

}  // namespace kurir::users
