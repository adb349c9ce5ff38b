#include "queue/rocks/rocks_log.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

#include "relay/base/utc.hpp"

namespace kurir::queue {

namespace {

constexpr std::uint64_t log_size_max = 1ULL << 20;
constexpr std::size_t line_max = 4096;

}  // namespace

std::shared_ptr<rocksdb::Logger> make_rocks_log(const store_options& options) {
    auto path = (options.directory / "db" / "LOG").string();
    return std::make_shared<rocks_log>(
        std::move(path), options.calendar ? options.calendar : options.now, log_size_max
    );
}

rocks_log::rocks_log(std::string path, std::function<time_point()> now, std::uint64_t size_max)
    : rocksdb::Logger(rocksdb::InfoLogLevel::WARN_LEVEL),
      path_(std::move(path)),
      now_(std::move(now)),
      size_max_(size_max) {}

rocks_log::~rocks_log() {
    if (file_ >= 0) ::close(file_);
}

void rocks_log::Logv(const char* format, va_list arguments) {
    std::array<char, line_max> text{};
    const int wanted = std::vsnprintf(text.data(), text.size(), format, arguments);
    if (wanted <= 0) return;
    const auto length = std::min(static_cast<std::size_t>(wanted), text.size() - 1);
    auto line = base::utc_text(now_()) + ' ' + std::string(text.data(), length);
    if (line.back() != '\n') line += '\n';

    const std::lock_guard lock(mutex_);
    if (!make_room(line.size())) return;
    const auto written = ::write(file_, line.data(), line.size());
    if (written > 0) size_ += static_cast<std::uint64_t>(written);
}

bool rocks_log::make_room(std::size_t bytes) {
    if (file_ < 0) reopen();
    if (file_ >= 0 && size_ != 0 && size_ + bytes > size_max_) {
        ::close(std::exchange(file_, -1));
        if (::rename(path_.c_str(), (path_ + ".old").c_str()) != 0) return false;
        reopen();
    }
    return file_ >= 0;
}

void rocks_log::reopen() {
    constexpr int flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW;
    file_ = ::open(path_.c_str(), flags, 0640);
    struct stat status{};
    size_ =
        file_ >= 0 && ::fstat(file_, &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
}

}  // namespace kurir::queue
