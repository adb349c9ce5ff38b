// Where the API of a running relay is.
#pragma once

#include <string>

namespace kurir::admin {

struct address {
    std::string socket;  // the path of its Unix socket
};

}  // namespace kurir::admin
