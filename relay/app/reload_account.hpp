// What is known of the reloads of one kind of files: whether there is a mistake, and whether it was
// told.
//
// A mistake that the watch of files found is told only when the change is over: the file may have
// been half written. One that a signal asked about is told at once. Until it is mended it stays in
// /readyz?verbose and in the metrics.
#pragma once

#include <string_view>

#include "metrics/runtime.hpp"
#include "relay/config/parse.hpp"

namespace kurir::app {

enum class reload_cause : std::uint8_t { signal, change };

class reload_account {
public:
    // `event`: the name of its log lines. `failures`: counts what is told, beside the account's own
    // metrics; it may be null. All must outlive the account.
    reload_account(
        std::string_view event,
        metrics::reload_part part,
        metrics::counter* failures,
        metrics::runtime& metrics
    ) noexcept
        : event_(event), part_(part), failures_(failures), metrics_(metrics) {}

    // At the start: tells the mistakes in the log. True if there are none.
    bool begun(const config::problems& problems) const;

    // After an attempt that failed, and kept everything as it was.
    void failed(config::problems problems, reload_cause cause);

    // After an attempt that succeeded. True if a mistake is mended by it.
    bool succeeded();

    // No change is going on any more.
    void settled();

    // Those that were told and are not mended.
    const config::problems& mistakes() const noexcept { return told_; }

private:
    void tell();

    const std::string_view event_;
    const metrics::reload_part part_;
    metrics::counter* const failures_;
    metrics::runtime& metrics_;
    config::problems found_;  // by the last attempt
    config::problems told_;
};

}  // namespace kurir::app
