// A relay of our own for the demonstration: started on free ports with a temporary queue, and
// ended with its owner. Its log goes where ours goes.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>

namespace kurir::demo {

class relay_process {
public:
    // `remote_port` is where on loopback it delivers everything.
    relay_process(const std::filesystem::path& binary, std::uint16_t remote_port);
    relay_process(const relay_process&) = delete;
    relay_process& operator=(const relay_process&) = delete;
    ~relay_process();

    std::uint16_t smtp_port() const { return smtp_port_; }
    std::uint16_t http_port() const { return http_port_; }

    // False when it does not answer in time, or has ended.
    bool becomes_ready(std::chrono::seconds limit);

    // Asks it to end and waits; true when it ended with status 0.
    bool stop();

private:
    std::filesystem::path folder_;
    std::uint16_t smtp_port_;
    std::uint16_t http_port_;
    pid_t pid_ = -1;
};

}  // namespace kurir::demo
