#include "relay/app/named_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "relay/base/open_file.hpp"

namespace kurir::app {

namespace {

std::string reason(int error) {
    return "can't be read: " + std::generic_category().message(error);
}

}  // namespace

file_text read_named_file(const std::string& path) {
    constexpr std::size_t size_max = 1024UL * 1024;
    const base::open_file file(path, O_RDONLY);
    if (file.number < 0) return {.wrong = reason(errno)};
    file_text read{.standing = standing_of(file.number, path)};
    if (!S_ISREG(read.standing.mode)) return {.wrong = "is no file"};
    read.text.resize(size_max + 1);
    std::size_t size = 0;
    while (size < read.text.size()) {
        const auto more = ::read(file.number, read.text.data() + size, read.text.size() - size);
        if (more < 0) return {.wrong = reason(errno)};
        if (more == 0) break;
        size += static_cast<std::size_t>(more);
    }
    if (size > size_max) return {.wrong = "is too large"};
    read.text.resize(size);
    return read;
}

std::string complaint(std::string_view setting, const std::string& path, std::string_view wrong) {
    return std::string(setting) + ": '" + path + "' " + std::string(wrong);
}

}  // namespace kurir::app
