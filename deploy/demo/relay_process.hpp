// A relay of our own with a temporary queue, ended with its owner. Its log goes where ours goes.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace kurir::demo {

class relay_process {
public:
    // For the demonstration: on free ports, whatever KURIR_ variables we have. `remote_port` is
    // where on loopback it delivers everything.
    relay_process(const std::filesystem::path& binary, std::uint16_t remote_port);

    // With our KURIR_ variables but these; in a process group of its own, so that a Ctrl-C reaches
    // it by us only.
    relay_process(
        const std::filesystem::path& binary, const std::map<std::string, std::string>& changed
    );
    relay_process(const relay_process&) = delete;
    relay_process& operator=(const relay_process&) = delete;
    ~relay_process();

    std::uint16_t smtp_port() const { return smtp_port_; }
    std::uint16_t http_port() const { return http_port_; }

    // False when it does not answer in time, or has ended.
    bool becomes_ready(std::chrono::seconds limit);

    // Whether it has ended by itself. Does not wait.
    bool has_ended();

    // Asks it to end and waits; true when it ended with status 0.
    bool stop();

private:
    void start(
        const std::filesystem::path& binary, std::vector<std::string> variables, bool own_group
    );

    std::filesystem::path folder_;
    std::uint16_t smtp_port_ = 0;
    std::uint16_t http_port_ = 0;
    pid_t pid_ = -1;
};

}  // namespace kurir::demo
