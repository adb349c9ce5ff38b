#define KURIR_FAILPOINTS
#include "tests/faults/faulty/files.hpp"

#include <unistd.h>

#include <csignal>
#include <string>
#include <string_view>

#include "queue/failpoint.hpp"
#include "tests/support/faulty_files.hpp"

namespace tests {

namespace {

std::string kind_of(std::string_view path) {
    if (path.ends_with(".log")) return "log";
    if (path.ends_with(".sst")) return "table";
    if (path.find("/MANIFEST-") != std::string_view::npos) return "manifest";
    return "file";
}

std::shared_ptr<faulty_files>& files() {
    static auto made = std::make_shared<faulty_files>();
    return made;
}

}  // namespace

std::shared_ptr<rocksdb::FileSystem> watched_files() {
    files()->on_step([](std::string_view path, std::string_view step) {
        kurir::queue::failpoint(kind_of(path).append("_").append(step));
    });
    return files();
}

void cut_power() {
    files()->lose_unsynced([] {
        ::kill(::getpid(), SIGKILL);
        for (;;)
            ::pause();
    });
    ::_exit(1);  // not reached
}

}  // namespace tests
