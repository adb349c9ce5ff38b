#include "relay/app/leaving_mail.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include <chrono>
#include <set>
#include <utility>

#include "relay/admin/client.hpp"
#include "relay/admin/json_fields.hpp"
#include "relay/admin/query.hpp"
#include "relay/app/admin_answer.hpp"
#include "relay/app/message_handover.hpp"

namespace kurir::app {

namespace json = boost::json;

namespace {

constexpr std::size_t listed_max = 1000;
constexpr auto reading_pause = std::chrono::milliseconds(200);

std::string path_of(const std::string& id) {
    return "/api/v1/queue/" + admin::encoded(id);
}

}  // namespace

leaving_mail::leaving_mail(const admin::address& relay, const control::criteria& selection)
    : relay_(relay), client_(relay), query_(query_text(selection)) {}

int leaving_mail::each(const std::function<int(const std::string& id)>& take) const {
    std::set<std::string> done;
    bool told = false;
    std::optional<std::string> next{"0"};
    while (next) {
        auto query = with_parameter(query_, "cursor", *next);
        query = with_parameter(query, "limit", std::to_string(listed_max));
        const auto page = ask_relay(relay_, "GET", "/api/v1/queue" + query);
        if (page.status != EXIT_SUCCESS) return page.status;
        if (!admin::flag_in(page.value, "complete")) {
            if (!std::exchange(told, true)) complain_of_queue("waiting for the queue to be read");
            pause_for(reading_pause);
            continue;
        }
        next.reset();
        if (page.value.contains("next")) next = text_in(page.value, "next");
        for (const auto& entry : page.value.at("entries").as_array()) {
            const auto id = text_in(entry.as_object(), "id");
            if (!done.insert(id).second) continue;
            if (const auto status = take(id); status != EXIT_SUCCESS) return status;
        }
    }
    return EXIT_SUCCESS;
}

leaving_mail::found leaving_mail::message(const std::string& id) {
    auto reply = client_.ask("GET", path_of(id) + "/envelope" + query_);
    if (!reply || (!reply->good() && reply->status != 404)) {
        complain_of_queue(reply ? id + ": " + detail_of(*reply) : reply.error());
        return {.status = exit_silent};
    }
    if (reply->status == 404) return {};
    boost::system::error_code wrong;
    const auto all = json::parse(reply->body, wrong);
    if (wrong || !all.is_object()) {
        complain_of_queue(id + ": the relay's answer is no JSON");
        return {.status = exit_silent};
    }
    leaving_message made{.id = id, .text = std::move(reply->body), .envelope = all.get_object()};
    made.size = static_cast<std::uint64_t>(number_in(made.envelope, "size"));
    made.chunks = number_in(made.envelope, "chunks");
    return {.message = std::move(made)};
}

leaving_mail::found_chunk leaving_mail::chunk(const std::string& id, long long number) {
    auto reply = client_.ask("GET", path_of(id) + "/content/" + std::to_string(number));
    if (reply && reply->good()) return {.bytes = std::move(reply->body)};
    if (reply && reply->status == 404) return {};
    complain_of_queue(id + ": " + (reply ? detail_of(*reply) : reply.error()));
    return {.status = exit_silent};
}

}  // namespace kurir::app
