// The commands about one message: its envelope, why it waits, its content.
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <initializer_list>
#include <iterator>

#include "relay/admin/client.hpp"
#include "relay/admin/query.hpp"
#include "relay/app/admin_answer.hpp"
#include "relay/app/queue_commands.hpp"
#include "relay/app/text_table.hpp"

namespace kurir::app {

namespace json = boost::json;

namespace {

// The fields of a row: an id, and what it has.
void print_fields(const json::object& all, std::initializer_list<std::string_view> names) {
    for (const auto name : names) {
        const auto* value = all.if_contains(name);
        if (value == nullptr) continue;
        const auto text =
            value->is_string() ? std::string(value->get_string()) : json::serialize(*value);
        if (!text.empty()) print_line({name, std::string(16 - name.size(), ' '), text});
    }
}

constexpr std::size_t attempts_max = 1000;  // of all recipients together, the newest

std::string reply_at(const json::object& event) {
    const auto remote = text_in(event, "remote");
    return remote.empty() ? text_in(event, "reply") : remote + ": " + text_in(event, "reply");
}

void print_recipients(const json::object& message) {
    bool any_left = false;
    text_table table({"RECIPIENT", "STATE", " ATTEMPTS", "LAST ATTEMPT", "STATUS", "REPLY"});
    for (const auto& each : message.at("recipients").as_array()) {
        const auto& recipient = each.as_object();
        const bool waits = admin::flag_in(recipient, "waits");
        any_left = any_left || !waits;
        table.add({
            text_in(recipient, "address"),
            waits ? "waits" : "done",
            std::to_string(number_in(recipient, "attempts")),
            text_in(recipient, "last_attempt_at").substr(0, 19),
            text_in(recipient, "status"),
            reply_at(recipient),
        });
    }
    print_text(table.text());
    if (any_left)
        print_line({"What became of those that are done: kurir trace ", text_in(message, "id")});
}

void print_attempts(const json::object& message) {
    text_table table({"ATTEMPT AT", " NUMBER", "RECIPIENT", "OUTCOME", "STATUS", "REPLY"});
    for (const auto& each : message.at("attempts").as_array()) {
        const auto& attempt = each.as_object();
        table.add({
            text_in(attempt, "at").substr(0, 19),
            std::to_string(number_in(attempt, "attempt")),
            text_in(attempt, "address"),
            text_in(attempt, "outcome"),
            text_in(attempt, "status"),
            reply_at(attempt),
        });
    }
    if (!table.empty()) print_text("\n" + table.text());
    const auto note = text_in(message, "attempts_note");
    if (note.empty()) return;
    const auto count = count_in(message, "attempts_missing");
    print_line({"\n", count, " attempts are not shown: ", note});
}

}  // namespace

int show_message(const queue_question& question, const std::string& id) {
    const auto target = "/api/v1/queue/" + admin::encoded(id);
    auto answer = ask_relay(question.relay, "GET", target);
    if (answer.status != EXIT_SUCCESS) return answer.status;
    const auto attempts = ask_relay(
        question.relay, "GET", target + "/attempts?limit=" + std::to_string(attempts_max)
    );
    if (attempts.status != EXIT_SUCCESS) return attempts.status;
    for (const auto& each : attempts.value)
        answer.value[each.key()] = each.value();
    if (question.form == list_form::json) {
        print_text(json::serialize(answer.value) + '\n');
        return EXIT_SUCCESS;
    }
    print_fields(
        answer.value,
        {"id",
         "from",
         "received_at",
         "size",
         "client",
         "user",
         "listener",
         "session",
         "message_id",
         "idempotency_key",
         "envid",
         "bounces_at"}
    );
    print_text("\n");
    print_recipients(answer.value);
    print_attempts(answer.value);
    return EXIT_SUCCESS;
}

namespace {

struct explained {
    std::string_view reason;  // as the API has it
    bool at_destination;      // it holds for all mail there
    std::string_view shown;
    std::string_view why;
    std::string_view release;  // an id belongs at its end if it ends with a blank
};

constexpr explained explanations[] = {
    {"backoff",
     false,
     "backoff",
     "it waits for its next attempt",
     "kurir queue retry tries it now: --id "},
    {"backoff",
     true,
     "backoff of the destination",
     "it puts mail off, so that its mail is tried one by one, after pauses",
     "time alone; all goes faster as soon as it takes mail"},
    {"suspended",
     true,
     "unreachable",
     "its destination can't be reached and is probed from time to time",
     "the next probe that succeeds; kurir queue retry probes now: --id "},
    {"rate",
     true,
     "rate",
     "its destination has had as many messages as its rate allows",
     "time alone"},
    {"concurrency",
     true,
     "concurrency",
     "all connections that its destination may have are busy",
     "a connection that is done"},
    {"fair_share",
     true,
     "fair_share",
     "its destination has its share of the workers",
     "a worker that is done"},
    {"workers",
     true,
     "workers",
     "all workers are busy",
     "a worker that is done, or more KURIR_DELIVERY_WORKERS"},
};

std::string times_tried(long long attempts) {
    if (attempts == 0) return "not tried yet";
    return attempts == 1 ? "tried once" : "tried " + std::to_string(attempts) + " times";
}

void explain_delivery(const json::object& delivery, const std::string& id) {
    const auto destination = text_in(delivery, "destination");
    print_line(
        {count_in(delivery, "recipients"),
         number_in(delivery, "recipients") == 1 ? " recipient at " : " recipients at ",
         text_in(delivery, "domain"),
         ": ",
         text_in(delivery, "state"),
         ", ",
         times_tried(number_in(delivery, "attempts")),
         destination.empty() ? "" : ", for ",
         destination}
    );
    if (const auto* hold = delivery.if_contains("hold")) {
        const auto& held = hold->as_object();
        const auto since = text_in(held, "since");
        print_line(
            {"  withheld by  ", text_in(held, "by"), " since ", since, ": ", text_in(held, "reason")
            }
        );
        print_line({"  released by  kurir queue release --id ", id});
        return;
    }
    if (const auto* suspension = delivery.if_contains("suspension")) {
        const auto& order = suspension->as_object();
        const auto because = text_in(order, "because");
        const auto number = count_in(order, "number");
        print_line(
            {"  suspended by ",
             text_in(order, "by"),
             " since ",
             text_in(order, "since"),
             because.empty() ? "" : " because ",
             because}
        );
        print_line({"  released by  kurir resume ", number});
        print_line({"  until        ", text_in(order, "until")});
        return;
    }
    if (const auto node = text_in(delivery, "node"); !node.empty()) {
        print_line({"  it is tried by ", node});
        return;
    }
    const auto reason = text_in(delivery, "withheld_by");
    const auto known = std::ranges::find_if(explanations, [&](const explained& each) {
        return each.reason == reason &&
               (reason != "backoff" || each.at_destination != destination.empty());
    });
    if (known == std::end(explanations)) {
        print_text(
            text_in(delivery, "state") == "active" ? "  it is being tried\n"
                                                   : "  nothing withholds it: its turn comes\n"
        );
    } else {
        print_line({"  withheld by  ", known->shown, ": ", known->why});
        print_line({"  released by  ", known->release, known->release.ends_with(' ') ? id : ""});
    }
    if (const auto until = text_in(delivery, "until"); !until.empty())
        print_line({"  until        ", until});
    if (const auto trouble = text_in(delivery, "last_trouble"); !trouble.empty())
        print_line({"  last reply   ", trouble});
    if (const auto ahead = number_in(delivery, "ahead_at_most"); ahead > 0)
        print_line({"  ahead of it  at most ", std::to_string(ahead)});
}

}  // namespace

int explain_message(const queue_question& question, const std::string& id) {
    const auto answer = ask_relay(question.relay, "GET", "/api/v1/queue/" + admin::encoded(id));
    if (answer.status != EXIT_SUCCESS) return answer.status;
    if (question.form == list_form::json) {
        print_text(json::serialize(answer.value) + '\n');
        return EXIT_SUCCESS;
    }
    for (const auto& each : answer.value.at("deliveries").as_array())
        explain_delivery(each.as_object(), id);
    for (const auto& each : answer.value.at("recipients").as_array()) {
        const auto& recipient = each.as_object();
        const auto reply = text_in(recipient, "reply");
        if (reply.empty()) continue;
        print_line({text_in(recipient, "address"), ": ", text_in(recipient, "remote"), " ", reply});
    }
    const auto& deliveries = answer.value.at("deliveries").as_array();
    const bool all_held =
        !deliveries.empty() && std::ranges::all_of(deliveries, [](const json::value& each) {
            return each.as_object().contains("hold");
        });
    if (all_held) {
        print_line({"What is held does not go back to its sender."});
    } else {
        print_line(
            {"What is left goes back to the sender at ", text_in(answer.value, "bounces_at"), "."}
        );
    }
    return EXIT_SUCCESS;
}

int print_content(const queue_question& question, const std::string& id, bool headers_only) {
    const auto target = "/api/v1/queue/" + admin::encoded(id);
    const auto answer = ask_relay(question.relay, "GET", target);
    if (answer.status != EXIT_SUCCESS) return answer.status;
    auto left = headers_only ? static_cast<std::size_t>(number_in(answer.value, "header_size"))
                             : std::string::npos;
    const auto chunks = number_in(answer.value, "chunks");
    for (long long at = 0; at < chunks && left > 0; ++at) {
        const auto reply =
            admin::client(question.relay).ask("GET", target + "/content/" + std::to_string(at));
        if (!reply || !reply->good()) {
            complain_of_queue(reply ? "the message has left the queue" : reply.error());
            return reply ? exit_nothing : exit_silent;
        }
        const auto part = reply->body.substr(0, left);
        print_text(part);
        if (headers_only) left -= part.size();
    }
    return EXIT_SUCCESS;
}

}  // namespace kurir::app
