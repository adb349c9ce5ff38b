#include "relay/app/message_handover.hpp"

#include <boost/json/parse.hpp>

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>

#include "relay/admin/json_fields.hpp"
#include "relay/app/admin_answer.hpp"
#include "relay/net/clock.hpp"

namespace kurir::app {

namespace json = boost::json;

namespace {

constexpr auto handover_patience = std::chrono::seconds(60);
constexpr auto handover_pause = std::chrono::milliseconds(500);
constexpr unsigned not_ready = 503;
constexpr std::size_t handover_piece_max = 1024UL * 1024;  // bytes of one request

handover_outcome outcome_of_known(const json::object& answer) {
    using kind = handover_outcome::kind_of;
    return {
        admin::flag_in(answer, "own") ? kind::own : kind::known, admin::text_in(answer, "known")
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

message_handover::message_handover(const admin::address& relay)
    : relay_([client = std::make_shared<admin::client>(relay)](
                 std::string_view method, const std::string& target, const std::string& body
             ) { return client->ask(method, target, body); }) {}

message_handover::answered message_handover::ask(
    std::string_view method, const std::string& target, const std::string& body
) {
    using kind = handover_outcome::kind_of;
    const auto end = net::clock::now() + handover_patience;
    if (is_over_()) return {.wrong = handover_outcome{kind::silent, "no time is left"}};
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
    if (begun.wrong) return *begun.wrong;
    if (begun.value.contains("known")) return outcome_of_known(begun.value);
    const auto target =
        "/api/v1/messages/" + std::to_string(admin::number_in(begun.value, "message"));
    const auto without_it = [](handover_outcome wrong) {
        wrong.unknown_there = true;
        return wrong;
    };
    auto piece = next();
    for (; piece && !piece->empty(); piece = next()) {
        const auto put = ask("PUT", target + "/content", *piece);
        if (put.wrong) return without_it(*put.wrong);
    }
    if (!piece) return without_it({.kind = kind::cut});
    const auto kept = ask("POST", target + "/keep", "{}");
    if (kept.wrong) return kept.is_mistake ? without_it(*kept.wrong) : after_keep(*kept.wrong);
    if (kept.value.contains("known")) return outcome_of_known(kept.value);
    return {kind::kept, admin::text_in(kept.value, "id")};
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
