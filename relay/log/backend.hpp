// The thread that writes the lines to standard output, behind spdlog's ring.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <string_view>

namespace kurir::metrics {
struct runtime;
}

namespace kurir::log {

class backend {
public:
    // The lines go to `descriptor`, which stays open and is not owned.
    backend(int descriptor, metrics::runtime& metrics);
    backend(const backend&) = delete;
    backend& operator=(const backend&) = delete;

    // Writes the waiting lines; drops those that the reader does not take within a second.
    ~backend();

    // Never waits: if the ring is full, the oldest waiting line is dropped. Thread-safe.
    void write(std::string_view line);

    // Returns when all lines so far are written or lost, or after a second. Takes no lock and no
    // memory.
    void await_written() const noexcept;

private:
    class sink;
    struct machinery;

    void count_dropped(std::size_t overruns);

    metrics::runtime& metrics_;
    std::unique_ptr<machinery> machinery_;
    std::atomic<std::size_t> written_ = 0;
    std::atomic<std::size_t> dropped_ = 0;  // those already counted in metrics_
};

}  // namespace kurir::log
