// `kurir doctor`: looks at what mail needs beside a good configuration, and says what to do.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "relay/app/cli_app.hpp"
#include "relay/config/parse.hpp"
#include "relay/doctor/finding.hpp"

namespace kurir::app {

struct doctor_order {
    std::vector<std::string> domains;    // that mail is sent for; empty: those of the settings
    std::vector<std::string> addresses;  // as receivers see us; empty: as far as we know them
    bool json = false;
};

using finding_sink = std::function<void(const doctor::finding&)>;

// `order` must outlive the parsing.
CLI::App* add_doctor(CLI::App& program, doctor_order& order);

// Prints the findings, each when it is there. Returns the exit status: 1 if one is wrong.
int run_doctor(const config::loaded& loaded, doctor_order order);

}  // namespace kurir::app
