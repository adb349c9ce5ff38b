#include "relay/watch/inotify.hpp"

#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

namespace kurir::watch {

namespace {

constexpr std::uint32_t of_itself = IN_DELETE_SELF | IN_MOVE_SELF;
constexpr std::uint32_t of_content = IN_MODIFY | IN_CLOSE_WRITE | IN_ATTRIB;
constexpr std::uint32_t of_names = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | of_content;

std::string reason(int error) {
    switch (error) {
        case EMFILE:
            return "too many inotify instances (fs.inotify.max_user_instances) or open files";
        case ENOSPC:
            return "too many watched folders (fs.inotify.max_user_watches)";
        default:
            return std::generic_category().message(error);
    }
}

bool is_gone(int error) {
    return error == ENOENT || error == ENOTDIR || error == ELOOP;
}

}  // namespace

inotify::inotify() : descriptor_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {
    if (descriptor_ < 0) why_not_ = reason(errno);
}

inotify::~inotify() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

std::string inotify::follow(const watch_plan& plan) {
    if (descriptor_ < 0) return why_not_;
    std::string missing;
    std::string unimportant;  // of what is watched for the sake of rare cases
    std::map<int, std::set<std::string>> wanted;
    for (const auto& [folder, names] : plan.folders) {
        const bool matters = !names.empty();
        const auto events = IN_ONLYDIR | of_itself | (matters ? of_names : 0);
        const int number = add(folder, events, matters ? missing : unimportant);
        if (number >= 0) wanted[number].insert(names.begin(), names.end());
    }
    for (const auto& file : plan.files) {
        const int number = add(file, of_itself | of_content, unimportant);
        if (number >= 0) wanted.try_emplace(number);
    }
    for (const auto& [number, names] : names_) {
        if (!wanted.contains(number)) ::inotify_rm_watch(descriptor_, number);
    }
    names_ = std::move(wanted);
    return missing;
}

// Two paths may lead to one folder: what is watched of it adds up.
int inotify::add(const std::filesystem::path& path, std::uint32_t events, std::string& missing)
    const {
    const int number = ::inotify_add_watch(descriptor_, path.c_str(), events | IN_MASK_ADD);
    if (number < 0 && !is_gone(errno)) missing = path.string() + ": " + reason(errno);
    return number;
}

bool inotify::take_notices() {
    bool matters = false;
    alignas(::inotify_event) std::array<char, 16UL * 1024> bytes{};
    for (;;) {
        const auto size = ::read(descriptor_, bytes.data(), bytes.size());
        if (size <= 0) return matters;
        for (std::size_t at = 0; at < static_cast<std::size_t>(size);) {
            ::inotify_event event{};
            std::memcpy(&event, bytes.data() + at, sizeof event);
            const char* name = event.len == 0 ? "" : bytes.data() + at + sizeof event;
            matters = concerns(event.wd, event.mask, name) || matters;
            at += sizeof event + event.len;
        }
    }
}

bool inotify::concerns(int watched, std::uint32_t events, std::string_view name) {
    if ((events & IN_Q_OVERFLOW) != 0) return true;
    const auto found = names_.find(watched);
    if (found == names_.end()) return false;  // it is not watched any more
    if ((events & IN_IGNORED) != 0) names_.erase(found);
    if (name.empty()) return true;
    return found->second.contains("") || found->second.contains(std::string(name));
}

}  // namespace kurir::watch
