// `kurir queue …`: asks the running relay, and prints tables or JSON lines.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "relay/admin/address.hpp"
#include "relay/app/admin_answer.hpp"
#include "relay/control/selector.hpp"

namespace kurir::app {

// How lists are printed.
enum class list_form : std::uint8_t { table, json, ids };

struct queue_question {
    admin::address relay;
    control::criteria selection = {};
    list_form form = list_form::table;
    std::size_t limit = 0;  // 0: all
    std::string sort = {};  // age, size, attempts, next, from, domain; empty: as they come
};

struct queue_order {
    admin::address relay;
    std::string action;
    std::string given_by;  // the operator's name, for the log
    control::criteria selection = {};
    std::string reason = {};
    std::string text = {};
    std::string route = {};
    bool dry_run = false;
    bool confirmed = false;  // --yes: nobody is asked
    bool waits = true;       // until the order is over
    list_form form = list_form::table;
};

// All return the exit status (admin_answer.hpp).
int list_queue(const queue_question& question);
int sum_queue(const queue_question& question, const std::string& key);
int show_message(const queue_question& question, const std::string& id);
int explain_message(const queue_question& question, const std::string& id);
// The header section, or all of it, on standard output.
int print_content(const queue_question& question, const std::string& id, bool headers_only);
int give_order(const queue_order& order);
// Gives it without a question, and waits until it is over if it is to. `is_shown`: how far it is,
// on a terminal.
admin_answer carry_out(const queue_order& order, bool dry_run, bool is_shown = true);
// Says how much matches, and asks whether to do it ("delete", "move"), unless it is confirmed. An
// exit status if it goes no further.
std::optional<int> ask_before(const queue_order& order, std::string_view verb);
int list_orders(const queue_question& question);
int end_order(const queue_question& question, const std::string& number);

}  // namespace kurir::app
