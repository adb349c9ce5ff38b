#include "relay/outbound/attempt_plan.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <functional>
#include <iterator>
#include <string_view>
#include <utility>

#include "relay/base/text.hpp"

namespace kurir::outbound {

using namespace std::chrono_literals;

namespace {

constexpr std::size_t hosts_max = 5;
constexpr std::size_t sessions_refused_max = 2;
constexpr std::size_t fresh_max = 5;
constexpr auto time_max = 15min;

// Words that tell a limit of one connection, in lower case.
constexpr std::array<std::string_view, 7> connection_words{
    "session",
    "per connection",
    "this connection",
    "same connection",
    "messages per",
    "too many messages",
    "too many transactions",
};

bool is_reply(const verdict& verdict) {
    return verdict.cause == cause::reply && verdict.code != 0;
}

bool names_connection(const verdict& verdict) {
    const auto text = base::lowered(verdict.diagnostic);
    return std::ranges::any_of(connection_words, [&text](std::string_view each) {
        return text.find(each) != std::string::npos;
    });
}

// A temporary refusal of one recipient: a full mailbox, greylisting.
bool is_of_recipient(const verdict& verdict) {
    if (names_connection(verdict)) return false;
    const auto subject = verdict.status.subject;
    return verdict.greylisted || subject == 1 || subject == 2;
}

// A refusal, or a loss, that may be of the connection, and not of what was sent over it.
bool may_be_of_connection(const verdict& verdict) {
    if (verdict.cause == cause::lost) return !verdict.ambiguous;
    if (!is_reply(verdict)) return false;
    if (verdict.stage == stage::mail) return true;
    return verdict.code / 100 == 4 && !is_of_recipient(verdict);
}

// A limit of recipients that the server has told, and not only shown.
bool names_recipients(const verdict& verdict) {
    const auto text = base::lowered(verdict.diagnostic);
    const bool by_status = verdict.status.subject == 5 && verdict.status.detail == 3;
    return by_status || text.find("recipient") != std::string::npos ||
           text.find("rcpt") != std::string::npos;
}

bool refuses_mail(const verdict& verdict) {
    return verdict.stage == stage::mail && verdict.outcome == outcome::failed;
}

void move_to_end(std::vector<std::uint32_t>& list, std::uint32_t recipient) {
    const auto found = std::ranges::find(list, recipient);
    if (found != list.end()) std::rotate(found, found + 1, list.end());
}

}  // namespace

void lessons::teach(habits& known, const std::string& server, net::clock::time_point now) const {
    if (messages != 0) known.messages_were_enough(server, messages, messages_evidence, now);
    if (recipients != 0) known.recipients_were_enough(server, recipients, recipients_evidence, now);
    known.does_without(server, without, now);
    if (unasked) known.says_unasked(server, now);
    if (fresh_in_vain) known.fresh_was_in_vain(server, now);
}

attempt_plan::attempt_plan(
    std::vector<std::uint32_t> recipients, time_point now, std::chrono::milliseconds lifetime
)
    : open_(std::move(recipients)),
      ends_(now + std::clamp<std::chrono::milliseconds>(lifetime, 0ms, time_max)) {}

std::vector<std::uint32_t> attempt_plan::group(std::size_t limit) const {
    const auto count = std::min({open_.size(), limit, recipients_max_});
    return {open_.begin(), open_.begin() + static_cast<std::ptrdiff_t>(count)};
}

attempt_plan::next attempt_plan::after(
    const transaction_end& end, const std::vector<std::uint32_t>& group, bool usable, time_point now
) {
    learnt_ = {};
    learn(end);
    if (end.stale) {
        ++fresh_;
        return may_connect(now) ? next::any_connection : next::over;
    }
    if (const auto again = once_more(end, group, now)) return *again;
    reached_ = true;

    const auto before = open_.size();
    record(end, group);
    if (open_.empty()) return next::over;
    if (end.delivered()) {
        settled_early_ = true;
        return next::over;
    }
    const bool progress = open_.size() < before;
    if (usable && progress) return next::same_connection;
    const bool again = std::ranges::any_of(end.again_at_once, std::identity());
    if ((progress || again) && fresh_++ < fresh_max)
        return usable ? next::same_connection : next::fresh_connection;
    const auto refuses_session = [](const verdict& each) {
        return each.try_next_host && is_reply(each);
    };
    if (std::ranges::any_of(end.verdicts, refuses_session)) ++sessions_refused_;
    ++hosts_;
    return may_connect(now) ? next::next_host : next::over;
}

// Whether what was said is not counted yet.
std::optional<attempt_plan::next> attempt_plan::once_more(
    const transaction_end& end, const std::vector<std::uint32_t>& group, time_point now
) {
    if (end.delivered()) return std::nullopt;
    if (fresh_ >= fresh_max || now >= ends_) return std::nullopt;
    const bool again = is_without_more(end) || had_enough(end) || is_split(end, group);
    if (!again) return std::nullopt;
    ++fresh_;
    return next::fresh_connection;
}

// Something that was used does not work, or the replies to a group prove nothing.
bool attempt_plan::is_without_more(const transaction_end& end) {
    auto more = end.failing;
    const bool nothing_proven = end.refusals_forgotten && !end.out_of_step;
    if (nothing_proven || end.group_out_of_step) more.add(extension::pipelining);
    more = more.without(without_);
    if (more.empty()) return false;
    without_ |= more;
    unproven_ |= more;
    return true;
}

// The connection has carried messages, and this one is refused for a reason that may be that.
bool attempt_plan::had_enough(const transaction_end& end) {
    if (!end.kept || left_connection_) return false;
    if (!std::ranges::all_of(end.verdicts, may_be_of_connection)) return false;
    const bool named = std::ranges::any_of(end.verdicts, names_connection);
    // Where commands go one by one, a late reply to the message before looks like a refused MAIL.
    const bool unproven = !end.in_groups && std::ranges::any_of(end.verdicts, refuses_mail);
    if (!named && !fresh_helps_ && !unproven) return false;
    left_connection_ = true;
    carried_ = end.carried;
    carried_evidence_ = named ? habits::evidence::named : habits::evidence::seen;
    return true;
}

// The connection ended while recipients were named.
bool attempt_plan::is_split(const transaction_end& end, const std::vector<std::uint32_t>& group) {
    if (!end.cut_at || end.out_of_step) return false;
    const auto taken = end.accepted.size();
    const auto culprit = group.at(std::min(*end.cut_at, group.size() - 1));
    if (taken == 0) {
        if (isolated_ || group.size() < 2) return false;
        isolated_ = true;
        move_to_end(open_, culprit);
        return true;
    }
    recipients_max_ = std::min(recipients_max_, taken);
    learnt_.recipients = taken;
    // Those it took go first, the one at which it ended last.
    std::vector<std::uint32_t> first;
    first.reserve(open_.size());
    for (const auto position : end.accepted)
        first.push_back(group[position]);
    std::ranges::copy_if(open_, std::back_inserter(first), [&](std::uint32_t each) {
        return std::ranges::find(first, each) == first.end();
    });
    open_ = std::move(first);
    move_to_end(open_, culprit);
    return true;
}

void attempt_plan::learn(const transaction_end& end) {
    learnt_.unasked = end.unasked;
    // Commands one by one, and DATA, whose reply no other command has.
    if (end.out_of_step || end.refusals_forgotten)
        learnt_.without = {extension::pipelining, extension::chunking};
    if (left_connection_ && !end.kept) learn_of_connection(end);
    if (end.accepted.empty()) return;

    if (!unproven_.empty() && end.failing.empty()) learnt_.without |= std::exchange(unproven_, {});
    if (std::ranges::none_of(end.again_at_once, std::identity())) return;
    const auto taken = end.accepted.size();
    learnt_.recipients = end.all_too_many ? taken / 2 : taken;
    if (std::ranges::any_of(end.verdicts, names_recipients))
        learnt_.recipients_evidence = habits::evidence::named;
    recipients_max_ = std::min(recipients_max_, learnt_.recipients);
}

// Whether the fresh connection helped.
void attempt_plan::learn_of_connection(const transaction_end& end) {
    if (end.delivered()) {
        learnt_.messages = std::exchange(carried_, 0);
        learnt_.messages_evidence = carried_evidence_;
    } else {
        learnt_.fresh_in_vain = true;
    }
}

// Takes over what is final; the others stay open.
void attempt_plan::record(const transaction_end& end, const std::vector<std::uint32_t>& group) {
    for (std::size_t i = 0; i < group.size(); ++i) {
        const auto& said = end.verdicts[i];
        if (end.again_at_once[i] || said.try_next_host) {
            remember(said);
            continue;
        }
        verdicts_.push_back({group[i], said});
        std::erase(open_, group[i]);
    }
}

bool attempt_plan::host_failed(verdict trouble, time_point now) {
    const bool go_on = trouble.try_next_host;
    const bool refused = is_reply(trouble);
    if (refused) ++sessions_refused_;
    if (!std::exchange(free_, false)) ++hosts_;
    remember(std::move(trouble));
    return go_on && may_connect(now);
}

bool attempt_plan::host_is_unfit(verdict trouble, time_point now) {
    reached_ = true;
    ++hosts_;
    remember(std::move(trouble));
    return may_connect(now);
}

bool attempt_plan::may_connect(time_point now) const {
    const bool first = hosts_ == 0 && !reached_;
    return first || (hosts_ < hosts_max && sessions_refused_ < sessions_refused_max &&
                     fresh_ <= fresh_max && now < ends_);
}

std::size_t attempt_plan::hosts_left() const {
    return hosts_ < hosts_max ? hosts_max - hosts_ : 1;
}

// Trouble that may pass outranks trouble that won't, for then it is not proven that no host takes
// the message. What a host said outranks what we lacked to ask another.
void attempt_plan::remember(verdict latest) {
    const bool passes = trouble_ && trouble_->outcome == outcome::deferred;
    const bool outranked = (passes && latest.outcome == outcome::failed) ||
                           (trouble_ && !trouble_->shortage && latest.shortage);
    if (!outranked) trouble_ = std::move(latest);
}

std::vector<recipient_verdict> attempt_plan::verdicts(const verdict& otherwise) const {
    auto all = verdicts_;
    // Those that were not tried when the others were done come again.
    const bool untried = settled_early_ || (reached_ && !trouble_);
    for (const auto recipient : open_)
        all.push_back({recipient, trouble_.value_or(otherwise), untried});
    return all;
}

}  // namespace kurir::outbound
