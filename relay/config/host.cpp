#include "relay/config/host.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <netinet/in.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>

#include "relay/config/units.hpp"
#include "relay/config/words.hpp"

namespace kurir::config {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t file_bytes_max = std::size_t{1} << 20U;

std::optional<std::string> contents(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) return std::nullopt;
    std::string text(file_bytes_max + 1, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (file.bad() || file.gcount() > static_cast<std::streamsize>(file_bytes_max)) {
        return std::nullopt;
    }
    if (std::error_code ec; fs::is_directory(path, ec)) return std::nullopt;
    text.resize(static_cast<std::size_t>(file.gcount()));
    return text;
}

std::string line_of(const fs::path& path) {
    auto text = contents(path).value_or("");
    return text.substr(0, text.find('\n'));
}

std::string kernel_name() {
    std::array<char, 256> name{};
    if (::gethostname(name.data(), name.size() - 1) != 0) return "localhost";
    return name.data();
}

bool is_qualified(std::string_view name) {
    return name.find('.') != std::string_view::npos && !name.ends_with(".localdomain");
}

std::size_t usable_cpus() {
    cpu_set_t set;
    CPU_ZERO(&set);
    if (::sched_getaffinity(0, sizeof(set), &set) != 0) return 1;
    return static_cast<std::size_t>(std::max(1, CPU_COUNT(&set)));
}

// The path of our group in the hierarchy of `controller`; that of cgroup v2 has the name "".
std::string group_of(std::string_view controller, std::string_view proc_cgroup) {
    while (!proc_cgroup.empty()) {
        auto line = proc_cgroup.substr(0, proc_cgroup.find('\n'));
        proc_cgroup.remove_prefix(std::min(line.size() + 1, proc_cgroup.size()));
        const auto first = line.find(':');
        const auto second = line.find(':', first + 1);
        if (first == std::string_view::npos || second == std::string_view::npos) continue;
        const auto controllers = words(line.substr(first + 1, second - first - 1));
        const bool ours = controller.empty()
                              ? controllers.empty()
                              : std::ranges::find(controllers, controller) != controllers.end();
        if (ours) return std::string(line.substr(second + 1));
    }
    return "/";
}

// The texts of cpu.max from our group upwards: the tightest limit counts. A container sees its own
// group at the root.
std::size_t quota_of_groups(std::size_t present) {
    const auto groups = contents("/proc/self/cgroup").value_or("");
    const fs::path root = "/sys/fs/cgroup";
    auto least = present;
    for (fs::path group = group_of("", groups);; group = group.parent_path()) {
        const auto folder = root / group.relative_path();
        least = std::min(least, allowed_cpus(line_of(folder / "cpu.max"), present));
        if (group == group.root_path() || group.empty()) break;
    }
    for (const fs::path& v1 :
         {root / "cpu" / fs::path(group_of("cpu", groups)).relative_path(), root / "cpu"}) {
        auto limit = line_of(v1 / "cpu.cfs_quota_us");
        limit += ' ';
        limit += line_of(v1 / "cpu.cfs_period_us");
        least = std::min(least, allowed_cpus(limit, present));
    }
    return least;
}

// By binding to it: that counts, whatever interface it is on. What says nothing of the address,
// such as a shortage of descriptors, is left for the first connection to find.
bool can_bind(const boost::asio::ip::address& address) {
    const boost::asio::ip::tcp::endpoint local(address, 0);
    const int socket = ::socket(local.protocol().family(), SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (socket < 0) return errno != EAFNOSUPPORT;
    const bool bound = ::bind(socket, local.data(), static_cast<socklen_t>(local.size())) == 0;
    const bool missing = !bound && errno == EADDRNOTAVAIL;
    ::close(socket);
    return !missing;
}

}  // namespace

std::string qualified(std::string_view name, std::string_view hosts_file) {
    if (is_qualified(name)) return std::string(name);
    const auto short_name = name.substr(0, name.find('.'));
    while (!hosts_file.empty()) {
        auto line = hosts_file.substr(0, hosts_file.find('\n'));
        hosts_file.remove_prefix(std::min(line.size() + 1, hosts_file.size()));
        line = line.substr(0, line.find('#'));
        const auto names = words(line);
        if (names.size() < 2 || std::ranges::find(names, short_name) == names.end()) continue;
        const auto full = std::find_if(names.begin() + 1, names.end(), is_qualified);
        if (full != names.end()) return std::string(*full);
    }
    return std::string(short_name);
}

std::size_t allowed_cpus(std::string_view cpu_max, std::size_t present) {
    const auto parts = words(cpu_max);
    if (parts.size() != 2) return present;
    const auto quota = number_of(parts[0]);  // nothing for "max" and for v1's -1
    const auto period = number_of(parts[1]);
    if (!quota || !period || *period == 0) return present;
    return std::clamp<std::size_t>((*quota + *period - 1) / *period, 1, present);
}

host this_host() {
    host self;
    self.name = qualified(kernel_name(), contents("/etc/hosts").value_or(""));
    self.cpus = quota_of_groups(usable_cpus());
    self.read = contents;
    self.has_address = can_bind;
    return self;
}

}  // namespace kurir::config
