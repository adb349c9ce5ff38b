#include "tests/queue/cutting_proxy.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <system_error>

namespace tests {

namespace {

constexpr const char* socket_name = ".s.PGSQL.5432";

sockaddr_un address_in(const std::filesystem::path& folder) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const auto path = (folder / socket_name).string();
    if (path.size() >= sizeof address.sun_path) throw std::runtime_error("path is too long");
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    return address;
}

bool write_all(int socket, const char* bytes, std::size_t count) {
    while (count > 0) {
        const auto sent = ::send(socket, bytes, count, MSG_NOSIGNAL);
        if (sent <= 0) return false;
        bytes += sent;
        count -= static_cast<std::size_t>(sent);
    }
    return true;
}

}  // namespace

cutting_proxy::cutting_proxy(std::filesystem::path server) : server_(std::move(server)) {
    auto name = (std::filesystem::temp_directory_path() / "kurir-proxy-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary directory");
    folder_ = name;
    listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto address = address_in(folder_);
    const auto* generic = reinterpret_cast<const sockaddr*>(&address);
    if (::bind(listener_, generic, sizeof address) != 0 || ::listen(listener_, 16) != 0 ||
        ::pipe(wake_) != 0) {
        throw std::system_error(errno, std::generic_category(), "proxy");
    }
    thread_ = std::thread([this] { run(); });
}

cutting_proxy::~cutting_proxy() {
    over_ = true;
    (void)!::write(wake_[1], "x", 1);
    thread_.join();
    for (auto& each : pairs_)
        close(each);
    for (const int each : {listener_, wake_[0], wake_[1]})
        ::close(each);
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
}

void cutting_proxy::cut_after(direction way, std::size_t bytes) {
    armed_ = false;
    way_ = way;
    budget_ = bytes;
    armed_ = true;
}

void cutting_proxy::cut_answer_to(std::vector<std::string> texts) {
    const std::lock_guard lock(mutex_);
    question_ = std::move(texts);
}

// Whether these bytes are the answer that is to get lost.
bool cutting_proxy::cuts_answer(pair& ends, direction way, std::string_view bytes) {
    const std::lock_guard lock(mutex_);
    if (question_.empty()) return false;
    if (way == direction::to_server) {
        ends.asked += bytes;
        return false;
    }
    const auto was_sent = [&](const auto& text) {
        return ends.asked.find(text) != std::string::npos;
    };
    if (!std::ranges::all_of(question_, was_sent)) return false;
    question_.clear();
    return true;
}

void cutting_proxy::cut_others(const pair& ends) {
    for (auto& each : pairs_) {
        if (&each != &ends) close(each);
    }
}

void cutting_proxy::part() {
    parted_ = true;
    (void)!::write(wake_[1], "x", 1);
}

void cutting_proxy::run() {
    while (!over_) {
        std::vector<pollfd> watched{{listener_, POLLIN, 0}, {wake_[0], POLLIN, 0}};
        for (const auto& each : pairs_) {
            watched.push_back({each.client, POLLIN, 0});
            watched.push_back({each.server, POLLIN, 0});
        }
        if (::poll(watched.data(), watched.size(), -1) < 0) continue;
        const auto count = pairs_.size();
        for (std::size_t i = 0; i < count; ++i) {
            const bool open =
                (watched[2 + 2 * i].revents == 0 || forward(pairs_[i], direction::to_server)) &&
                (watched[3 + 2 * i].revents == 0 || forward(pairs_[i], direction::to_client));
            if (!open) close(pairs_[i]);
        }
        if (char byte = 0; watched[1].revents != 0) (void)!::read(wake_[0], &byte, 1);
        for (auto& each : pairs_) {
            if (parted_) close(each);
        }
        std::erase_if(pairs_, [](const pair& each) { return each.client < 0; });
        if (watched[0].revents != 0) accept_one();
    }
}

void cutting_proxy::accept_one() {
    pair made;
    made.client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    made.server = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto address = address_in(server_);
    if (parted_ ||
        ::connect(made.server, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        close(made);
        return;
    }
    pairs_.push_back(made);
}

bool cutting_proxy::forward(pair& ends, direction way) {
    char bytes[16384];
    const int source = way == direction::to_server ? ends.client : ends.server;
    const int target = way == direction::to_server ? ends.server : ends.client;
    const auto count = ::recv(source, bytes, sizeof bytes, 0);
    if (count <= 0) return false;
    auto allowed = static_cast<std::size_t>(count);
    if (cuts_answer(ends, way, {bytes, allowed})) {
        cut_others(ends);
        return false;
    }
    const bool counted = armed_ && way_ == way;
    if (counted) allowed = std::min<std::size_t>(allowed, budget_);
    if (!write_all(target, bytes, allowed)) return false;
    if (!counted) return true;
    budget_ -= allowed;
    if (budget_ > 0) return true;
    armed_ = false;
    cut_others(ends);
    return false;
}

void cutting_proxy::close(pair& ends) {
    for (int* each : {&ends.client, &ends.server}) {
        if (*each >= 0) ::close(*each);
        *each = -1;
    }
}

}  // namespace tests
