#include "queue/rocks/salvage.hpp"

#include <fcntl.h>
#include <rocksdb/sst_file_reader.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <system_error>

#include "queue/rocks/log_file.hpp"
#include "relay/base/utc.hpp"

namespace kurir::queue {

namespace fs = std::filesystem;

namespace {

// `wal-<utc>`, with a number if a folder of this second already exists.
fs::path new_folder(const fs::path& quarantine, time_point now, std::error_code& ec) {
    const std::string name = "wal-" + base::compact_utc_text(now);
    constexpr int tries_max = 100;
    for (int number = 1; number < tries_max; ++number) {
        auto folder = quarantine / (number == 1 ? name : name + "-" + std::to_string(number));
        if (fs::create_directories(folder, ec) || ec) return folder;
    }
    ec = std::make_error_code(std::errc::file_exists);
    return {};
}

}  // namespace

std::optional<fs::path> copy_logs(const fs::path& directory, time_point now) {
    std::error_code ec;
    const auto quarantine = directory / "quarantine";
    const auto folder = new_folder(quarantine, now, ec);
    if (ec) return std::nullopt;
    fs::directory_iterator files(directory / "db", ec);
    if (ec) return std::nullopt;
    for (const auto& file : files) {
        if (file.path().extension() != ".log") continue;
        const auto copy = folder / file.path().filename();
        if (!fs::copy_file(file.path(), copy, ec) || !sync_path(copy)) return std::nullopt;
    }
    if (!sync_path(folder) || !sync_path(quarantine) || !sync_path(directory)) return std::nullopt;
    return folder;
}

std::optional<int> mend_logs(const fs::path& directory) {
    std::error_code ec;
    std::vector<fs::path> logs;
    for (const auto& file : fs::directory_iterator(directory / "db", ec)) {
        if (file.path().extension() == ".log") logs.push_back(file.path());
    }
    int count = 0;
    for (const auto& log : logs) {
        const auto mended = mend_log_file(log);
        if (mended == mending::failed) return std::nullopt;
        if (mended == mending::mended) ++count;
    }
    return count;
}

missing missing_file(const fs::path& directory) {
    bool logs = false;
    bool tables = false;
    std::error_code ec;
    for (const auto& file : fs::directory_iterator(directory / "db", ec)) {
        const auto kind = file.path().extension();
        logs = logs || kind == ".log";
        tables = tables || kind == ".sst" || kind == ".blob";
    }
    std::string manifest;
    if (std::ifstream current(directory / "db" / "CURRENT"); !current) {
        return logs || tables ? missing::current : missing::nothing;
    } else {
        std::getline(current, manifest);
    }
    // The first manifest belongs to a database that is being created and has no log yet.
    return logs || manifest == "MANIFEST-000001" ? missing::nothing : missing::logs;
}

std::vector<std::string> unreadable_tables(const fs::path& directory) {
    std::vector<std::string> names;
    std::error_code ec;
    for (const auto& file : fs::directory_iterator(directory / "db", ec)) {
        if (file.path().extension() != ".sst") continue;
        rocksdb::SstFileReader table({});
        auto status = table.Open(file.path().string());
        if (status.ok()) status = table.VerifyChecksum();
        if (!status.ok()) names.push_back(file.path().filename().string());
    }
    std::sort(names.begin(), names.end());
    return names;
}

bool sync_path(const fs::path& path) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return false;
    const bool synced = ::fsync(descriptor) == 0;
    ::close(descriptor);
    return synced;
}

}  // namespace kurir::queue
