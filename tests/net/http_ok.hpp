// The first line of a good answer.
#pragma once

#include <string>

namespace tests {

inline const std::string ok = "HTTP/1.1 200 OK\r\n";

}  // namespace tests
