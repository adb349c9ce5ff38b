// `kurir top`: a screen that refreshes, with rates, the queue, and what goes wrong.
#pragma once

#include <boost/json/object.hpp>

#include <cstddef>
#include <string>

#include "relay/admin/address.hpp"

namespace kurir::app {

// Shows it until it is interrupted; once if `once`, or where no terminal is. Returns the exit
// status (admin_answer.hpp).
int show_top(const admin::address& relay, bool once);

// The screen for an answer of /api/v1/overview, `width` columns wide. Pure.
std::string top_screen(const boost::json::object& overview, std::size_t width);

}  // namespace kurir::app
