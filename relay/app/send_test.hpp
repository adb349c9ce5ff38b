// `kurir send-test`: sends a small message straight to where its route leads, beside the queue, and
// tells every step.
#pragma once

#include <string>

#include "relay/app/cli_app.hpp"
#include "relay/config/config.hpp"

namespace kurir::app {

struct test_order {
    std::string recipient;
    std::string sender = {};  // empty: postmaster of KURIR_LOCAL_DOMAIN, or of KURIR_HOSTNAME
    std::string route = {};   // its name; empty: as KURIR_ROUTES says
    bool json = false;
};

// `order` must outlive the parsing.
CLI::App* add_send_test(CLI::App& program, test_order& order);

// Prints the steps. Returns the exit status: 0 if the server has accepted the message.
int send_test(const config::config& config, test_order order);

}  // namespace kurir::app
