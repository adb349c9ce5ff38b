// A PostgreSQL server of a test's own, on a socket in a temporary directory. It ends with the
// process that started it.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>

namespace tests {

// Between looks at something that no event tells of.
void pause(std::chrono::milliseconds time);

class postgres_server {
public:
    // One for the whole process, started when it is first asked for.
    static postgres_server& shared();

    postgres_server();
    postgres_server(const postgres_server&) = delete;
    postgres_server& operator=(const postgres_server&) = delete;
    ~postgres_server();

    // For libpq. Each `schema` is a world of its own.
    std::string url(const std::string& schema) const;

    // The folder with its socket.
    const std::filesystem::path& folder() const { return directory_; }

    void start();
    // As `pg_ctl stop --mode=immediate`: connections end in the middle of what they do.
    void kill();

private:
    std::filesystem::path directory_;
    pid_t process_ = -1;
};

}  // namespace tests
