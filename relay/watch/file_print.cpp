#include "relay/watch/file_print.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <functional>
#include <string_view>
#include <system_error>

namespace kurir::watch {

namespace {

constexpr std::size_t size_max = 1024UL * 1024;  // as config::host::read
constexpr std::size_t names_max = 100'000;

struct descriptor {
    explicit descriptor(const char* path)
        : number(::open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)) {}
    descriptor(const descriptor&) = delete;
    descriptor& operator=(const descriptor&) = delete;
    ~descriptor() {
        if (number >= 0) ::close(number);
    }
    const int number;
};

// In any order: a folder may list the same names in another one.
void add_names(const std::string& path, file_print& made) {
    std::error_code failed;
    std::filesystem::directory_iterator each(path, failed);
    for (; !failed && each != std::filesystem::directory_iterator() && made.size < names_max;
         each.increment(failed)) {
        made.content += std::hash<std::string>()(each->path().filename().string());
        ++made.size;
    }
    made.error = failed.value();
}

}  // namespace

file_print print_of(const std::string& path) {
    const descriptor file(path.c_str());
    if (file.number < 0) return {.error = errno};
    struct ::stat seen{};
    if (::fstat(file.number, &seen) != 0) return {.error = errno};
    file_print made{.mode = seen.st_mode, .owner = seen.st_uid};
    if (S_ISDIR(seen.st_mode)) add_names(path, made);
    if (!S_ISREG(seen.st_mode)) return made;
    std::string text(size_max + 1, '\0');
    while (made.size < text.size()) {
        const auto more = ::read(file.number, text.data() + made.size, text.size() - made.size);
        if (more < 0) return {.error = errno, .mode = seen.st_mode, .owner = seen.st_uid};
        if (more == 0) break;
        made.size += static_cast<std::size_t>(more);
    }
    made.content = std::hash<std::string_view>()(std::string_view(text).substr(0, made.size));
    return made;
}

file_prints prints_of(const std::vector<std::string>& paths) {
    file_prints all;
    for (const auto& path : paths)
        all.emplace(path, print_of(path));
    return all;
}

}  // namespace kurir::watch
