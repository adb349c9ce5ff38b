// Where the API of a running relay is: its Unix socket, or a URL with a token.
#pragma once

#include <string>

namespace kurir::admin {

struct address {
    std::string socket = {};   // the path; does not count if there is a URL
    std::string url = {};      // https://HOST:PORT
    std::string token = {};    // for the URL
    std::string ca_file = {};  // trusted for the URL beside the system's; may be empty
};

}  // namespace kurir::admin
