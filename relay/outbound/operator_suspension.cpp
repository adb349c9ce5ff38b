#include "relay/outbound/operator_suspension.hpp"

#include <algorithm>
#include <array>

#include "relay/base/text.hpp"
#include "relay/base/utc.hpp"

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

bool fits_sender_domain(std::string_view pattern, std::string_view domain) {
    if (pattern == null_path) return domain.empty();
    return !domain.empty() && base::fits_glob(pattern.substr(anybody_at.size()), domain);
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
    : all_(std::move(all)) {}

bool operator_suspensions::has(std::uint64_t number) const noexcept {
    return std::ranges::find(all_, number, &operator_suspension::number) != all_.end();
}

const operator_suspension* operator_suspensions::of_destination(
    std::string_view name, std::string_view route
) const {
    const auto found = std::ranges::find_if(all_, [&](const auto& each) {
        if (each.subject == suspension_subject::route) {
            return !route.empty() && base::fits_glob(each.pattern, route);
        }
        return each.subject == suspension_subject::destination &&
               base::fits_glob(each.pattern, name);
    });
    return found == all_.end() ? nullptr : &*found;
}

const operator_suspension* operator_suspensions::of_delivery(
    const queue::backlog& waiting, queue::backlog::slot item
) const {
    const auto fits = [&](const operator_suspension& each) {
        switch (each.subject) {
            case suspension_subject::domain:
                return base::fits_glob(each.pattern, waiting.domain(item));
            case suspension_subject::user: {
                const auto& user = waiting.terms(item)->credential;
                return !user.empty() && base::fits_glob(each.pattern, user);
            }
            case suspension_subject::tenant:
                return base::fits_glob(each.pattern, waiting.tenant(item)->first);
            case suspension_subject::from:
                return asks_for_domain(each.pattern) &&
                       fits_sender_domain(each.pattern, waiting.sender_domain(item));
            case suspension_subject::destination:
            case suspension_subject::route:
                break;
        }
        return false;
    };
    const auto found = std::ranges::find_if(all_, fits);
    return found == all_.end() ? nullptr : &*found;
}

const operator_suspension* operator_suspensions::of_sender(std::string_view reverse_path) const {
    const auto found = std::ranges::find_if(all_, [&](const auto& each) {
        if (each.subject != suspension_subject::from || each.pattern == null_path) return false;
        return base::fits_glob(each.pattern, reverse_path);
    });
    return found == all_.end() ? nullptr : &*found;
}

bool operator_suspensions::asks_for_senders() const noexcept {
    return std::ranges::any_of(all_, [](const auto& each) {
        return each.subject == suspension_subject::from && !asks_for_domain(each.pattern);
    });
}

std::optional<std::uint64_t> shared_suspensions::of_sender(std::string_view reverse_path) const {
    if (!asks_for_senders_) return std::nullopt;
    const std::lock_guard guard(lock_);
    const auto* found = all_->of_sender(reverse_path);
    return found == nullptr ? std::nullopt : std::optional(found->number);
}

}  // namespace kurir::outbound
