#include "metrics/process.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

namespace kurir::metrics {
namespace {

using families = std::vector<prometheus::MetricFamily>;

void add(
    families& collected,
    const char* name,
    const char* help,
    double value,
    prometheus::MetricType type = prometheus::MetricType::Gauge
) {
    prometheus::ClientMetric metric;
    metric.gauge.value = value;
    metric.counter.value = value;
    collected.push_back({name, help, type, {metric}});
}

double cpu_seconds() {
    timespec used{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) * 1e-9;
}

// A limit of "none" is the largest number, as with other programs' metrics.
double limit_of(decltype(RLIMIT_AS) resource) {
    rlimit limit{};
    ::getrlimit(resource, &limit);
    return static_cast<double>(limit.rlim_cur);
}

std::optional<double> entries_of(const char* folder) {
    std::error_code ec;
    const std::filesystem::directory_iterator first(folder, ec);
    if (ec) return std::nullopt;
    return static_cast<double>(std::distance(first, std::filesystem::directory_iterator()));
}

void add_memory(families& collected) {
    std::ifstream statm("/proc/self/statm");
    double virtual_pages = 0;
    double resident_pages = 0;
    if (!(statm >> virtual_pages >> resident_pages)) return;
    const auto page = static_cast<double>(::sysconf(_SC_PAGESIZE));
    add(collected, "process_virtual_memory_bytes", "Virtual memory size.", virtual_pages * page);
    add(collected, "process_resident_memory_bytes", "Resident memory size.", resident_pages * page);
}

}  // namespace

process::process()
    : started_(
          std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count()
      ) {}

families process::Collect() const {
    families all;
    add(all,
        "process_cpu_seconds_total",
        "User and system CPU time spent.",
        cpu_seconds(),
        prometheus::MetricType::Counter);
    add_memory(all);
    add(all,
        "process_virtual_memory_max_bytes",
        "Virtual memory that may be used.",
        limit_of(RLIMIT_AS));
    // The iterator that counts is a descriptor itself.
    if (const auto open = entries_of("/proc/self/fd")) {
        add(all, "process_open_fds", "Open file descriptors.", *open - 1);
    }
    add(all, "process_max_fds", "File descriptors that may be open.", limit_of(RLIMIT_NOFILE));
    if (const auto threads = entries_of("/proc/self/task")) {
        add(all, "process_threads", "Threads.", *threads);
    }
    add(all, "process_start_time_seconds", "When the process started (Unix time).", started_);
    return all;
}

}  // namespace kurir::metrics
