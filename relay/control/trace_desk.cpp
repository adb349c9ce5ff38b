#include "relay/control/trace_desk.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include <utility>

#include "metrics/thread_heap.hpp"
#include "queue/message.hpp"
#include "relay/admin/json_answer.hpp"
#include "relay/control/attempts.hpp"
#include "relay/control/parameters.hpp"
#include "relay/log/log.hpp"
#include "relay/net/ask.hpp"

namespace kurir::control {

namespace asio = boost::asio;
namespace http = boost::beast::http;
namespace json = boost::json;

namespace {

admin::answer unreadable(const std::string& cause) {
    return admin::problem(http::status::service_unavailable, "the history can't be read: " + cause);
}

}  // namespace

trace_desk::trace_desk(std::unique_ptr<history::source> events, queue_view& view)
    : events_(std::move(events)), view_(view) {
    asio::post(reader_, metrics::claim_thread_heap);
}

trace_desk::~trace_desk() {
    reader_.join();
}

std::vector<admin::endpoint> trace_desk::endpoints() {
    return {
        {"/api/v1/trace",
         http::verb::get,
         [this](const admin::request& asked, const admin::path_words&) { return trace(asked); },
         metrics::http_handler::api,
         admin::places::state::slow},
        {"/api/v1/queue/{id}/attempts",
         http::verb::get,
         [this](const admin::request& asked, const admin::path_words& words) {
             return attempts(asked, words.at(0));
         },
         metrics::http_handler::api,
         admin::places::state::slow},
    };
}

asio::awaitable<admin::answer> trace_desk::trace(const admin::request& asked) {
    auto given = parameters_of(asked, {"subject", "limit"});
    const auto limit = limit_of(given, usual_limit, limit_max);
    const auto subject = given.at("subject");
    if (given.wrong.empty() && subject.empty()) {
        given.wrong = "subject is a mail address, an id, a user or a client's IP address";
    }
    if (!given.wrong.empty()) co_return admin::mistake(given.wrong);
    if (!events_) {
        co_return admin::problem(
            http::status::service_unavailable, "KURIR_HISTORY=0: nothing is kept of what happened"
        );
    }
    const auto found = co_await find(log::as_logged(subject), limit);
    if (!found) co_return unreadable(found.error());
    json::array events;
    for (const auto& line : found->lines)
        events.push_back(json::parse(line));
    json::object all{{"events", std::move(events)}, {"more", found->more}};
    if (const auto id = queue::message_id::parse(subject)) {
        const auto message = co_await view_.envelope(*id);
        if (message) all["queued"] = *message != nullptr;
    }
    co_return admin::json_answer(all);
}

asio::awaitable<admin::answer> trace_desk::attempts(
    const admin::request& asked, const std::string& word
) {
    auto given = parameters_of(asked, {"limit"});
    const auto limit = limit_of(given, usual_limit, limit_max);
    const auto id = queue::message_id::parse(word);
    if (!id) given.wrong = "an id has 13 letters and digits";
    if (!given.wrong.empty()) co_return admin::mistake(given.wrong);
    const auto message = co_await view_.envelope(*id);
    if (!message) {
        co_return admin::problem(http::status::service_unavailable, message.error().message());
    }
    if (*message == nullptr) co_return admin::not_found(word);
    const auto found = co_await find(id->text(), limit);
    if (!found) co_return unreadable(found.error());
    co_return admin::json_answer(attempts_json(*found, **message, events_ != nullptr));
}

asio::awaitable<trace_desk::found> trace_desk::find(std::string subject, std::size_t limit) {
    if (!events_) co_return history::finding{};
    co_return co_await net::ask<found>(
        reader_.get_executor(),
        [this, subject = std::move(subject), limit](auto answer) {
            answer(events_->find(subject, limit));
        }
    );
}

}  // namespace kurir::control
