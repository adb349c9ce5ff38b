// What the service manager hears of a program that runs: that its event loops go round, and whether
// it accepts mail.
//
// Disks, name servers and remote servers don't count: to start the program again would not mend
// them.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <functional>
#include <string>
#include <vector>

#include "relay/admin/readiness.hpp"
#include "relay/app/service_manager.hpp"

namespace kurir::app {

// One line for people. Pure.
std::string status_of(const admin::readiness& checks);

// Until it is cancelled: asks each of `loops` for a sign of life, then tells the manager. One that
// is stuck is waited for, so the manager hears nothing and ends the program. Runs on `own`, whose
// sign of life this is; `own` must not be among `loops`. `status` is asked on `own`. The manager
// must outlive it, and each of `loops` must run until this has ended.
boost::asio::awaitable<void> report_health(
    boost::asio::any_io_executor own,
    std::vector<boost::asio::any_io_executor> loops,
    service_manager& manager,
    std::function<std::string()> status
);

}  // namespace kurir::app
