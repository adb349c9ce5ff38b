// Writes what happens to mail into the history, by a thread of its own.
//
// Never makes anybody wait: what can't be written in time is dropped and counted.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "metrics/runtime.hpp"
#include "relay/base/worker_threads.hpp"
#include "relay/history/place.hpp"
#include "relay/log/log.hpp"

namespace kurir::history {

class recorder final : public log::listener {
public:
    // Lines that wait to be written, in bytes.
    static constexpr std::size_t waiting_max = 8UL * 1024 * 1024;

    // `metrics` must outlive it. Hears the log's events from now on.
    recorder(std::unique_ptr<keeper> place, metrics::runtime& metrics);
    recorder(const recorder&) = delete;
    recorder& operator=(const recorder&) = delete;
    // Writes what waits. No event may be under way.
    ~recorder() override;

    void hear(std::string_view name, std::string_view line) override;

private:
    void run();
    void write(const std::string& lines);

    const std::unique_ptr<keeper> place_;
    metrics::runtime& metrics_;
    std::string waiting_;  // under the lock of `writer_`
    bool failing_ = false;
    base::worker_threads writer_;
};

// True for events that say what became of mail, who changed that, or why a client was refused.
bool is_recorded(std::string_view event_name) noexcept;

}  // namespace kurir::history
