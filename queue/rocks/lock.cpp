#include "queue/rocks/lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include "relay/base/utc.hpp"

namespace kurir::queue {

namespace {

std::string host_name() {
    std::array<char, 256> name{};
    if (::gethostname(name.data(), name.size() - 1) != 0) return "unknown host";
    return name.data();
}

// What the holder wrote about itself, as one printable line.
std::string holder_of(int descriptor) {
    std::array<char, 512> text{};
    const auto size = ::pread(descriptor, text.data(), text.size(), 0);
    if (size <= 0) return "a process that did not name itself";
    std::string holder(text.data(), static_cast<std::size_t>(size));
    if (const auto end = holder.find('\n'); end != std::string::npos) holder.resize(end);
    for (char& c : holder) {
        if (c < ' ' || c > '~') c = '?';
    }
    return holder;
}

bool write_holder(int descriptor, time_point now) {
    const auto line =
        host_name() + " pid " + std::to_string(::getpid()) + " since " + base::utc_text(now) + "\n";
    return ::ftruncate(descriptor, 0) == 0 &&
           ::pwrite(descriptor, line.data(), line.size(), 0) == static_cast<ssize_t>(line.size());
}

}  // namespace

directory_lock::directory_lock(directory_lock&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

directory_lock& directory_lock::operator=(directory_lock&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
}

directory_lock::~directory_lock() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

bool directory_lock::take(
    const std::filesystem::path& directory, time_point now, std::string& why_not
) {
    const auto path = directory / lock_file;
    held_elsewhere_ = false;
    if (descriptor_ >= 0) ::close(descriptor_);
    descriptor_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
    if (descriptor_ < 0) {
        why_not = "cannot open " + path.string() + ": " + std::generic_category().message(errno);
        return false;
    }
    if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
        held_elsewhere_ = errno == EWOULDBLOCK;
        why_not = held_elsewhere_ ? directory.string() + " is in use by " + holder_of(descriptor_) +
                                        " (it holds kurir.lock)"
                                  : "cannot lock " + path.string() + ": " +
                                        std::generic_category().message(errno);
        return false;
    }
    // Errors are ignored: a full disk must not keep the queue from opening, and the text is only
    // for people.
    std::ignore = write_holder(descriptor_, now);
    return true;
}

}  // namespace kurir::queue
