// `kurir destinations`: where mail goes, and how it is taken there.
#pragma once

#include <cstddef>
#include <string>

#include "relay/admin/address.hpp"
#include "relay/app/queue_commands.hpp"

namespace kurir::app {

struct destination_question {
    admin::address relay;
    std::string name = {};  // or a pattern with *; empty: all
    std::string sort = {};  // waiting, connections, age; empty: by name
    std::size_t limit = 0;  // 0: all
    list_form form = list_form::table;
};

// Both return the exit status (admin_answer.hpp).
int list_destinations(const destination_question& question);
int show_destination(const destination_question& question);

}  // namespace kurir::app
