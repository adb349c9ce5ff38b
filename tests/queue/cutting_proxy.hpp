// Stands between a client and a PostgreSQL server on Unix sockets, and cuts the connections after a
// number of bytes.
#pragma once

#include <atomic>
#include <cstddef>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

namespace tests {

enum class direction { to_server, to_client };

class cutting_proxy {
public:
    // `server`: the folder with the server's socket.
    explicit cutting_proxy(std::filesystem::path server);
    cutting_proxy(const cutting_proxy&) = delete;
    cutting_proxy& operator=(const cutting_proxy&) = delete;
    ~cutting_proxy();

    // The folder with the socket of this.
    const std::filesystem::path& folder() const { return folder_; }

    // Cuts every connection when so many bytes more have passed, once.
    void cut_after(direction way, std::size_t bytes);
    // The bytes of a cut that did not happen yet. Zero: it happened.
    std::size_t left() const { return budget_; }
    void never_cut() { armed_ = false; }

    // Cuts every connection, and ends those that come until `heal`.
    void part();
    void heal() { parted_ = false; }

private:
    struct pair {
        int client = -1;
        int server = -1;
    };

    void run();
    void accept_one();
    bool forward(pair& ends, direction way);
    void close(pair& ends);

    std::filesystem::path server_;
    std::filesystem::path folder_;
    int listener_ = -1;
    int wake_[2] = {-1, -1};
    std::vector<pair> pairs_;
    std::atomic<bool> over_ = false;
    std::atomic<bool> parted_ = false;
    std::atomic<bool> armed_ = false;
    std::atomic<direction> way_ = direction::to_server;
    std::atomic<std::size_t> budget_ = 0;
    std::thread thread_;
};

}  // namespace tests
