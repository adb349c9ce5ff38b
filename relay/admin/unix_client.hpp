// Asks a running relay over its admin socket: for the commands of operators.
//
// Blocks. Each request has a connection of its own.
#pragma once

#include <boost/json/object.hpp>

#include <chrono>
#include <string>
#include <string_view>

#include "relay/base/result.hpp"

namespace kurir::admin {

class unix_client {
public:
    // Longer than any answer takes.
    static constexpr auto patience = std::chrono::seconds(60);

    explicit unix_client(std::string socket_path) : path_(std::move(socket_path)) {}

    struct reply {
        unsigned status = 0;
        std::string body;
        bool good() const noexcept { return status / 100 == 2; }
    };
    // Or why there is no answer, as a sentence.
    base::result<reply, std::string> ask(
        std::string_view method, const std::string& target, std::string body = {}
    ) const;

private:
    const std::string path_;
};

}  // namespace kurir::admin
