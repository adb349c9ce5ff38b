#include "relay/app/admin_answer.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/json/parse.hpp>

#include <cstdio>
#include <utility>

#include "relay/admin/client.hpp"
#include "relay/admin/query.hpp"
#include "relay/app/command_line.hpp"

namespace kurir::app {

namespace json = boost::json;

void print_text(const std::string& text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
}

void print_line(std::initializer_list<std::string_view> parts) {
    std::string line;
    for (const auto part : parts)
        line += part;
    print_text(line + '\n');
}

void complain_of_queue(const std::string& why) {
    std::fputs(("kurir: " + why + '\n').c_str(), stderr);
}

void pause_for(std::chrono::milliseconds time) {
    boost::asio::io_context context(1);
    boost::asio::steady_timer(context, time).wait();
}

std::string count_in(const json::object& all, std::string_view name) {
    return std::to_string(number_in(all, name));
}

std::string counted(long long count, std::string_view singular, std::string_view plural) {
    return std::to_string(count).append(" ").append(count == 1 ? singular : plural);
}

namespace {

int status_of_problem(const admin::client::reply& reply) {
    boost::system::error_code wrong;
    const auto parsed = json::parse(reply.body, wrong);
    const auto detail =
        !wrong && parsed.is_object() ? text_in(parsed.get_object(), "detail") : std::string();
    complain_of_queue(
        detail.empty() ? "the relay answered with status " + std::to_string(reply.status) : detail
    );
    if (reply.status == 404) return exit_nothing;
    return reply.status == 400 ? exit_usage : exit_silent;
}

}  // namespace

admin_answer ask_relay(
    const admin::address& relay,
    std::string_view method,
    const std::string& target,
    std::string body
) {
    const auto reply = admin::client(relay).ask(method, target, std::move(body));
    if (!reply) {
        complain_of_queue(reply.error());
        return {.status = exit_silent};
    }
    if (!reply->good()) return {.status = status_of_problem(*reply)};
    boost::system::error_code wrong;
    auto parsed = json::parse(reply->body, wrong);
    if (wrong || !parsed.is_object()) {
        complain_of_queue("the relay's answer is no JSON");
        return {.status = exit_silent};
    }
    return {.value = std::move(parsed.get_object())};
}

std::string query_text(const control::criteria& selection) {
    std::string query;
    for (const auto& [name, value] : selection)
        query = with_parameter(std::move(query), name, value);
    return query;
}

std::string with_parameter(std::string query, const std::string& name, const std::string& value) {
    query += (query.empty() ? "?" : "&") + name + '=' + admin::encoded(value);
    return query;
}

}  // namespace kurir::app
