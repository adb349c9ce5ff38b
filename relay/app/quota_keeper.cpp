#include "relay/app/quota_keeper.hpp"

#include <chrono>
#include <fstream>
#include <sstream>
#include <system_error>

#include "relay/base/open_file.hpp"
#include "relay/log/log.hpp"
#include "relay/net/clock.hpp"

namespace kurir::app {

namespace {

constexpr auto save_interval = std::chrono::seconds(10);

// Far more than the counts can need (relay/quota/record.hpp).
constexpr std::uintmax_t size_max = 64UL * 1024 * 1024;

}  // namespace

quota_keeper::quota_keeper(
    const std::filesystem::path& folder, quota::ledger& counts, metrics::inbound& metrics
)
    : file_(folder / "quotas"), counts_(counts), metrics_(metrics) {}

quota_keeper::~quota_keeper() {
    thread_.stop();
}

void quota_keeper::begin() {
    std::error_code failed;
    if (!std::filesystem::exists(file_, failed) && !failed) return;
    std::ostringstream text;
    const bool fits = std::filesystem::is_regular_file(file_, failed) &&
                      std::filesystem::file_size(file_, failed) <= size_max;
    if (fits) text << std::ifstream(file_, std::ios::binary).rdbuf();
    if (fits && counts_.restore(text.str())) return look_through();
    metrics_.quota_save_failures_total.inc();
    log::event(log::level::error, "quotas")
        .with("what", "damaged")
        .with("file", file_.string())
        .with("kept_as", put_aside() ? file_.string() + ".damaged" : "")
        .with("advice", "what clients have sent is counted from zero");
}

bool quota_keeper::put_aside() const {
    std::error_code failed;
    std::filesystem::rename(file_, file_.string() + ".damaged", failed);
    return !failed;
}

void quota_keeper::start() {
    thread_.start([this] { run(); });
}

void quota_keeper::run() {
    while (thread_.pause(save_interval)) {
        look_through();
        save();
    }
}

void quota_keeper::stop() {
    thread_.stop();
    look_through();
    save();
}

void quota_keeper::look_through() {
    const auto seen = counts_.look_through(net::calendar_now());
    metrics_.runaways_active.set(static_cast<double>(seen.stopped));
    for (const auto& client : seen.released) {
        log::event(log::level::notice, "runaway").with("what", "released").with("client", client);
    }
}

void quota_keeper::save() {
    const auto text = counts_.changes(net::calendar_now());
    if (!text) return;
    const auto error = base::replace_file(file_, *text);
    if (!error) {
        failing_ = false;
        return;
    }
    counts_.changes_lost();
    metrics_.quota_save_failures_total.inc();
    if (failing_) return;
    failing_ = true;
    log::event(log::level::error, "quotas")
        .with("what", "save_failed")
        .with("file", file_.string())
        .with("error", error.message())
        .with("advice", "limits hold, but a restart would forget what was sent");
}

}  // namespace kurir::app
