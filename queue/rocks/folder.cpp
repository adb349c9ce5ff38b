#include "queue/rocks/folder.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <system_error>

namespace kurir::queue {

namespace {

mode_t umask_of_process() {
    const auto mask = ::umask(S_IRWXG | S_IRWXO);
    ::umask(mask);
    return mask;
}

std::string octal(mode_t mode) {
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "%04o", static_cast<unsigned>(mode & 07777));
    return text.data();
}

std::string described(const std::filesystem::path& folder, const struct stat& found) {
    return folder.string() + " belongs to user " + std::to_string(found.st_uid) + ", group " +
           std::to_string(found.st_gid) + ", mode " + octal(found.st_mode);
}

folder_verdict judge(const std::filesystem::path& folder, const struct stat& found) {
    const auto us = ::geteuid();
    const bool ours = found.st_uid == us;
    const bool group_writes = (found.st_mode & S_IWGRP) != 0;
    const bool of_image = found.st_gid == 0 && us != 0 && group_writes;
    if ((found.st_mode & S_IWOTH) != 0) {
        return {described(folder, found) + ": every user can write to it; chmod o-w", {}};
    }
    if (!ours && found.st_uid != 0 && !of_image) {
        return {
            described(folder, found) + ", and Kurir runs as user " + std::to_string(us) +
                ": chown it, or run as its owner",
            {}
        };
    }
    if (of_image || (!ours && group_writes)) {
        return {{}, described(folder, found) + ": members of its group can write to it"};
    }
    if (!ours) return {};
    const auto narrow = found.st_mode & ~(umask_of_process() | S_IWGRP | S_IRWXO);
    if (narrow != found.st_mode && ::chmod(folder.c_str(), narrow & 07777) != 0) {
        return {
            "cannot change the mode of " + folder.string() + ": " +
                std::generic_category().message(errno),
            {}
        };
    }
    return {};
}

// Checks a folder inside the queue folder, which must not be a link.
folder_verdict look_at_inner(const std::filesystem::path& folder) {
    struct stat found{};
    if (::lstat(folder.c_str(), &found) != 0) {
        if (errno == ENOENT) return {};
        return {
            "cannot look at " + folder.string() + ": " + std::generic_category().message(errno), {}
        };
    }
    if (!S_ISDIR(found.st_mode)) return {folder.string() + " is not a folder", {}};
    return judge(folder, found);
}

}  // namespace

folder_verdict take_folder(const std::filesystem::path& directory) {
    std::error_code ec;
    std::filesystem::create_directories(directory, ec);
    struct stat found{};
    if (!ec && ::stat(directory.c_str(), &found) != 0) ec = {errno, std::generic_category()};
    if (ec) return {"cannot create " + directory.string() + ": " + ec.message(), {}};
    auto verdict = judge(directory, found);
    for (const char* inner : {"db", "quarantine"}) {
        if (!verdict.why_not.empty()) return verdict;
        auto next = look_at_inner(directory / inner);
        if (!next.why_not.empty() || verdict.doubt.empty()) verdict = std::move(next);
    }
    return verdict;
}

}  // namespace kurir::queue
