#include "relay/app/system_user.hpp"

#include <pwd.h>
#include <unistd.h>

#include <string_view>
#include <vector>

namespace kurir::app {

system_user this_user() {
    constexpr std::size_t texts_max = 16384;
    std::vector<char> texts(texts_max);
    passwd entry{};
    passwd* found = nullptr;
    getpwuid_r(geteuid(), &entry, texts.data(), texts.size(), &found);
    if (found == nullptr) return {"user" + std::to_string(geteuid()), {}};
    const std::string_view full = found->pw_gecos == nullptr ? "" : found->pw_gecos;
    return {found->pw_name, std::string(full.substr(0, full.find(',')))};
}

}  // namespace kurir::app
