#include "relay/outbound/operator_suspension.hpp"

#include <algorithm>
#include <array>

#include "relay/base/text.hpp"
#include "relay/base/utc.hpp"
#include "relay/outbound/tenant_name.hpp"

namespace kurir::outbound {

namespace {

constexpr std::array<std::string_view, 6> subject_words{
    "destination", "route", "from", "domain", "user", "tenant"
};
constexpr std::string_view null_path = "<>";
constexpr std::string_view anybody_at = "*@";

// Whether the pattern of a `from` asks for no more than the domain of the sender.
bool asks_for_domain(std::string_view pattern) {
    return pattern == null_path || (pattern.starts_with(anybody_at) &&
                                    pattern.find('@', anybody_at.size()) == std::string_view::npos);
}

// The lesser of two places, as far as they are there.
std::optional<std::size_t> first_of(std::optional<std::size_t> a, std::optional<std::size_t> b) {
    return a && b ? std::min(a, b) : a ? a : b;
}

std::optional<std::size_t> unless_empty(const pattern_table& patterns, std::string_view text) {
    return text.empty() ? std::nullopt : patterns.first_of(text);
}

}  // namespace

std::string_view text_of(suspension_subject subject) noexcept {
    return subject_words.at(static_cast<std::size_t>(subject));
}

std::optional<suspension_subject> suspension_subject_named(std::string_view name) {
    const auto found = std::ranges::find(subject_words, name);
    if (found == subject_words.end()) return std::nullopt;
    return static_cast<suspension_subject>(found - subject_words.begin());
}

std::string known_suspension_subjects() {
    std::string text;
    for (const auto word : subject_words)
        text.append(text.empty() ? "" : ", ").append(word);
    return text;
}

std::string sentence_of(const operator_suspension& suspension) {
    auto text =
        "suspended by " + suspension.operator_name + " until " + base::utc_text(suspension.until);
    if (!suspension.reason.empty()) text.append(" because ").append(suspension.reason);
    return text;
}

operator_suspensions::operator_suspensions(std::vector<operator_suspension> all)
    : all_(std::move(all)) {
    for (std::size_t place = 0; place < all_.size(); ++place) {
        const std::string_view pattern = all_[place].pattern;
        numbers_.insert(all_[place].number);
        switch (all_[place].subject) {
            case suspension_subject::destination:
                destinations_.add(pattern, place);
                break;
            case suspension_subject::route:
                routes_.add(pattern, place);
                break;
            case suspension_subject::domain:
                domains_.add(pattern, place);
                break;
            case suspension_subject::user:
                users_.add(pattern, place);
                break;
            case suspension_subject::tenant:
                tenants_.add(pattern, place);
                break;
            case suspension_subject::from:
                if (pattern == null_path) {
                    null_sender_ = first_of(null_sender_, place);
                    break;
                }
                senders_.add(pattern, place);
                if (asks_for_domain(pattern)) {
                    sender_domains_.add(pattern.substr(anybody_at.size()), place);
                } else {
                    asks_for_senders_ = true;
                }
                break;
        }
    }
}

bool operator_suspensions::has(std::uint64_t number) const noexcept {
    return numbers_.contains(number);
}

const operator_suspension* operator_suspensions::at(std::optional<std::size_t> place) const {
    return place ? &all_[*place] : nullptr;
}

const operator_suspension* operator_suspensions::of_destination(
    std::string_view name, std::string_view route
) const {
    return at(first_of(destinations_.first_of(name), unless_empty(routes_, route)));
}

const operator_suspension* operator_suspensions::of_delivery(
    const queue::backlog& waiting, queue::backlog::slot item
) const {
    const auto& sender_domain = waiting.sender_domain(item);
    auto place = domains_.first_of(waiting.domain(item));
    if (!users_.empty()) {
        place = first_of(place, unless_empty(users_, waiting.terms(item)->credential));
    }
    if (!tenants_.empty()) {
        for (const auto name : names_of_tenant(waiting.tenant(item)->first))
            place = first_of(place, tenants_.first_of(name));
    }
    place = first_of(
        place, sender_domain.empty() ? null_sender_ : sender_domains_.first_of(sender_domain)
    );
    return at(place);
}

const operator_suspension* operator_suspensions::of_sender(std::string_view reverse_path) const {
    return at(senders_.first_of(reverse_path));
}

std::optional<std::uint64_t> shared_suspensions::of_sender(std::string_view reverse_path) const {
    if (!asks_for_senders_) return std::nullopt;
    const std::lock_guard guard(lock_);
    const auto* found = all_->of_sender(reverse_path);
    return found == nullptr ? std::nullopt : std::optional(found->number);
}

}  // namespace kurir::outbound
