#include "relay/app/service_manager.hpp"

#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>

#include "relay/base/text.hpp"
#include "relay/log/log.hpp"
#include "relay/net/clock.hpp"

namespace kurir::app {

using std::chrono::microseconds;

namespace {

constexpr auto without_watchdog = std::chrono::seconds(10);
constexpr auto longest_watchdog = static_cast<std::uint64_t>(microseconds::max().count());
constexpr timeval send_patience{.tv_sec = 1, .tv_usec = 0};

std::string variable(const config::environment& variables, const std::string& name) {
    const auto found = variables.find(name);
    return found == variables.end() ? std::string() : found->second;
}

void log_notify_failure(std::string_view error) {
    log::event(log::level::warning, "lifecycle").with("what", "notify_failed").with("error", error);
}

}  // namespace

std::optional<notify_endpoint> notify_endpoint_of(std::string_view address) {
    constexpr auto room = sizeof(sockaddr_un::sun_path);
    if (address.size() < 2 || address.size() >= room) return std::nullopt;
    if (address.front() != '/' && address.front() != '@') return std::nullopt;
    std::string path(address);
    if (path.front() == '@') path.front() = '\0';
    return notify_endpoint(path);
}

std::optional<microseconds> watchdog_time_of(
    const config::environment& variables, ::pid_t process
) {
    const auto time = base::parse_number<std::uint64_t>(variable(variables, "WATCHDOG_USEC"));
    const auto watched = variable(variables, "WATCHDOG_PID");
    if (!time || *time == 0 || *time > longest_watchdog) return std::nullopt;
    if (!watched.empty() && watched != std::to_string(process)) return std::nullopt;
    return microseconds(static_cast<microseconds::rep>(*time));
}

service_manager::service_manager(const config::environment& variables) {
    const auto address = variable(variables, "NOTIFY_SOCKET");
    if (address.empty()) return;
    manager_ = notify_endpoint_of(address);
    if (!manager_) {
        log_notify_failure("NOTIFY_SOCKET is not a path or @name: " + address);
        return;
    }
    watchdog_ = watchdog_time_of(variables, getpid());
    socket_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (socket_ >= 0)
        setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &send_patience, sizeof send_patience);
}

service_manager::~service_manager() {
    if (socket_ >= 0) ::close(socket_);
}

microseconds service_manager::interval() const noexcept {
    return watchdog_ ? *watchdog_ / 3 : without_watchdog;
}

void service_manager::ready(std::string_view status) {
    tell("READY=1\n" + news(status));
}

void service_manager::starting(std::string_view status, microseconds most) {
    tell("EXTEND_TIMEOUT_USEC=" + std::to_string(most.count()) + '\n' + news(status));
}

// The time is what Type=notify-reload asks for: that of CLOCK_MONOTONIC.
void service_manager::reloading() {
    if (stopping_) return;
    const auto now = net::clock::now().time_since_epoch();
    const auto since_boot = std::chrono::duration_cast<microseconds>(now).count();
    tell("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(since_boot) + '\n');
}

void service_manager::reloaded() {
    if (!stopping_) tell("READY=1\n");
}

void service_manager::stopping(std::string_view status) {
    stopping_ = true;
    tell("STOPPING=1\n" + news(status));
}

void service_manager::alive(std::string_view status) {
    tell((watchdog_ ? "WATCHDOG=1\n" : "") + news(status));
}

std::string service_manager::news(std::string_view status) {
    if (status == status_) return {};
    status_ = status;
    return "STATUS=" + status_ + '\n';
}

void service_manager::tell(const std::string& state) {
    if (!manager_ || state.empty()) return;
    const auto sent = ::sendto(
        socket_,
        state.data(),
        state.size(),
        MSG_NOSIGNAL,
        manager_->data(),
        static_cast<socklen_t>(manager_->size())
    );
    if (sent >= 0 || failed_) return;
    failed_ = true;
    log_notify_failure("NOTIFY_SOCKET: " + std::system_category().message(errno));
}

}  // namespace kurir::app
