#include "relay/app/transcript_command.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <cstdlib>

#include "relay/app/admin_answer.hpp"

namespace kurir::app {

namespace json = boost::json;

namespace {

constexpr auto transcripts_path = "/api/v1/transcripts";

int print_transcripts(const admin_answer& answer) {
    if (answer.status != EXIT_SUCCESS) return answer.status;
    for (const auto& each : answer.value.at("transcripts").as_array()) {
        const auto& entry = each.as_object();
        const auto client = text_in(entry, "client");
        print_line(
            {"sessions ",
             client.empty() ? "to server " : "of client ",
             client.empty() ? text_in(entry, "server") : client,
             " are in the log until ",
             text_in(entry, "until")}
        );
    }
    return EXIT_SUCCESS;
}

}  // namespace

int choose_transcript(const admin::address& relay, const transcript_order& order) {
    json::object body{{"for", order.time}, {"by", order.given_by}, {"reason", order.reason}};
    if (!order.client.empty()) body["client"] = order.client;
    if (!order.server.empty()) body["server"] = order.server;
    return print_transcripts(ask_relay(relay, "POST", transcripts_path, json::serialize(body)));
}

int end_transcripts(const admin::address& relay) {
    return print_transcripts(ask_relay(relay, "DELETE", transcripts_path));
}

int list_transcripts(const admin::address& relay) {
    return print_transcripts(ask_relay(relay, "GET", transcripts_path));
}

}  // namespace kurir::app
