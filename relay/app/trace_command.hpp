// `kurir trace ADDRESS|ID`: what became of mail, also after it has left.
#pragma once

#include <boost/json/object.hpp>

#include <cstddef>
#include <string>

#include "relay/admin/address.hpp"

namespace kurir::app {

struct trace_question {
    std::string subject = {};  // an address or an id
    std::size_t limit = 0;     // events; 0: as many as the relay gives unasked
    bool json = false;         // the events as they are, one a line
};

// Returns the exit status (admin_answer.hpp).
int trace_mail(const admin::address& relay, const trace_question& question);

// An event as a line for people. Pure.
std::string trace_line(const boost::json::object& event);

}  // namespace kurir::app
