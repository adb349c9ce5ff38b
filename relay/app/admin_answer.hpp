// What a relay answers, for commands: JSON, or an exit status after a line on standard
// error.
#pragma once

#include <boost/json/object.hpp>

#include <chrono>
#include <cstdlib>
#include <initializer_list>
#include <string>
#include <string_view>

#include "relay/admin/address.hpp"
#include "relay/admin/json_fields.hpp"
#include "relay/control/selector.hpp"

namespace kurir::app {

// Exit statuses of commands that ask the relay, beside 0 and 64 (usage).
inline constexpr int exit_nothing = 1;  // nothing matched
inline constexpr int exit_silent = 2;   // the relay does not answer

void print_text(const std::string& text);
// The parts, and the end of the line.
void print_line(std::initializer_list<std::string_view> parts);
void complain_of_queue(const std::string& why);

struct admin_answer {
    boost::json::object value = {};
    int status = EXIT_SUCCESS;
};
// Complains if there is no answer, or a problem.
admin_answer ask_relay(
    const admin::address& relay,
    std::string_view method,
    const std::string& target,
    std::string body = {}
);

using admin::number_in;
using admin::text_in;
using admin::texts_in;
// Blocks.
void pause_for(std::chrono::milliseconds time);
// The digits of a number in an answer.
std::string count_in(const boost::json::object& all, std::string_view name);
// "1 delivery", "2 deliveries".
std::string counted(long long count, std::string_view singular, std::string_view plural);
inline std::string counted_deliveries(long long count) {
    return counted(count, "delivery", "deliveries");
}

// "?from=…&to=…", encoded.
std::string query_text(const control::criteria& selection);
std::string with_parameter(std::string query, const std::string& name, const std::string& value);

}  // namespace kurir::app
