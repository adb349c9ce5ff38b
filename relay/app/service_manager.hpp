// Tells the service manager (systemd) how the program is, by the protocol of sd_notify(3):
// datagrams to the socket in NOTIFY_SOCKET. Without that variable there is no manager, and nothing
// is told.
#pragma once

#include <boost/asio/local/datagram_protocol.hpp>
#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "relay/config/parse.hpp"

namespace kurir::app {

using notify_endpoint = boost::asio::local::datagram_protocol::endpoint;

// The address in NOTIFY_SOCKET: an absolute path, or @ and an abstract name. Nothing if it is of
// another form (vsock) or too long. Pure.
std::optional<notify_endpoint> notify_endpoint_of(std::string_view address);

// The time within which the manager wants to hear of the process, from WATCHDOG_USEC; nothing if it
// does not watch, or watches the process that WATCHDOG_PID names and that is not `process`. Pure.
std::optional<std::chrono::microseconds> watchdog_time_of(
    const config::environment& variables, ::pid_t process
);

// Lives on one thread. A manager that does not read is waited for a second at most, and what could
// not be told is logged once.
class service_manager {
public:
    // `variables` are those of this process.
    explicit service_manager(const config::environment& variables);
    service_manager(const service_manager&) = delete;
    service_manager& operator=(const service_manager&) = delete;
    ~service_manager();

    bool listens() const noexcept { return manager_.has_value(); }

    // How often `alive` is to be called: three times within the time of the watchdog.
    std::chrono::microseconds interval() const noexcept;

    // `status` is one line for people; it is sent only if it is another one than before. A reload
    // after `stopping` is not told: the manager would take it for the end of the stop.
    void ready(std::string_view status);
    // It is not ready yet, and may take so long from now on: the manager gives it that time,
    // whatever limit it has for a start.
    void starting(std::string_view status, std::chrono::microseconds most);
    void reloading();
    void reloaded();
    void stopping(std::string_view status);
    void alive(std::string_view status);

private:
    void tell(const std::string& state);
    std::string news(std::string_view status);

    std::optional<notify_endpoint> manager_;
    std::optional<std::chrono::microseconds> watchdog_;
    int socket_ = -1;
    std::string status_;
    bool stopping_ = false;
    bool failed_ = false;
};

}  // namespace kurir::app
