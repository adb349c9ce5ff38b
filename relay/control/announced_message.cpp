#include "relay/control/announced_message.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <set>
#include <utility>

#include "relay/admin/json_fields.hpp"
#include "relay/base/text.hpp"
#include "relay/control/message_json.hpp"
#include "relay/smtp/address.hpp"
#include "relay/smtp/parameters.hpp"

namespace kurir::control {

namespace json = boost::json;
using admin::flag_in;
using admin::text_in;

namespace {

constexpr std::size_t session_max = 64;
// The name of a recipient is the origin with its place (`submission::names`).
constexpr std::size_t origin_max = queue::longest::idempotency_key;
constexpr std::size_t status_max = 16;
constexpr long long attempts_max = 1'000'000;

// Reads the fields of one object after the other, until one is wrong.
class announcement {
public:
    explicit announcement(const clock_reading& clock) : clock_(clock) {}

    base::result<announced_message, std::string> read(const json::object& all) {
        if (text_in(all, "format") != format_name)
            fail("format is not " + std::string(format_name));
        read_envelope(all);
        const auto* deliveries = all.if_contains("deliveries");
        if (deliveries == nullptr || !deliveries->is_array() || deliveries->get_array().empty()) {
            fail("deliveries is not there");
        } else {
            for (const auto& each : deliveries->get_array()) {
                if (each.is_object()) {
                    read_delivery(each.get_object());
                } else {
                    fail("deliveries has something that is no object");
                }
            }
        }
        if (!wrong_.empty()) return {boost::system::in_place_error, wrong_};
        return {boost::system::in_place_value, std::move(made_)};
    }

private:
    void fail(std::string why) {
        if (wrong_.empty()) wrong_ = std::move(why);
    }

    std::string text(const json::object& all, std::string_view name, std::size_t longest) {
        auto value = text_in(all, name);
        const bool is_line = std::ranges::none_of(value, [](char c) {
            return static_cast<unsigned char>(c) < ' ' || c == '\x7f';
        });
        if (!is_line) fail(std::string(name) + " has control characters");
        if (value.size() > longest) {
            fail(std::string(name) + " has more than " + std::to_string(longest) + " bytes");
        }
        return value;
    }

    std::optional<queue::time_point> time(const json::object& all, std::string_view name) {
        const auto written = text_in(all, name);
        if (written.empty()) return std::nullopt;
        const auto read = read_exact_utc(written);
        if (!read) fail(std::string(name) + " is no time, such as 2026-11-27T01:02:03.004Z");
        return read;
    }

    // One of some words; the first if it is not there.
    std::string word(
        const json::object& all,
        std::string_view name,
        std::initializer_list<std::string_view> known
    ) {
        const auto* given = all.if_contains(name);
        if (given == nullptr) return std::string(*known.begin());
        const auto value = text_in(all, name);
        if (!given->is_string() || std::ranges::find(known, value) == known.end()) {
            fail(std::string(name) + " is no word that is known: " + value);
        }
        return value;
    }

    std::uint64_t size_in(const json::object& all) {
        boost::system::error_code wrong =
            boost::system::errc::make_error_code(boost::system::errc::invalid_argument);
        std::uint64_t size = 0;
        if (const auto* given = all.if_contains("size"); given != nullptr) {
            size = given->to_number<std::uint64_t>(wrong);
        }
        if (wrong) fail("size is no number of bytes");
        return size;
    }

    void read_envelope(const json::object& all) {
        auto& mail = made_.mail.mail;
        made_.origin = text(all, "origin", origin_max);
        if (made_.origin.empty()) fail("origin is not there");
        made_.size = size_in(all);
        mail.reverse_path = text_in(all, "from");
        if (!mail.reverse_path.empty()) {
            const auto sender = smtp::parse_mailbox(mail.reverse_path, true);
            if (!sender) fail("from is no address: " + mail.reverse_path);
            if (sender) sender_domain_ = sender.value->domain;
            if (sender && sender.value->utf8) mail.needs.smtputf8 = true;
        }
        const auto received = time(all, "received_at");
        if (!received) fail("received_at is not there");
        mail.received_at = received.value_or(queue::time_point()) - clock_.calendar_ahead;
        if (mail.received_at > clock_.now) mail.received_at = clock_.now;
        mail.origin = flag_in(all, "is_bounce") ? queue::origin::dsn : queue::origin::smtp;
        mail.client = text(all, "client", session_max);
        mail.session = text(all, "session", session_max);
        mail.message_id_header = text(all, "message_id", queue::longest::reason);
        queue::envelope_extras extras;
        extras.envid = text(all, "envid", queue::longest::envid);
        if (!extras.envid.empty() && !smtp::is_xtext(extras.envid)) fail("envid is no xtext");
        const auto part = word(all, "ret", {"", "full", "hdrs"});
        if (part == "full") extras.ret = queue::dsn_return::full;
        if (part == "hdrs") extras.ret = queue::dsn_return::headers;
        extras.listener = text(all, "listener", queue::longest::name);
        extras.idempotency_key = text(all, "idempotency_key", queue::longest::idempotency_key);
        extras.trace_parent = text(all, "trace_parent", queue::longest::trace_parent);
        extras.trace_state = text(all, "trace_state", queue::longest::trace_state);
        mail.extras = std::move(extras);
    }

    queue::delivery_terms terms_in(const json::object& all) {
        queue::delivery_terms terms;
        terms.route = text(all, "route", queue::longest::name);
        terms.credential = text(all, "user", queue::longest::name);
        terms.require_tls = flag_in(all, "require_tls");
        terms.release_at = time(all, "release_at");
        if (const auto* deadline = all.if_contains("deadline");
            deadline != nullptr && deadline->is_object()) {
            const auto& object = deadline->get_object();
            const auto at = time(object, "at");
            if (!at) fail("deadline has no time");
            terms.deadline = queue::delivery_deadline{
                .at = at.value_or(queue::time_point()),
                .bounces = flag_in(object, "bounces"),
                .traced = flag_in(object, "traced"),
            };
        }
        if (const auto* hold = all.if_contains("hold"); hold != nullptr && hold->is_object()) {
            const auto& object = hold->get_object();
            terms.hold = queue::operator_hold{
                .since = time(object, "since").value_or(clock_.now),
                .operator_name = text(object, "by", queue::longest::name),
                .reason = text(object, "reason", queue::longest::reason),
            };
        }
        return terms;
    }

    void read_delivery(const json::object& all) {
        auto& mail = made_.mail.mail;
        queue::delivery delivery;
        delivery.received_at = mail.received_at;
        delivery.due = mail.received_at;
        if (const auto due = time(all, "next_attempt_at")) {
            delivery.due = *due - clock_.calendar_ahead;
        }
        delivery.domain = text(all, "domain", queue::longest::name);
        if (delivery.domain.empty()) fail("domain is not there");
        delivery.tenant = text(all, "tenant", queue::longest::reason);
        delivery.sender_domain = sender_domain_;
        const auto priority = word(all, "priority", {"", "normal", "urgent", "bulk"});
        if (priority == "urgent") delivery.priority = queue::priority::urgent;
        if (priority == "bulk") delivery.priority = queue::priority::bulk;
        auto terms = terms_in(all);
        if (terms != queue::delivery_terms()) delivery.terms = std::move(terms);
        if (made_.mail.deliveries.empty()) mail.terms = delivery.terms;
        const auto* recipients = all.if_contains("recipients");
        if (recipients == nullptr || !recipients->is_array() || recipients->get_array().empty()) {
            fail("recipients is not there");
            return;
        }
        for (const auto& each : recipients->get_array()) {
            if (!each.is_object()) {
                fail("recipients has something that is no object");
                return;
            }
            delivery.recipients.push_back(static_cast<std::uint32_t>(mail.recipients.size()));
            read_place(each.get_object());
            const auto state = read_state(each.get_object());
            delivery.attempts = std::max(delivery.attempts, state.attempts);
            if (state.attempts > 0) made_.mail.states.push_back(state);
            mail.recipients.push_back(read_recipient(each.get_object(), delivery.domain));
        }
        made_.mail.deliveries.push_back(std::move(delivery));
    }

    // Where the next recipient was in the envelope of the relay that wrote it.
    void read_place(const json::object& all) {
        auto place = static_cast<std::int64_t>(made_.places.size());
        if (const auto* given = all.if_contains("place"); given != nullptr) {
            boost::system::error_code wrong;
            place = given->to_number<std::int64_t>(wrong);
            if (wrong || place < 0 || place > UINT32_MAX) fail("place is no number of a recipient");
        }
        if (!seen_.insert(place).second) fail("two recipients have the same place");
        made_.places.push_back(static_cast<std::uint32_t>(place));
        made_.mail.names.push_back(made_.origin + '/' + std::to_string(place));
    }

    // What the other relay has learnt of the next recipient.
    queue::recipient_state read_state(const json::object& all) {
        queue::recipient_state state;
        state.index = static_cast<std::uint32_t>(made_.mail.mail.recipients.size());
        const auto attempts = admin::number_in(all, "attempts");
        if (attempts < 0 || attempts > attempts_max) {
            fail("attempts is no number from 0 to " + std::to_string(attempts_max));
            return state;
        }
        state.attempts = static_cast<std::uint32_t>(attempts);
        if (attempts == 0) return state;
        const auto last = time(all, "last_attempt_at");
        if (!last) fail("last_attempt_at is not there");
        state.last_attempt = last.value_or(queue::time_point()) - clock_.calendar_ahead;
        state.status = text(all, "status", status_max);
        state.diagnostic = text(all, "reply", queue::longest::reason);
        state.remote = text(all, "remote", queue::longest::name);
        return state;
    }

    queue::recipient read_recipient(const json::object& all, const std::string& domain) {
        queue::recipient made{.address = text_in(all, "address")};
        const auto parsed = smtp::parse_mailbox(made.address, true);
        if (!parsed) {
            fail("address is no address: " + made.address);
        } else if (parsed.value->domain != domain) {
            fail("domain is not that of " + made.address);
        }
        if (parsed && parsed.value->utf8) made_.mail.mail.needs.smtputf8 = true;
        queue::dsn_wishes wishes{.notify = read_notify(all)};
        wishes.original = text(all, "orcpt", queue::longest::original_recipient);
        if (!wishes.original.empty() && !smtp::is_original_recipient(wishes.original))
            fail("orcpt is no type and address as xtext: " + wishes.original);
        if (wishes != queue::dsn_wishes()) made.dsn = std::move(wishes);
        return made;
    }

    // "never" alone, or some of the others (RFC 3461 section 4.1).
    queue::dsn_notify read_notify(const json::object& all) {
        queue::dsn_notify notify;
        const auto* given = all.if_contains("notify");
        if (given == nullptr) return notify;
        if (!given->is_array()) {
            fail("notify is no array");
            return notify;
        }
        for (const auto& each : given->get_array()) {
            const auto* text = each.if_string();
            const std::string_view word = text == nullptr ? "" : std::string_view(*text);
            if (word == "never") {
                notify.never = true;
            } else if (word == "success") {
                notify.success = true;
            } else if (word == "failure") {
                notify.failure = true;
            } else if (word == "delay") {
                notify.delay = true;
            } else {
                fail("notify is never, or some of success, failure, delay");
            }
        }
        if (notify.never && given->get_array().size() > 1)
            fail("notify has never, and others with it");
        return notify;
    }

    const clock_reading& clock_;
    announced_message made_;
    std::set<std::int64_t> seen_;  // places
    std::string sender_domain_;
    std::string wrong_;
};

}  // namespace

base::result<announced_message, std::string> announced(
    const json::object& all, const clock_reading& clock
) {
    return announcement(clock).read(all);
}

void leave_out(announced_message& message, const std::vector<bool>& left_out) {
    auto& mail = message.mail;
    std::vector<std::optional<std::uint32_t>> moved(left_out.size());
    announced_message kept{.origin = message.origin, .size = 0, .mail = {}, .places = {}};
    for (std::size_t at = 0; at < left_out.size(); ++at) {
        if (left_out[at]) continue;
        moved[at] = static_cast<std::uint32_t>(kept.places.size());
        kept.places.push_back(message.places[at]);
        kept.mail.names.push_back(std::move(mail.names[at]));
        kept.mail.mail.recipients.push_back(std::move(mail.mail.recipients[at]));
    }
    for (auto& state : mail.states) {
        if (const auto index = moved[state.index]) {
            state.index = *index;
            kept.mail.states.push_back(std::move(state));
        }
    }
    for (auto& delivery : mail.deliveries) {
        std::vector<std::uint32_t> recipients;
        for (const auto recipient : delivery.recipients) {
            if (const auto index = moved[recipient]) recipients.push_back(*index);
        }
        if (recipients.empty()) continue;
        delivery.recipients = std::move(recipients);
        delivery.attempts = 0;
        for (const auto& state : kept.mail.states) {
            if (std::ranges::binary_search(delivery.recipients, state.index))
                delivery.attempts = std::max(delivery.attempts, state.attempts);
        }
        kept.mail.deliveries.push_back(std::move(delivery));
    }
    mail.mail.recipients = std::move(kept.mail.mail.recipients);
    mail.states = std::move(kept.mail.states);
    mail.names = std::move(kept.mail.names);
    mail.deliveries = std::move(kept.mail.deliveries);
    message.places = std::move(kept.places);
}

std::optional<queue::time_point> read_exact_utc(std::string_view text) {
    constexpr std::string_view shape = "dddd-dd-ddTdd:dd:dd.dddZ";
    if (text.size() != shape.size()) return std::nullopt;
    for (std::size_t at = 0; at < shape.size(); ++at) {
        const bool fits = shape[at] == 'd' ? base::is_digit(text[at]) : text[at] == shape[at];
        if (!fits) return std::nullopt;
    }
    const auto number = [&](std::size_t at, std::size_t digits) {
        return *base::parse_number<unsigned>(text.substr(at, digits));
    };
    using namespace std::chrono;
    const year_month_day day{
        year(static_cast<int>(number(0, 4))), month(number(5, 2)), std::chrono::day(number(8, 2))
    };
    if (!day.ok() || number(11, 2) > 23 || number(14, 2) > 59 || number(17, 2) > 59)
        return std::nullopt;
    return sys_days(day) + hours(number(11, 2)) + minutes(number(14, 2)) + seconds(number(17, 2)) +
           milliseconds(number(20, 3));
}

}  // namespace kurir::control
