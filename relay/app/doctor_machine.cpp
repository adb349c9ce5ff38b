#include "relay/app/doctor_machine.hpp"

#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>

#include "relay/app/certificates.hpp"
#include "relay/app/descriptors.hpp"
#include "relay/doctor/machine.hpp"
#include "relay/doctor/trust.hpp"
#include "relay/inbound/gateway_watch.hpp"
#include "relay/net/clock.hpp"

namespace kurir::app {

namespace fs = std::filesystem;
using doctor::grade;
using doctor::sys_seconds;

namespace {

constexpr int files_looked_at_max = 10'000;

sys_seconds current_second() {
    return std::chrono::floor<std::chrono::seconds>(net::calendar_now());
}

void look_at_certificates(const config::config& config, const finding_sink& tell) {
    if (config.tls_cert.empty() || config::generates_certificate(config)) {
        const bool none = config.tls_cert.empty();
        tell({
            .check = "certificate",
            .subject = "KURIR_TLS_CERT",
            .grade = grade::skipped,
            .found = none ? "none: clients send to us without TLS"
                          : "made by the relay itself: clients can't check it",
        });
        return;
    }
    const auto pairs = read_pairs(config);
    for (const auto& each : pairs.problems) {
        tell({
            .check = "certificate",
            .subject = "",
            .grade = grade::wrong,
            .found = each,
            .advice = "mend it: the relay does not start so, or goes on with the earlier one",
        });
    }
    for (const auto& each : pairs.found) {
        if (!each) continue;
        tell(doctor::judge_certificate(
            {.file = each->origin(),
             .name = each->first_name(),
             .has_hostname = each->has_name(config.hostname),
             .valid_from = each->valid_from(),
             .valid_until = each->valid_until()},
            config.hostname,
            current_second()
        ));
    }
}

// A relay makes the folder, if it may.
fs::path nearest_folder(fs::path folder) {
    std::error_code unknown;
    while (!fs::exists(folder, unknown) && folder.has_parent_path() &&
           folder != folder.parent_path())
        folder = folder.parent_path();
    return folder;
}

void look_at_disk(const config::config& config, const finding_sink& tell) {
    const auto folder = nearest_folder(fs::absolute(config.queue_dir));
    doctor::disk_facts facts{.folder = config.queue_dir.string()};
    struct statvfs disk = {};
    if (::access(folder.c_str(), W_OK | X_OK) != 0) {
        facts.trouble = "can't be written by user " + std::to_string(::geteuid()) + ": " +
                        std::generic_category().message(errno);
    } else if (::statvfs(folder.c_str(), &disk) != 0) {
        facts.trouble = "can't be looked at: " + std::generic_category().message(errno);
    } else {
        facts.size = std::uint64_t{disk.f_blocks} * disk.f_frsize;
        facts.free = std::uint64_t{disk.f_bavail} * disk.f_frsize;
        if (disk.f_files != 0) facts.free_files = disk.f_favail;
    }
    tell(doctor::judge_disk(facts, config.queue_min_free, config.max_message_size));
}

std::optional<sys_seconds> time_of(const fs::path& file) {
    struct stat found = {};
    if (::stat(file.c_str(), &found) != 0) return std::nullopt;
    return sys_seconds(std::chrono::seconds(found.st_mtim.tv_sec));
}

std::optional<sys_seconds> newest_in(const fs::path& folder) {
    std::optional<sys_seconds> newest;
    std::error_code failed;
    int count = 0;
    for (fs::directory_iterator each(folder, failed);
         !failed && each != fs::directory_iterator() && ++count <= files_looked_at_max;
         each.increment(failed)) {
        const auto time = time_of(each->path());
        if (time) newest = std::max(newest.value_or(*time), *time);
    }
    return newest;
}

// Reads the state, and sets nothing.
std::optional<bool> kept_by_ntp() {
    ::timex state{};
    const int clock = ::adjtimex(&state);
    if (clock < 0) return std::nullopt;  // a container may forbid the call
    return clock != TIME_ERROR && (state.status & STA_UNSYNC) == 0;
}

void look_at_clock(const config::config& config, const finding_sink& tell) {
    tell(doctor::judge_clock({
        .now = current_second(),
        .built = time_of("/proc/self/exe").value_or(sys_seconds()),
        .newest = newest_in(config.queue_dir),
        .synchronized = kept_by_ntp(),
    }));
}

bool in_container() {
    std::error_code unknown;
    return fs::exists("/.dockerenv", unknown) || fs::exists("/run/.containerenv", unknown);
}

}  // namespace

void look_at_machine(const config::config& config, const finding_sink& tell) {
    look_at_certificates(config, tell);
    look_at_disk(config, tell);
    look_at_clock(config, tell);
    const auto wanted = descriptors_wanted(config);
    const auto limit = raise_descriptor_limit(wanted);
    tell(doctor::judge_descriptors(limit, wanted, workers_within(limit, config)));
    const auto gateways = inbound::default_gateways();
    for (const auto& each : doctor::judge_trust(config.trusted_networks, gateways, in_container()))
        tell(each);
}

}  // namespace kurir::app
