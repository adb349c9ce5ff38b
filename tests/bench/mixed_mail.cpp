#include "tests/bench/mixed_mail.hpp"

#include <array>
#include <string_view>
#include <utility>

namespace kurir::bench {

namespace {

using namespace std::chrono_literals;

constexpr std::array<std::pair<std::string_view, std::string_view>, 6> replies{{
    {"4.2.2", "452 4.2.2 The recipient's inbox is out of storage space"},
    {"4.7.1", "451 4.7.1 Greylisted, please try again in 300 seconds"},
    {"4.7.0", "421 4.7.0 Our system has detected an unusual rate of mail from your IP address"},
    {"4.4.1", "no connection: Connection refused"},
    {"4.4.2", "the connection was lost after DATA"},
    {"4.3.2", "451 4.3.2 Internal server error, try later"},
}};
constexpr std::uint64_t big_domains = 8;

// A small generator, so that a number alone decides (SplitMix64).
class dice {
public:
    explicit dice(std::uint64_t seed) : state_(seed) {}

    std::uint64_t below(std::uint64_t end) {
        state_ += 0x9e3779b97f4a7c15;
        auto mixed = state_;
        mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
        return (mixed ^ (mixed >> 31)) % end;
    }
    bool percent(std::uint64_t chance) { return below(100) < chance; }

private:
    std::uint64_t state_;
};

std::string domain_of(const mixture& wanted, dice& next) {
    if (next.percent(50)) return "big" + std::to_string(next.below(big_domains)) + ".dead.test";
    return "d" + std::to_string(next.below(wanted.domains)) + ".dead.test";
}

queue::delivery_terms terms_of(std::uint64_t shop, dice& next, queue::time_point now) {
    queue::delivery_terms terms;
    if (shop % 4 != 0) terms.credential = "shop" + std::to_string(shop);
    if (next.percent(2)) {
        terms.hold = queue::operator_hold{
            .since = now, .operator_name = "ann", .reason = "complaints are looked into"
        };
    }
    return terms;
}

queue::priority priority_of(dice& next) {
    const auto drawn = next.below(100);
    if (drawn < 10) return queue::priority::urgent;
    return drawn < 40 ? queue::priority::bulk : queue::priority::normal;
}

}  // namespace

queue::submission mixed_message(
    const mixture& wanted, std::uint64_t number, queue::message_id id, queue::time_point now
) {
    dice next(number);
    const auto shop = next.below(40);
    const auto host = "shop" + std::to_string(shop) + ".test";
    const auto domain = domain_of(wanted, next);
    const auto size = std::size_t{256} << next.below(6);
    queue::submission made;
    made.last_chunk = "Subject: number " + std::to_string(number) + "\r\n\r\n";
    const auto header_size = made.last_chunk.size();
    while (made.last_chunk.size() < size)
        made.last_chunk += "Something that somebody wanted to know.\r\n";
    auto& mail = made.mail;
    mail.id = id;
    if (!next.percent(3)) mail.reverse_path = "list" + std::to_string(next.below(9)) + "@" + host;
    std::vector<std::uint32_t> recipients;
    const auto count = next.percent(10) ? 2 + next.below(4) : 1;
    for (std::uint32_t at = 0; at < count; ++at) {
        mail.recipients.push_back(
            {"user" + std::to_string(number) + "." + std::to_string(at) + "@" + domain}
        );
        recipients.push_back(at);
    }
    mail.received_at = now - std::chrono::minutes(next.below(60 * 24 * 3));
    mail.size = made.last_chunk.size();
    mail.header_size = static_cast<std::uint32_t>(header_size);
    mail.chunks = 1;
    mail.client = "10.0." + std::to_string(shop) + "." + std::to_string(1 + next.below(8));
    mail.session = "0123456789abcdef";
    mail.terms = terms_of(shop, next, now);
    const auto wait = next.below(static_cast<std::uint64_t>(wanted.over.count()) * 1000 + 1);
    made.deliveries.push_back({
        .id = id,
        .due = now + wanted.due_in + std::chrono::milliseconds(wait),
        .recipients = std::move(recipients),
        .domain = domain,
        .received_at = mail.received_at,
        .size = mail.size,
        .tenant = "10.0." + std::to_string(shop) + ".0/24 " + host,
        .sender_domain = mail.reverse_path.empty() ? "" : host,
        .priority = priority_of(next),
        .terms = mail.terms,
    });
    return made;
}

bool was_tried(queue::message_id id) noexcept {
    return dice(id.value()).below(20) != 0;
}

queue::settlement failed_attempt(const queue::delivery& announced, queue::time_point now) {
    dice next(announced.id.value() + 1);
    const auto& [status, text] = replies[next.below(replies.size())];
    queue::settlement end;
    end.attempted = announced;
    auto again = announced;
    again.entry = {};
    again.fence = 0;
    again.attempts = 1 + static_cast<std::uint32_t>(next.below(12));
    for (const auto recipient : announced.recipients) {
        end.unfinished.push_back({
            .index = recipient,
            .attempts = again.attempts,
            .last_attempt = now - std::chrono::minutes(next.below(120)),
            .status = std::string(status),
            .diagnostic = std::string(text),
            .remote = "mx." + announced.domain,
        });
    }
    end.again.push_back(std::move(again));
    return end;
}

}  // namespace kurir::bench
