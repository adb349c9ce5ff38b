// Stands between a client and a PostgreSQL server on Unix sockets, and cuts the connections after a
// number of bytes, or when the server answers what was to be cut off.
#pragma once

#include <atomic>
#include <cstddef>
#include <filesystem>
#include <mutex>
#include <string>
#include <string_view>
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
    // Cuts every connection, once, when the server begins to answer a client that has sent all of
    // `texts` since. A byte of any other connection, such as one that renews claims, does nothing:
    // that is sure only if one of the texts is sent by nobody else.
    void cut_answer_to(std::vector<std::string> texts);
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
        std::string asked;  // what the client has sent since `question_` was set
    };

    void run();
    void accept_one();
    bool forward(pair& ends, direction way);
    bool cuts_answer(pair& ends, direction way, std::string_view bytes);
    void cut_others(const pair& ends);
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
    std::mutex mutex_;
    std::vector<std::string> question_;  // whose answer is to be cut off; empty: none
    std::thread thread_;
};

}  // namespace tests
