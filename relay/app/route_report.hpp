// What `kurir route` prints: which route a message would take, by the configuration alone.
//
// Nothing is looked up and nothing is sent. Pure.
#pragma once

#include <optional>
#include <string>

#include "relay/config/config.hpp"

namespace kurir::app {

// The message that is asked about.
struct route_question {
    std::string sender;           // address; empty or <>: the null reverse-path
    std::string recipient;        // address or domain
    std::string credential = {};  // of the client; empty: none
    std::string tag = {};         // X-Kurir-Route; empty: none
    std::string client = {};      // address; empty: not known
};

// A line for each fact; nothing if sender or recipient is neither address nor domain, or
// the client is no address.
std::optional<std::string> route_report(
    const config::config& config, const route_question& question
);

}  // namespace kurir::app
