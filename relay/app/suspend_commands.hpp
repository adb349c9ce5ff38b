// `kurir suspend`, `kurir resume`, `kurir suspensions`: mail that is not tried until a time.
#pragma once

#include <string>

#include "relay/admin/address.hpp"
#include "relay/app/queue_commands.hpp"

namespace kurir::app {

struct suspend_order {
    admin::address relay;
    std::string given_by;
    control::criteria subject = {};  // "destination", "route", "from", …: the pattern
    std::string number = {};         // of the one that is resumed; empty: by the subject
    bool all = false;                // all of them are
    std::string until = {};
    std::string duration = {};
    std::string because = {};
    list_form form = list_form::table;
};

// All return the exit status (admin_answer.hpp).
int suspend_mail(const suspend_order& order);
int resume_mail(const suspend_order& order);
int list_suspensions(const admin::address& relay, list_form form);

}  // namespace kurir::app
