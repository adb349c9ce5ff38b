#include "deploy/demo/relay_process.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <string_view>
#include <system_error>
#include <thread>
#include <vector>

#include "deploy/demo/submission.hpp"

namespace kurir::demo {
namespace {

constexpr std::chrono::milliseconds pause{50};
constexpr std::chrono::seconds farewell{8};

std::uint16_t free_port() {
    boost::asio::io_context context;
    const boost::asio::ip::tcp::acceptor probe(
        context, {boost::asio::ip::address_v4::loopback(), 0}
    );
    return probe.local_endpoint().port();
}

std::filesystem::path temporary_folder() {
    std::string path = std::filesystem::temp_directory_path() / "kurir-demo-XXXXXX";
    if (::mkdtemp(path.data()) == nullptr) {
        throw std::system_error(errno, std::generic_category(), "mkdtemp");
    }
    return path;
}

// Ours without KURIR_ variables: a demonstration is not changed by how somebody's relay is set up.
std::vector<std::string> environment_with(std::vector<std::string> variables) {
    for (char** entry = environ; *entry != nullptr; ++entry) {
        if (!std::string_view(*entry).starts_with("KURIR_")) variables.emplace_back(*entry);
    }
    return variables;
}

// Ours, with other values for some variables, and without the files for these.
std::vector<std::string> environment_but(const std::map<std::string, std::string>& changed) {
    std::vector<std::string> variables;
    for (const auto& [name, value] : changed)
        variables.push_back(name + "=" + value);
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view text(*entry);
        std::string name(text.substr(0, text.find('=')));
        constexpr std::string_view file = "_FILE";
        if (name.ends_with(file)) name.resize(name.size() - file.size());
        if (!changed.contains(name)) variables.emplace_back(text);
    }
    return variables;
}

std::vector<char*> pointers_to(std::vector<std::string>& strings) {
    std::vector<char*> pointers;
    for (auto& string : strings)
        pointers.push_back(string.data());
    pointers.push_back(nullptr);
    return pointers;
}

}  // namespace

relay_process::relay_process(const std::filesystem::path& binary, std::uint16_t remote_port)
    : folder_(temporary_folder()), smtp_port_(free_port()), http_port_(free_port()) {
    start(
        binary,
        environment_with({
            "KURIR_HOSTNAME=relay.demo.example",
            "KURIR_LISTEN=127.0.0.1:" + std::to_string(smtp_port_),
            "KURIR_HTTP_LISTEN=127.0.0.1:" + std::to_string(http_port_),
            "KURIR_QUEUE_DIR=" + (folder_ / "queue").string(),
            "KURIR_QUEUE_MIN_FREE=16M",
            "KURIR_RELAYHOST=127.0.0.1:" + std::to_string(remote_port),
            "KURIR_RETRY_MIN=2s",
            "KURIR_RETRY_MAX=2s",
            "KURIR_LOG_FORMAT=text",
        }),
        false
    );
}

relay_process::relay_process(
    const std::filesystem::path& binary, const std::map<std::string, std::string>& changed
)
    : folder_(temporary_folder()) {
    auto all = changed;
    all["KURIR_QUEUE_DIR"] = (folder_ / "queue").string();
    start(binary, environment_but(all), true);
}

void relay_process::start(
    const std::filesystem::path& binary, std::vector<std::string> variables, bool own_group
) {
    std::vector<std::string> arguments{binary.string(), "serve"};
    posix_spawnattr_t attributes{};
    sigset_t none{};
    ::sigemptyset(&none);
    ::posix_spawnattr_init(&attributes);
    ::posix_spawnattr_setsigmask(&attributes, &none);
    ::posix_spawnattr_setflags(
        &attributes,
        static_cast<short>(POSIX_SPAWN_SETSIGMASK | (own_group ? POSIX_SPAWN_SETPGROUP : 0))
    );
    const int failure = ::posix_spawn(
        &pid_,
        binary.c_str(),
        nullptr,
        &attributes,
        pointers_to(arguments).data(),
        pointers_to(variables).data()
    );
    ::posix_spawnattr_destroy(&attributes);
    if (failure != 0) throw std::system_error(failure, std::generic_category(), binary.string());
}

relay_process::~relay_process() {
    stop();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
}

bool relay_process::becomes_ready(std::chrono::seconds limit) {
    const auto deadline = std::chrono::steady_clock::now() + limit;
    while (std::chrono::steady_clock::now() < deadline) {
        if (has_ended()) return false;
        if (fetch(http_port_, "/readyz").starts_with("HTTP/1.1 200")) return true;
        std::this_thread::sleep_for(pause);
    }
    return false;
}

bool relay_process::has_ended() {
    if (pid_ >= 0 && ::waitpid(pid_, nullptr, WNOHANG) == pid_) pid_ = -1;
    return pid_ < 0;
}

bool relay_process::stop() {
    if (pid_ < 0) return false;
    ::kill(pid_, SIGTERM);
    int status = 0;
    const auto deadline = std::chrono::steady_clock::now() + farewell;
    pid_t ended = 0;
    while (ended == 0 && std::chrono::steady_clock::now() < deadline) {
        ended = ::waitpid(pid_, &status, WNOHANG);
        if (ended == 0) std::this_thread::sleep_for(pause);
    }
    if (ended == 0) {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, &status, 0);
    }
    pid_ = -1;
    return ended > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace kurir::demo
