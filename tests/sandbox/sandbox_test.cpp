#include "relay/sandbox/sandbox.hpp"

#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>
#include <filesystem>
#include <functional>
#include <future>
#include <string>
#include <thread>

#include "tests/support/catch.hpp"
#include "tests/support/temporary_directory.hpp"

namespace fs = std::filesystem;
using namespace kurir;

namespace {

constexpr int went_well = 0;
constexpr int not_confined = 200;

int error_of(long status) {
    return status < 0 ? errno : went_well;
}

// `action` returns this in a process of its own that has entered the sandbox.
void check_inside(const sandbox::plan& plan, const std::function<int()>& action, int expected) {
    const auto child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        const auto made = sandbox::enter(plan);
        ::_exit(made.calls && (made.folders || !plan.limits_folders) ? action() : not_confined);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFEXITED(status));
    if (WEXITSTATUS(status) == not_confined) {
        WARN("this kernel or container has no sandbox");
        return;
    }
    CHECK(WEXITSTATUS(status) == expected);
}

int write_file(const fs::path& path) {
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0) return errno;
    const auto status = error_of(::write(file, "x", 1));
    ::close(file);
    return status;
}

int open_socket(int family, int type) {
    return error_of(::socket(family, type | SOCK_CLOEXEC, 0));
}

int map_memory(int protection) {
    void* const place = ::mmap(nullptr, 4096, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return place == MAP_FAILED ? errno : went_well;
}

int start_program() {
    const char* const words[] = {"/bin/true", nullptr};
    ::execv(words[0], const_cast<char* const*>(words));
    return errno;
}

}  // namespace

TEST_CASE("in the queue folder everything can be written", "[sandbox]") {
    const tests::temporary_directory queue;
    const auto use = [&] {
        const auto& folder = queue.path();
        fs::create_directories(folder / "a");
        fs::create_directories(folder / "b");
        if (const auto wrong = write_file(folder / "a/file")) return wrong;
        fs::rename(folder / "a/file", folder / "b/file");
        fs::resize_file(folder / "b/file", 0);
        return fs::remove_all(folder / "b") == 2 ? went_well : EIO;
    };
    check_inside({.writable = {queue.path()}}, use, went_well);
}

TEST_CASE("outside the queue folder nothing can be written, but all can be read", "[sandbox]") {
    const tests::temporary_directory queue;
    const tests::temporary_directory other;
    REQUIRE(write_file(other.path() / "old") == went_well);
    const sandbox::plan plan{.writable = {queue.path()}};
    const auto old = other.path() / "old";
    check_inside(plan, [&] { return write_file(other.path() / "new"); }, EACCES);
    check_inside(plan, [&] { return write_file(old); }, EACCES);
    check_inside(plan, [&] { return error_of(::truncate(old.c_str(), 0)); }, EACCES);
    check_inside(plan, [&] { return error_of(::unlink(old.c_str())); }, EACCES);
    check_inside(
        plan,
        [&] { return error_of(::rename(old.c_str(), (queue.path() / "old").c_str())); },
        EACCES
    );
    check_inside(plan, [&] { return error_of(::open(old.c_str(), O_RDONLY | O_CLOEXEC)); }, 0);
    check_inside(plan, [] { return write_file("/dev/null"); }, went_well);
}

TEST_CASE("without limits of folders a core dump can be written anywhere", "[sandbox]") {
    const tests::temporary_directory other;
    const sandbox::plan plan{.writable = {}, .limits_folders = false};
    check_inside(plan, [&] { return write_file(other.path() / "core"); }, went_well);
}

TEST_CASE("no program can be started, but threads can", "[sandbox]") {
    const tests::temporary_directory queue;
    const sandbox::plan plan{.writable = {queue.path()}};
    check_inside(plan, start_program, EPERM);
    check_inside(plan, [] { return error_of(::fork()); }, EPERM);
    check_inside(
        plan,
        [] {
            int named = EIO;
            std::thread([&] { named = ::pthread_setname_np(::pthread_self(), "named"); }).join();
            return named;
        },
        went_well
    );
    check_inside(
        plan,
        [] {
            std::promise<void> over;
            std::thread other([&] { over.get_future().wait(); });
            const auto named = ::pthread_setname_np(other.native_handle(), "by another");
            over.set_value();
            other.join();
            return named;
        },
        went_well
    );
}

TEST_CASE("a sanitizer may still start its symbolizer and look into the process", "[sandbox]") {
    const tests::temporary_directory queue;
    const sandbox::plan plan{.writable = {queue.path()}, .checked = true};
    check_inside(plan, start_program, went_well);
}

TEST_CASE("only the sockets that mail needs can be opened", "[sandbox]") {
    const tests::temporary_directory queue;
    const sandbox::plan plan{.writable = {queue.path()}};
    for (const auto family : {AF_UNIX, AF_INET, AF_INET6}) {
        CAPTURE(family);
        const auto usual = open_socket(family, SOCK_STREAM);  // a machine may have no IPv6
        check_inside(plan, [=] { return open_socket(family, SOCK_STREAM); }, usual);
    }
    check_inside(plan, [] { return open_socket(AF_NETLINK, SOCK_RAW); }, went_well);
    for (const auto family : {AF_PACKET, AF_VSOCK, AF_BLUETOOTH, AF_ALG, AF_KEY, AF_UNSPEC}) {
        CAPTURE(family);
        check_inside(plan, [=] { return open_socket(family, SOCK_RAW); }, EAFNOSUPPORT);
    }
}

TEST_CASE("memory is not written and executed", "[sandbox]") {
    const tests::temporary_directory queue;
    const sandbox::plan plan{.writable = {queue.path()}};
    check_inside(plan, [] { return map_memory(PROT_READ | PROT_WRITE | PROT_EXEC); }, EPERM);
    check_inside(plan, [] { return map_memory(PROT_READ | PROT_WRITE); }, went_well);
    check_inside(plan, [] { return map_memory(PROT_READ | PROT_EXEC); }, went_well);
}

TEST_CASE("other processes, users and the machine are out of reach", "[sandbox]") {
    const tests::temporary_directory queue;
    const sandbox::plan plan{.writable = {queue.path()}};
    check_inside(plan, [] { return error_of(::ptrace(PTRACE_TRACEME, 0, 0, 0)); }, EPERM);
    check_inside(plan, [] { return error_of(::unshare(CLONE_NEWUTS)); }, EPERM);
    check_inside(plan, [] { return error_of(::setuid(::getuid())); }, EPERM);
    check_inside(
        plan,
        [] {
            timespec moment{};
            ::clock_gettime(CLOCK_REALTIME, &moment);
            return error_of(::clock_settime(CLOCK_REALTIME, &moment));
        },
        EPERM
    );
}

TEST_CASE(
    "a folder that does not exist is named, and system calls are limited anyway", "[sandbox]"
) {
    const auto said = [] {
        const auto made = sandbox::enter({.writable = {"/does/not/exist"}});
        const bool named = made.why_not.size() == 1 &&
                           made.why_not.front().find("/does/not/exist") != std::string::npos;
        return named && made.calls && !made.folders ? went_well : 1;
    };
    const auto child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) ::_exit(said());
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(WEXITSTATUS(status) == went_well);
}
