#include "relay/app/message_handover.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <chrono>
#include <exception>
#include <memory>
#include <utility>

#include "queue/message_id.hpp"
#include "relay/admin/json_fields.hpp"
#include "relay/app/admin_answer.hpp"
#include "relay/control/message_json.hpp"
#include "relay/net/clock.hpp"

namespace kurir::app {

namespace json = boost::json;

namespace {

constexpr auto handover_patience = std::chrono::seconds(60);
constexpr auto handover_pause = std::chrono::milliseconds(500);
constexpr unsigned not_ready = 503;
constexpr auto no_time = "no time is left";
constexpr std::size_t handover_piece_max = 1024UL * 1024;  // bytes of one request

// Not every server that answers is a relay: what it says counts only if a relay would say it.
handover_outcome not_a_relay() {
    return {handover_outcome::kind_of::silent, "it does not answer as a relay does"};
}

// The id under which a message is there: `field` of an answer. Nothing: it is none.
std::optional<std::string> id_in(const json::object& answer, std::string_view field) {
    auto text = admin::text_in(answer, field);
    if (!queue::message_id::parse(text)) return std::nullopt;
    return text;
}

std::optional<handover_outcome> outcome_of_known(const json::object& answer) {
    using kind = handover_outcome::kind_of;
    auto id = id_in(answer, "known");
    if (!id) return std::nullopt;
    return handover_outcome{
        admin::flag_in(answer, "own") ? kind::own : kind::known, std::move(*id)
    };
}

// What is known after the order to keep a message. It may have been given twice, by us or by a
// proxy, and carried out the first time.
handover_outcome after_keep(handover_outcome wrong) {
    using kind = handover_outcome::kind_of;
    wrong.may_be_there = true;
    if (wrong.kind != kind::forgotten) wrong.kind = kind::unsure;
    return wrong;
}

}  // namespace

std::string detail_of(const admin::client::reply& reply) {
    boost::system::error_code wrong;
    const auto parsed = json::parse(reply.body, wrong);
    const auto detail = !wrong && parsed.is_object() ? admin::text_in(parsed.get_object(), "detail")
                                                     : std::string();
    return detail.empty() ? "status " + std::to_string(reply.status) : detail;
}

handover_outcome without_exceptions(const std::function<handover_outcome()>& attempt) {
    try {
        return attempt();
    } catch (const std::exception& error) {
        return {
            .kind = handover_outcome::kind_of::unsure, .text = error.what(), .may_be_there = true
        };
    }
}

message_handover::message_handover(const admin::address& relay)
    : relay_([client = std::make_shared<admin::client>(relay)](
                 std::string_view method, const std::string& target, const std::string& body
             ) { return client->ask(method, target, body); }) {}

message_handover::answered message_handover::ask(
    std::string_view method, const std::string& target, const std::string& body
) {
    using kind = handover_outcome::kind_of;
    const auto end = net::clock::now() + handover_patience;
    if (is_over_()) return {.wrong = handover_outcome{kind::silent, no_time}};
    auto reply = relay_(method, target, body);
    while (reply && reply->status == not_ready && net::clock::now() < end) {
        pause_for(handover_pause);
        if (is_over_()) break;
        reply = relay_(method, target, body);
    }
    if (!reply) return {.wrong = handover_outcome{kind::silent, reply.error()}};
    // A token that is not allowed to do it will not be for the next message either.
    const bool is_for_all =
        reply->status / 100 == 5 || reply->status == 401 || reply->status == 403;
    // 409: some of its recipients are there by now.
    if (reply->status == 404 || reply->status == 409)
        return {.wrong = handover_outcome{kind::forgotten, detail_of(*reply)}};
    if (is_for_all) return {.wrong = handover_outcome{kind::silent, detail_of(*reply)}};
    boost::system::error_code wrong;
    auto parsed = json::parse(reply->body, wrong);
    if (reply->status / 100 == 4) {
        return {
            .wrong = handover_outcome{kind::refused, detail_of(*reply)},
            .is_mistake = reply->status == 400
        };
    }
    if (!reply->good() || wrong || !parsed.is_object()) {
        return {
            .wrong = handover_outcome{kind::silent, "it answers with no JSON: " + detail_of(*reply)}
        };
    }
    return {.value = std::move(parsed.get_object())};
}

handover_outcome message_handover::hand_over(const std::string& envelope, const content& next) {
    using kind = handover_outcome::kind_of;
    const auto begun = ask("POST", "/api/v1/messages", envelope);
    if (begun.wrong) {
        auto wrong = *begun.wrong;
        // Nothing was there that it could have forgotten: it has no such API.
        if (wrong.kind == kind::forgotten) wrong.kind = kind::silent;
        return wrong;
    }
    if (begun.value.contains("known")) {
        return outcome_of_known(begun.value).value_or(not_a_relay());
    }
    const auto number = admin::number_in(begun.value, "message");
    if (number <= 0) return not_a_relay();
    const auto target = "/api/v1/messages/" + std::to_string(number);
    // It may have some of the recipients, as those of a delivery that went before.
    const bool some_known = admin::flag_in(begun.value, "some_known");
    const auto without_it = [some_known](handover_outcome wrong) {
        wrong.unknown_there = !some_known;
        return wrong;
    };
    auto piece = next();
    for (; piece && !piece->empty(); piece = next()) {
        const auto put = ask("PUT", target + "/content", *piece);
        if (put.wrong) return without_it(*put.wrong);
    }
    if (!piece) return without_it({.kind = kind::cut});
    if (is_over_()) return without_it({kind::silent, no_time});
    const auto kept = ask("POST", target + "/keep", "{}");
    if (kept.wrong) return kept.is_mistake ? without_it(*kept.wrong) : after_keep(*kept.wrong);
    if (kept.value.contains("known")) {
        return outcome_of_known(kept.value).value_or(after_keep(not_a_relay()));
    }
    auto id = id_in(kept.value, "id");
    return id ? handover_outcome{kind::kept, std::move(*id)} : after_keep(not_a_relay());
}

base::result<std::string, std::string> envelope_text(
    const std::vector<control::listed>& entries,
    const std::string& hostname,
    const control::clock_reading& clocks
) {
    try {
        return {
            boost::system::in_place_value,
            json::serialize(control::exported_message(entries, hostname, clocks))
        };
    } catch (const std::exception& error) {
        return {boost::system::in_place_error, error.what()};
    }
}

message_handover::content content_of_chunks(
    std::uint64_t size,
    std::uint32_t chunks,
    std::function<std::optional<std::string>(std::uint32_t index)> read
) {
    return [size,
            chunks,
            read = std::move(read),
            next = std::uint32_t{0},
            count = std::uint64_t{0},
            left = std::string()]() mutable -> std::optional<std::string> {
        if (left.empty() && next < chunks) {
            auto chunk = read(next++);
            if (!chunk) return std::nullopt;
            left = std::move(*chunk);
            count += left.size();
        }
        if (left.empty() && count != size) return std::nullopt;
        auto piece = left.substr(0, handover_piece_max);
        left.erase(0, piece.size());
        return piece;
    };
}

}  // namespace kurir::app
