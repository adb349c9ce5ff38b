// Replies of a server, in one line.
#pragma once

#include <string>

#include "relay/smtp/reply.hpp"

namespace tests {

inline kurir::smtp::reply reply_of(
    int code, kurir::smtp::enhanced_status status = {}, const std::string& text = "text"
) {
    return {.code = code, .status = status, .lines = {text}};
}

}  // namespace tests
