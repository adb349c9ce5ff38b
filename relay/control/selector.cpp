#include "relay/control/selector.hpp"

#include <algorithm>
#include <ranges>

#include "relay/base/text.hpp"
#include "relay/config/units.hpp"
#include "relay/control/criteria.hpp"
#include "relay/control/words.hpp"
#include "relay/outbound/tenant_name.hpp"

namespace kurir::control {

using queue::backlog;

namespace {

// "<>" is the null reverse-path.
bool fits_address(std::string_view pattern, std::string_view address) {
    if (pattern == "<>") return address.empty();
    return base::fits_glob(pattern, address);
}

// Of all but the destination.
std::string text_in_memory(std::string_view name, const backlog& all, backlog::slot item) {
    if (name == "route") return all.terms(item)->route;
    if (name == "user") return all.terms(item)->credential;
    return all.domain(item);
}

}  // namespace

std::string_view text_of(backlog::state state) noexcept {
    return state_words.at(static_cast<std::size_t>(state));
}

std::string_view text_of(queue::priority priority) noexcept {
    return priority_words.at(static_cast<std::size_t>(priority));
}

std::shared_ptr<const selector> selector::everything() {
    return std::make_shared<const selector>();
}

std::variant<selector, std::string> selector::read(const criteria& given) {
    selector made;
    for (const auto& [name, value] : given) {
        if (auto mistake = made.set(name, value); !mistake.empty()) return mistake;
    }
    std::ranges::sort(made.ids_);
    const auto repeated = std::ranges::unique(made.ids_);
    made.ids_.erase(repeated.begin(), repeated.end());
    return made;
}

std::string selector::set(std::string_view name, const std::string& value) {
    const auto* known = std::ranges::find(known_criteria, name, &criterion::name);
    if (known == known_criteria.end()) {
        return "\"" + std::string(name) + "\" is no criterion";
    }
    if (value.empty()) return std::string(name) + " has no value";
    if (known->kind == criterion_kind::other) return set_word(name, value);
    patterns_.push_back({known->name, known->kind == criterion_kind::in_envelope, value});
    return {};
}

std::string selector::set_word(std::string_view name, const std::string& value) {
    if (name == "state") {
        const auto found = index_in(state_words, value);
        if (!found) return one_of(name, state_words);
        state_ = static_cast<backlog::state>(*found);
    } else if (name == "priority") {
        const auto found = index_in(priority_words, value);
        if (!found) return one_of(name, priority_words);
        priority_ = static_cast<queue::priority>(*found);
    } else if (name == "older" || name == "newer") {
        const auto found = config::duration_of(value);
        if (!found) return std::string(name) + " is a duration, such as 30m, 2h or 1d";
        (name == "older" ? older_ : newer_) = *found;
    } else if (name == "larger") {
        larger_ = config::size_of(value);
        if (!larger_) return "larger is a size, such as 10M";
    } else if (name == "reason") {
        try {
            // Polynomial: a pattern can't keep us busy for long.
            using namespace std::regex_constants;
            reason_ = std::make_shared<const std::regex>(
                value, ECMAScript | icase | optimize | __polynomial
            );
        } catch (const std::regex_error& error) {
            return "reason is no regular expression: " + std::string(error.what());
        }
    } else {
        return set_ids(value);
    }
    return {};
}

// "ID", or "ID:0.3": of its recipients those at places 0 and 3.
std::string selector::set_ids(const std::string& value) {
    for (const auto part : std::views::split(value, ',')) {
        const std::string_view word(part.begin(), part.end());
        const auto colon = std::min(word.find(':'), word.size());
        const auto id = queue::message_id::parse(word.substr(0, colon));
        if (!id) return "id is the id of a message, 13 letters and digits: " + std::string(word);
        ids_.push_back(*id);
        if (colon == word.size()) continue;
        auto& places = recipients_[*id];
        for (const auto each : std::views::split(word.substr(colon + 1), '.')) {
            const auto place =
                base::parse_number<std::uint32_t>(std::string_view(each.begin(), each.end()));
            if (!place) return "id has no number of a recipient: " + std::string(word);
            places.insert(*place);
        }
    }
    return {};
}

template <class NameDestination>
bool selector::fits_as_far(
    const backlog& all, backlog::slot item, NameDestination name_destination, queue::time_point now
) const {
    if (!ids_.empty() && !std::ranges::binary_search(ids_, all.id(item))) return false;
    if (state_ && all.state_of(item) != *state_) return false;
    if (priority_ && all.priority_of(item) != *priority_) return false;
    const auto age = now - all.received_at(item);
    if ((older_ && age < *older_) || (newer_ && age > *newer_)) return false;
    if (larger_ && all.size_of(item) <= *larger_) return false;
    return std::ranges::all_of(patterns_, [&](const auto& each) {
        if (each.in_envelope) return true;
        if (each.name == "tenant") {
            return outbound::fits_tenant(each.text, all.tenant(item)->first);
        }
        if (each.name == "destination") {
            const std::string known = name_destination();
            return base::fits_glob(each.text, known.empty() ? all.domain(item) : known);
        }
        return base::fits_glob(each.text, text_in_memory(each.name, all, item));
    });
}

bool selector::fits(const outbound::scheduler& state, backlog::slot item, queue::time_point now)
    const {
    return fits_as_far(state.backlog(), item, [&] { return state.destination_name(item); }, now);
}

bool selector::fits(
    const backlog& all, backlog::slot item, const std::string& destination, queue::time_point now
) const {
    return fits_as_far(all, item, [&] { return destination; }, now);
}

bool selector::needs_envelope() const noexcept {
    return reason_ != nullptr || !recipients_.empty() ||
           std::ranges::any_of(patterns_, &text_pattern::in_envelope);
}

std::vector<std::uint32_t> selector::chosen(
    const queue::delivery& waiting,
    const queue::stored_message& message,
    const std::string& obstacle
) const {
    std::vector<std::uint32_t> meant;
    const auto& mail = message.mail;
    const auto places = recipients_.find(waiting.id);
    for (const auto recipient : waiting.recipients) {
        if (places != recipients_.end() && !places->second.contains(recipient)) continue;
        if (recipient >= mail.recipients.size()) continue;
        const bool all_fit = std::ranges::all_of(patterns_, [&](const auto& each) {
            if (each.name == "from") return fits_address(each.text, mail.reverse_path);
            if (each.name == "to")
                return fits_address(each.text, mail.recipients[recipient].address);
            return each.name != "client" || base::fits_glob(each.text, mail.client);
        });
        if (!all_fit) continue;
        if (reason_) {
            const auto said = reason_of(waiting, message, recipient);
            if (!std::regex_search(said.empty() ? obstacle : said, *reason_)) continue;
        }
        meant.push_back(recipient);
    }
    return meant;
}

std::string reason_of(
    const queue::delivery& waiting, const queue::stored_message& message, std::uint32_t recipient
) {
    if (const auto& hold = waiting.terms->hold) {
        return "held by " + hold->operator_name +
               (hold->reason.empty() ? std::string() : ": " + hold->reason);
    }
    const auto state = std::ranges::find(message.states, recipient, &queue::recipient_state::index);
    if (state == message.states.end()) return {};
    return state->remote.empty() ? state->diagnostic : state->remote + ": " + state->diagnostic;
}

}  // namespace kurir::control
