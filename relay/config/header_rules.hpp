// Fields that are added to messages, set in them or removed from them: KURIR_HEADERS.
//
//   add List-Unsubscribe: <https://news.example/u?a={recipient}>   # unless there is one
//   set X-Mailer: Kurir                                            # in place of all there are
//   from=@news.example add Feedback-ID: {queue_id}:{user}:news:example
//   prepend X-Relay: kurir                                         # in front, even of another one
//   remove X-Internal-*
//
// A table (table.hpp) with one rule on a line. All rules count whose conditions all hold, in their
// order. Values are ASCII, and may have placeholders: {queue_id}, {user}, {sender},
// {sender_domain}, {recipient}; their values are encoded by percent signs as in a URL. A rule with
// {recipient} counts only for messages with a single one. {{ is a brace. Pure.
//
// Fields are refused that only a relay may write, and those without which a message is none: a
// forged Received would hide a loop, and a sender is KURIR_FORCE_FROM's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "relay/config/conditions.hpp"

namespace kurir::config {

enum class placeholder : std::uint8_t { none, queue_id, user, sender, sender_domain, recipient };

// A part of a value: text, or what stands in place of a placeholder.
struct value_part {
    std::string text = {};
    placeholder stands_for = placeholder::none;
};

struct header_rule : conditions {
    enum class kind : std::uint8_t { add, set, prepend, remove };

    kind action = kind::add;
    std::string name = {};  // as it is written
    std::vector<value_part> value = {};

    // Whether it is about a field of this name; `remove` may have a pattern.
    bool is_about(std::string_view field_name) const noexcept;
    bool needs_recipient() const;
    std::string text() const;
};

class header_rules {
public:
    static constexpr std::size_t rules_max = 1000;
    static constexpr std::size_t value_max = 4096;

    // Reads rules into `value`, or returns what is wrong with them, as the end of a sentence.
    static std::optional<std::string> read(std::string_view text, header_rules& value);

    const std::vector<header_rule>& all() const noexcept { return rules_; }
    bool empty() const noexcept { return rules_.empty(); }
    std::string text() const;

private:
    std::vector<header_rule> rules_;
};

}  // namespace kurir::config
