// Precompiled for every file that works with Asio; each file still includes what it uses.
#pragma once

#include <boost/asio.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>
