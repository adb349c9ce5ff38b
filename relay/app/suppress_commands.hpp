// `kurir suppress …`: shows and changes the suppression list of a running relay.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "relay/admin/address.hpp"
#include "relay/app/queue_commands.hpp"

namespace kurir::app {

// What an operator says of entries. Texts are as they were typed, empty if they were not given.
struct suppress_order {
    admin::address relay;
    std::string given_by;
    std::vector<std::string> addresses = {};
    std::string tenant = {};
    std::string because = {};
    std::string until = {};
    std::string duration = {};
    std::string file = {};    // of an import; "-": standard input
    std::string format = {};  // of an import: csv, json
    bool dry_run = false;
    list_form form = list_form::table;
};

struct suppress_question {
    admin::address relay;
    control::criteria filter = {};
    list_form form = list_form::table;
    std::size_t limit = 0;  // 0: all
};

// All return the exit status (admin_answer.hpp).
int list_suppressions(const suppress_question& question);
int add_suppressions(const suppress_order& order);
int remove_suppressions(const suppress_order& order);
int import_suppressions(const suppress_order& order);
// CSV, or JSON lines, on standard output.
int export_suppressions(const suppress_question& question);

}  // namespace kurir::app
