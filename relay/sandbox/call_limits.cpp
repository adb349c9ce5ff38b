#include "relay/sandbox/call_limits.hpp"

#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <memory>
#include <span>
#include <system_error>
#include <tuple>

namespace kurir::sandbox {

namespace {

using filter = std::unique_ptr<void, decltype(&seccomp_release)>;

// What code that does not belong here would do first.
constexpr std::array other_programs{"execve", "execveat", "fork", "vfork"};
constexpr std::array other_processes{
    "ptrace", "process_vm_readv", "process_vm_writev", "kcmp", "pidfd_getfd", "process_madvise"
};
constexpr std::array machine{
    "acct",
    "add_key",
    "adjtimex",
    "bpf",
    "chroot",
    "clock_adjtime",
    "clock_settime",
    "delete_module",
    "fanotify_init",
    "finit_module",
    "fsconfig",
    "fsmount",
    "fsopen",
    "fspick",
    "init_module",
    "ioperm",
    "iopl",
    "kexec_file_load",
    "kexec_load",
    "keyctl",
    "lookup_dcookie",
    "mknod",
    "mknodat",
    "modify_ldt",
    "mount",
    "mount_setattr",
    "move_mount",
    "nfsservctl",
    "open_by_handle_at",
    "open_tree",
    "perf_event_open",
    "personality",
    "pivot_root",
    "quotactl",
    "quotactl_fd",
    "reboot",
    "request_key",
    "setdomainname",
    "sethostname",
    "setns",
    "settimeofday",
    "swapoff",
    "swapon",
    "syslog",
    "umount",
    "umount2",
    "unshare",
    "userfaultfd",
    "vhangup",
};
constexpr std::array other_users{
    "capset",
    "setfsgid",
    "setfsuid",
    "setgid",
    "setgroups",
    "setregid",
    "setresgid",
    "setresuid",
    "setreuid",
    "setuid",
};
// Their arguments are in memory, where a filter can't see them.
constexpr std::array opaque{"clone3", "io_uring_setup", "io_uring_enter", "io_uring_register"};

bool forbid(const filter& all, std::span<const char* const> names, unsigned error) {
    for (const auto* name : names) {
        const int number = seccomp_syscall_resolve_name(name);
        if (number == __NR_SCMP_ERROR) continue;  // this machine has no such call
        if (seccomp_rule_add(all.get(), SCMP_ACT_ERRNO(error), number, 0) != 0) return false;
    }
    return true;
}

bool forbid_if(const filter& all, int number, const scmp_arg_cmp& argument, unsigned error) {
    const auto refusal = SCMP_ACT_ERRNO(error);
    return seccomp_rule_add_array(all.get(), refusal, number, 1, &argument) == 0;
}

// Arguments are numbered from 0.
scmp_arg_cmp bits(unsigned argument, scmp_datum_t mask, scmp_datum_t value) {
    return {.arg = argument, .op = SCMP_CMP_MASKED_EQ, .datum_a = mask, .datum_b = value};
}

// Of an int: the kernel does not look at the other half of the register.
scmp_arg_cmp equal(unsigned argument, std::uint32_t value) {
    return bits(argument, UINT32_MAX, value);
}

scmp_arg_cmp above(unsigned argument, scmp_datum_t value) {
    return {.arg = argument, .op = SCMP_CMP_GT, .datum_a = value, .datum_b = 0};
}

// Memory that is written and then run is how foreign code gets in.
bool forbid_code_in_data(const filter& all) {
    constexpr scmp_datum_t both = PROT_WRITE | PROT_EXEC;
    return forbid_if(all, SCMP_SYS(mmap), bits(2, both, both), EPERM) &&
           forbid_if(all, SCMP_SYS(mprotect), bits(2, both, both), EPERM) &&
           forbid_if(all, SCMP_SYS(pkey_mprotect), bits(2, both, both), EPERM);
}

bool forbid_other_sockets(const filter& all) {
    constexpr std::uint32_t last_used = AF_NETLINK;
    for (std::uint32_t family = 0; family < last_used; ++family) {
        const bool used = family == AF_UNIX || family == AF_INET || family == AF_INET6;
        if (!used && !forbid_if(all, SCMP_SYS(socket), equal(0, family), EAFNOSUPPORT)) {
            return false;
        }
    }
    return forbid_if(all, SCMP_SYS(socket), above(0, last_used), EAFNOSUPPORT);
}

// As if somebody typed it.
bool forbid_typing(const filter& all) {
    return forbid_if(all, SCMP_SYS(ioctl), equal(1, TIOCSTI), EPERM) &&
           forbid_if(all, SCMP_SYS(ioctl), equal(1, TIOCLINUX), EPERM);
}

bool fill(const filter& all, bool checked) {
    if (!forbid(all, machine, EPERM) || !forbid(all, other_users, EPERM)) return false;
    if (!forbid_code_in_data(all) || !forbid_other_sockets(all) || !forbid_typing(all)) {
        return false;
    }
    if (checked) return true;
    // A new process shares no memory with this one; threads do, and are allowed.
    return forbid(all, other_programs, EPERM) && forbid(all, other_processes, EPERM) &&
           forbid(all, opaque, ENOSYS) &&
           forbid_if(all, SCMP_SYS(clone), bits(0, CLONE_THREAD, 0), EPERM);
}

}  // namespace

std::string limit_calls(bool checked) {
    const filter all(seccomp_init(SCMP_ACT_ALLOW), &seccomp_release);
    if (!all || !fill(all, checked)) return "seccomp: no filter can be made";
    // As a tree: a call takes some seven comparisons, not a hundred.
    std::ignore = seccomp_attr_set(all.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2);
    if (const int status = seccomp_load(all.get()); status != 0) {
        return "seccomp: " + std::generic_category().message(-status);
    }
    return {};
}

}  // namespace kurir::sandbox
