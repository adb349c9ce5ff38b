// What Kurir reads from the machine: its name, the CPUs it may use, the contents of files.
//
// Nothing here sends a packet: the name comes from the kernel and from /etc/hosts.
#pragma once

#include <boost/asio/ip/address.hpp>

#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace kurir::config {

// A value, so that tests can replace the machine.
struct host {
    using file_reader = std::function<std::optional<std::string>(const std::filesystem::path&)>;

    std::string name;  // fully qualified if the machine knows that name
    std::size_t cpus = 1;
    file_reader read;  // nothing if the file can't be read, or is larger than 1 MiB
    // Whether connections can be made from the address; empty: not known.
    std::function<bool(const boost::asio::ip::address&)> has_address = {};
};

host this_host();

// The fully qualified form of `name`: `name` if it is qualified, or the first name with a dot on
// its line of a hosts file; else `name`. A *.localdomain is never used.
std::string qualified(std::string_view name, std::string_view hosts_file);

// The CPUs that a cgroup's quota allows, at least 1, of `present` ones. `cpu_max` is the text of
// cgroup v2's cpu.max ("200000 100000", "max 100000").
std::size_t allowed_cpus(std::string_view cpu_max, std::size_t present);

}  // namespace kurir::config
