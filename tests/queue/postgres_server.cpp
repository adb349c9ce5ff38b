#include "tests/queue/postgres_server.hpp"

#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <stdexcept>
#include <system_error>
#include <vector>

#include "queue/postgres/connection.hpp"

namespace tests {

namespace {

using namespace std::chrono_literals;

const std::filesystem::path programs = "/usr/lib/postgresql/15/bin";

// PostgreSQL does not run as root.
const passwd* other_user() {
    if (::geteuid() != 0) return nullptr;
    const auto* user = ::getpwnam("postgres");
    return user != nullptr ? user : ::getpwnam("nobody");
}

pid_t run(std::vector<std::string> words) {
    const auto parent = ::getpid();
    const auto* user = other_user();
    const auto child = ::fork();
    if (child < 0) throw std::system_error(errno, std::generic_category(), "fork");
    if (child > 0) return child;
    const int nowhere = ::open("/dev/null", O_RDWR);
    for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
        ::dup2(nowhere, stream);
    if (user != nullptr && (::setgid(user->pw_gid) != 0 || ::setuid(user->pw_uid) != 0)) {
        ::_exit(126);
    }
    ::prctl(PR_SET_PDEATHSIG, SIGQUIT);
    if (::getppid() != parent) ::_exit(126);
    std::vector<char*> arguments;
    for (auto& each : words)
        arguments.push_back(each.data());
    arguments.push_back(nullptr);
    ::execv(arguments.front(), arguments.data());
    ::_exit(127);
}

int wait_for(pid_t process) {
    int status = 0;
    while (::waitpid(process, &status, 0) < 0 && errno == EINTR) {
    }
    return status;
}

}  // namespace

void pause(std::chrono::milliseconds time) {
    ::poll(nullptr, 0, static_cast<int>(time.count()));
}

postgres_server& postgres_server::shared() {
    static postgres_server server;
    return server;
}

postgres_server::postgres_server() {
    const std::filesystem::path memory = "/dev/shm";
    const auto parent =
        ::access(memory.c_str(), W_OK) == 0 ? memory : std::filesystem::temp_directory_path();
    auto name = (parent / "kurir-postgres-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary directory");
    directory_ = name;
    if (const auto* user = other_user()) {
        if (::chown(name.c_str(), user->pw_uid, user->pw_gid) != 0) {
            throw std::system_error(errno, std::generic_category(), name);
        }
    }
    const auto data = (directory_ / "data").string();
    const std::vector<std::string> words{
        (programs / "initdb").string(),
        "-D",
        data,
        "-U",
        "kurir",
        "-A",
        "trust",
        "-N",
        "-E",
        "UTF8",
        "--locale=C"
    };
    if (wait_for(run(words)) != 0) {
        throw std::runtime_error("initdb failed: is postgresql-15 installed?");
    }
    start();
}

postgres_server::~postgres_server() {
    kill();
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
}

std::string postgres_server::url(const std::string& schema) const {
    return "host=" + directory_.string() +
           " user=kurir dbname=postgres options='-csearch_path=" + schema + "'";
}

void postgres_server::start() {
    process_ = run(
        {(programs / "postgres").string(),
         "-D",
         (directory_ / "data").string(),
         "-k",
         directory_.string(),
         "-c",
         "listen_addresses=",
         "-c",
         "fsync=off",
         "-c",
         "shared_buffers=16MB"}
    );
    for (int i = 0; i < 1000; ++i) {
        if (kurir::queue::postgres::connection::open(url("public"), 1s)) return;
        pause(20ms);
    }
    throw std::runtime_error("PostgreSQL does not start");
}

void postgres_server::kill() {
    if (process_ <= 0) return;
    ::kill(process_, SIGQUIT);
    wait_for(process_);
    process_ = -1;
}

}  // namespace tests
