#include "relay/sandbox/folder_limits.hpp"

#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>

#include "relay/base/open_file.hpp"

namespace kurir::sandbox {

namespace {

// Debian 12's headers don't have it: Linux 6.2, the third version of Landlock.
constexpr std::uint64_t truncate_file = 1ULL << 14;

constexpr std::uint64_t writing =
    LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |
    LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
    LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK |
    LANDLOCK_ACCESS_FS_MAKE_SYM | LANDLOCK_ACCESS_FS_REFER;
constexpr std::uint64_t writing_a_file = LANDLOCK_ACCESS_FS_WRITE_FILE | truncate_file;

std::string failed(const std::string& step) {
    return "Landlock: " + step + ": " + std::generic_category().message(errno);
}

int version() {
    return static_cast<int>(
        ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION)
    );
}

// Returns what is wrong, or nothing.
std::string allow(
    const base::open_file& rules, const std::filesystem::path& path, std::uint64_t rights
) {
    const base::open_file place(path, O_PATH);
    if (place.number < 0) return failed(path.string());
    const landlock_path_beneath_attr rule{.allowed_access = rights, .parent_fd = place.number};
    const auto status =
        ::syscall(SYS_landlock_add_rule, rules.number, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    return status == 0 ? std::string() : failed(path.string());
}

}  // namespace

std::string limit_folders(const std::vector<std::filesystem::path>& writable, bool checked) {
    const int found = version();
    if (found < 0) return "the kernel has no Landlock";
    if (found < 2) return "the kernel's Landlock is too old: it keeps files from being moved";
    const auto all_writing = found < 3 ? writing : writing | truncate_file;
    landlock_ruleset_attr limited{};  // headers of later kernels have more fields
    limited.handled_access_fs =
        all_writing | (checked ? 0 : static_cast<std::uint64_t>(LANDLOCK_ACCESS_FS_EXECUTE));
    const base::open_file rules(
        static_cast<int>(::syscall(SYS_landlock_create_ruleset, &limited, sizeof(limited), 0))
    );
    if (rules.number < 0) return failed("rules");
    for (const auto& folder : writable) {
        if (auto wrong = allow(rules, folder, all_writing); !wrong.empty()) return wrong;
    }
    // Where threads are named, and where output goes that nobody wants.
    for (const auto* path : {"/proc/self/task", "/dev/null"}) {
        if (!std::filesystem::exists(path)) continue;
        if (auto wrong = allow(rules, path, writing_a_file & all_writing); !wrong.empty()) {
            return wrong;
        }
    }
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return failed("no_new_privs");
    if (::syscall(SYS_landlock_restrict_self, rules.number, 0) != 0) return failed("restrict");
    return {};
}

}  // namespace kurir::sandbox
